"""``sobremesa check``: a line for each part, and an exit code that says whether all is well."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Done, Sobremesa, add_school, start
from tests.wire.twilio import TwilioWire


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
    assert found["Twilio"][0] == found["public URL"][0] == "off"
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
