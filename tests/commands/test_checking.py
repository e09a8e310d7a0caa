"""``sobremesa check``: a line for each part, and an exit code that says whether all is well."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Job
from bot.store import jobs, schools
from tests.commands.conftest import Done, Sobremesa, add_school, start
from tests.commands.test_serving import free_port
from tests.wire.telegram import TelegramWire, error
from tests.wire.translators import KEY, DeepLWire, LibreTranslateWire
from tests.wire.twilio import TwilioWire

NOW = datetime(2027, 3, 1, 17, 0, tzinfo=UTC)


def parts(done: Done) -> dict[str, tuple[str, str]]:
    return {row["part"]: (row["state"], row["words"]) for row in json.loads(done.out)}


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioWire]:
    async with TwilioWire() as wire:
        yield wire


def account(twilio: TwilioWire, **more: str) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": "+15125550100",
        "TWILIO_API_BASE_URL": twilio.base_url,
        "SOBREMESA_PUBLIC_URL": twilio.public_url,
    } | more


async def checked(command: Sobremesa, env: dict[str, str]) -> tuple[int, dict[str, Any], str]:
    env = {"SOBREMESA_DATABASE_URL": command.url} | env
    done = await (await start(Path.cwd(), "check", "--format", "json", env=env)).done()
    return done.code, parts(done), done.out + done.err


def test_all_is_well_without_a_provider(sobremesa: Sobremesa):
    done = sobremesa("check", "--format", "json")

    assert done.code == 0
    found = parts(done)
    assert found["settings"][0] == found["database"][0] == found["catalogs"][0] == "ok"
    assert found["school Escuela Lincoln"] == ("ok", "sms:+15125550100")
    assert found["Twilio"][0] == found["public URL"][0] == found["translation"][0] == "off"
    assert found["catalogs"][1].startswith("en is complete; es ")


def test_a_missing_database_is_wrong(folder: Path):
    done = Sobremesa("")("check", "--format", "json")

    assert done.code == 1
    assert parts(done)["database"][0] == "wrong"
    assert "sobremesa init" in parts(done)["database"][1]


@pytest.mark.parametrize(
    ("of_folder", "of_file", "is_told"),
    [(0o755, 0o644, True), (0o750, 0o640, True), (0o750, 0o604, False), (0o700, 0o644, False), (0o755, 0o600, False)],
)
def test_a_database_that_other_accounts_can_read_is_told(
    on_sqlite: Sobremesa, folder: Path, of_folder: int, of_file: int, is_told: bool
):
    folder.chmod(of_folder)
    (folder / "sobremesa.db").chmod(of_file)
    done = on_sqlite("check", "--format", "json")

    assert done.code == 0
    assert ("other accounts of this machine can read it" in parts(done)["database"][1]) == is_told


def test_a_job_that_fails_again_and_again_is_told(sobremesa: Sobremesa):
    assert "jobs" not in parts(sobremesa("check", "--format", "json"))
    sobremesa.read(fail)
    done = sobremesa("check", "--format", "json")

    assert done.code == 1
    assert parts(done)["jobs"] == (
        "wrong",
        "2 jobs fail and are tried again: pulse, reminder; failed 3 times at most, and the log says why",
    )


async def fail(db: AsyncConnection) -> None:
    """A reminder fails three times, a pulse once."""
    (school,) = await schools.all_schools(db)
    for kind, tries in (("pulse", 1), ("reminder", 3)):
        await jobs.arm(db, [Job(school.id, kind, 7, NOW)])
        (job,) = await jobs.claim_due(db, NOW, 1, timedelta(minutes=1))
        for _ in range(tries):
            await jobs.put_off(db, job, NOW + timedelta(hours=1))


def test_wrong_settings_are_lines_as_well(on_sqlite: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOBREMESA_PORT", "0")
    monkeypatch.setenv("TWILIO_KEYWORDS", "some")
    done = on_sqlite("check", "--format", "json")

    assert done.code == 1
    assert [(row["part"], row["state"]) for row in json.loads(done.out)] == [("settings", "wrong")] * 2


def test_a_language_without_a_catalog_is_wrong(on_sqlite: Sobremesa, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOBREMESA_LANGUAGES", "en,fr")
    done = on_sqlite("check", "--format", "json")

    assert done.code == 1
    assert parts(done)["catalogs"][0] == "wrong"


async def test_the_account_is_asked(on_sqlite: Sobremesa, twilio: TwilioWire):
    code, found, said = await checked(on_sqlite, account(twilio))

    assert code == 0
    assert found["Twilio"] == ("ok", "the account answers; 1 number")
    assert found["public URL"] == ("ok", "texts come to https://school.example/hooks/twilio")
    assert twilio.auth_token not in said
    assert "TWILIO_AUTH_TOKEN" in found["settings"][1]


async def test_a_wrong_token_is_told_in_words(on_sqlite: Sobremesa, twilio: TwilioWire):
    code, found, _ = await checked(on_sqlite, account(twilio, TWILIO_AUTH_TOKEN="another"))

    assert code == 1
    assert found["Twilio"] == ("wrong", "Twilio does not accept TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")


async def test_a_suspended_account_is_wrong(on_sqlite: Sobremesa, twilio: TwilioWire):
    twilio.account_status = "suspended"
    code, found, _ = await checked(on_sqlite, account(twilio))

    assert code == 1
    assert found["Twilio"] == ("wrong", "the account is suspended")


async def test_a_twilio_that_is_not_there_is_wrong(on_sqlite: Sobremesa, twilio: TwilioWire):
    await twilio.go_down()
    code, found, _ = await checked(on_sqlite, account(twilio))

    assert code == 1
    assert found["Twilio"] == ("wrong", "Twilio cannot be reached")


async def test_in_a_district_a_number_of_no_school_is_wrong(on_sqlite: Sobremesa, twilio: TwilioWire):
    # In a thread of its own, since commands run a loop themselves.
    await asyncio.to_thread(add_school, on_sqlite, "Washington", "+15125550190")
    code, found, _ = await checked(on_sqlite, account(twilio, TWILIO_FROM="+15125550100,+15125550195"))

    assert code == 1
    assert "+15125550195 belongs to no school" in found["Twilio"][1]


async def test_a_translator_translates_a_word(on_sqlite: Sobremesa):
    async with LibreTranslateWire() as wire:
        given = {"SOBREMESA_TRANSLATOR": "libretranslate", "SOBREMESA_TRANSLATOR_URL": wire.base_url}
        code, found, _ = await checked(on_sqlite, given)

    assert code == 0
    assert found["translation"] == ("ok", f"{wire.base_url} translates en to es")
    assert [one.lines for one in wire.asked] == [["Sobremesa"]]


@pytest.mark.parametrize(("key", "state"), [(KEY, "ok"), ("another:fx", "wrong")])
async def test_the_key_of_a_translator_is_tried_and_not_shown(on_sqlite: Sobremesa, key: str, state: str):
    async with DeepLWire() as wire:
        given = {
            "SOBREMESA_TRANSLATOR": "deepl",
            "SOBREMESA_TRANSLATOR_URL": wire.base_url,
            "SOBREMESA_TRANSLATOR_KEY": key,
        }
        code, found, said = await checked(on_sqlite, given)

    assert (code, found["translation"][0]) == (0 if state == "ok" else 1, state)
    assert key not in said
    assert "SOBREMESA_TRANSLATOR_KEY" in found["settings"][1]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramWire]:
    async with TelegramWire() as wire:
        yield wire


def bot(telegram: TelegramWire, **more: str) -> dict[str, str]:
    return {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE_URL": telegram.base_url} | more


async def test_a_bot_that_answers_is_well_and_its_token_is_shown_nowhere(on_sqlite: Sobremesa, telegram: TelegramWire):
    telegram.queue(telegram.message(text="Hola"))
    code, found, said = await checked(on_sqlite, bot(telegram))

    assert code == 0
    assert found["Telegram"] == ("ok", "@lincoln_school_bot answers; it is asked for messages; 1 message waiting")
    assert telegram.token not in said


async def test_a_webhook_is_told_with_telegrams_trouble(on_sqlite: Sobremesa, telegram: TelegramWire):
    secret = {"TELEGRAM_WEBHOOK_SECRET": "a-secret", "SOBREMESA_PUBLIC_URL": "https://school.example"}
    _, found, _ = await checked(on_sqlite, bot(telegram, **secret))
    assert "its messages come to https://school.example/hooks/telegram from sobremesa run on" in found["Telegram"][1]

    telegram.webhook = {"url": "https://school.example/hooks/telegram", "last_error_message": "Connection timed out"}
    _, found, said = await checked(on_sqlite, bot(telegram, **secret))
    assert found["Telegram"][1].endswith("0 messages waiting; Telegram's last trouble there: Connection timed out")
    assert "a-secret" not in said

    telegram.webhook = {"url": "https://elsewhere.example/bot"}
    _, found, _ = await checked(on_sqlite, bot(telegram))
    assert "its messages go to https://elsewhere.example/bot until sobremesa run" in found["Telegram"][1]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TELEGRAM_BOT_TOKEN": "7:yesterdays"}, "Telegram does not accept TELEGRAM_BOT_TOKEN"),
        ({"TELEGRAM_API_BASE_URL": "http://127.0.0.1:1"}, "Telegram cannot be reached"),
    ],
)
async def test_a_bot_that_does_not_answer_is_wrong(
    on_sqlite: Sobremesa, telegram: TelegramWire, env: dict[str, str], words: str
):
    code, found, _ = await checked(on_sqlite, bot(telegram, **env))

    assert code == 1
    assert found["Telegram"] == ("wrong", words)


async def test_what_keeps_the_server_from_hearing_families_is_told(on_sqlite: Sobremesa, telegram: TelegramWire):
    port = free_port()
    env = bot(telegram, SOBREMESA_DATABASE_URL=on_sqlite.url, SOBREMESA_PORT=str(port), SOBREMESA_HOST="127.0.0.1")
    telegram.next(*[error(409, "Conflict")] * 50, method="deleteWebhook")
    running = await start(Path.cwd(), "run", env=env)
    await running.line_with("families may not be heard")
    code, found, _ = await checked(on_sqlite, env)
    await running.stop()

    assert code == 1
    assert found["Telegram"] == (
        "wrong",
        "@lincoln_school_bot answers, but families may not be heard: Another program asks for the messages of this bot",
    )
    assert (await checked(on_sqlite, env))[1]["Telegram"][0] == "ok", "nobody serves"


async def test_who_is_alerted_when_a_family_is_in_danger_is_told(on_sqlite: Sobremesa, twilio: TwilioWire):
    part, sms = "danger at Escuela Lincoln", account(twilio)
    assert (await checked(on_sqlite, sms))[1][part][1].startswith("NOBODY is alerted")

    await asyncio.to_thread(on_sqlite, "staff", "set", "ortiz@lincoln.example", "--phone", "+15125550111")
    assert "no adult is named" in (await checked(on_sqlite, sms))[1][part][1]
    await asyncio.to_thread(on_sqlite, "staff", "set", "ortiz@lincoln.example", "--alerted")
    assert (await checked(on_sqlite, sms))[1][part] == ("ok", "1 adult is alerted")

    without_sms: dict[str, str] = {}
    assert (await checked(on_sqlite, without_sms))[1][part][1].startswith("NOBODY is alerted")
