"""``sobremesa check``: whether everything is in place, a line each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

import typer

from bot.commands.checking_lines import OFF, OK, SECONDS, WRONG, Line
from bot.commands.checking_telegram import telegram
from bot.commands.listing import Format, show
from bot.commands.opening import check_ready, location, run, settings
from bot.commands.options import AsFormat
from bot.commands.terminal import several
from bot.errors import SobremesaError, WrongSettings

if TYPE_CHECKING:
    from bot.records import StaffMember
    from bot.settings import Settings, Twilio

Schools: TypeAlias = list[tuple[str, list[str]]]
"""The names of the schools, each with its numbers."""

SAMPLE = "Sobremesa"
"""What a translator is tried with."""


def check(form: AsFormat = Format.TABLE) -> None:
    """Look at the settings, the database, the catalogs and the providers, a line each."""
    try:
        given = settings()
    except WrongSettings as error:
        lines = [Line("settings", WRONG, problem) for problem in error.problems]
    else:
        lines = [*_settings(given), *run(_look(given))]
    rows = [{"part": line.part, "state": line.state, "words": line.words} for line in lines]
    show(("part", "state", "words"), rows, form)
    if any(line.state == WRONG for line in lines):
        raise typer.Exit(1)


def _settings(given: Settings) -> Iterator[Line]:
    secrets = {
        "SOBREMESA_SECRET_KEY": given.secret_key,
        "TWILIO_AUTH_TOKEN": given.twilio_auth_token,
        "TELEGRAM_BOT_TOKEN": given.telegram_bot_token,
        "TELEGRAM_WEBHOOK_SECRET": given.telegram_webhook_secret,
        "SOBREMESA_TRANSLATOR_KEY": given.translator_key,
    }
    kept = [name for name, value in secrets.items() if value is not None]
    hidden = f"; set and not shown: {', '.join(kept)}" if kept else ""
    yield Line("settings", OK, f"languages {', '.join(given.languages)}; port {given.port} on {given.host}{hidden}")


async def _look(given: Settings) -> list[Line]:
    schools, database = await _database(given.database_url)
    return [
        database,
        *_schools(schools),
        *await _alerts(given, schools),
        *await _jobs(given.database_url, schools),
        *_catalogs(given),
        await _twilio(given.twilio, schools),
        await telegram(given),
        _public_url(given),
        await _translator(given),
    ]


async def _database(url: str) -> tuple[Schools | None, Line]:
    """The schools with their numbers, None where they cannot be read."""
    from bot.store import migrate, schools
    from bot.store.database import Database

    try:
        check_ready(url)
        database = Database.open(url)
        try:
            async with database.read() as db:
                every = await schools.all_schools(db)
                found = [(school.name, await schools.accounts_of(db, school.id)) for school in every]
        finally:
            await database.close()
    except SobremesaError as error:
        return None, Line("database", WRONG, str(error))
    return found, Line("database", OK, f"{location(url)}; version {migrate.head()}{_open_to_others(url)}")


def _open_to_others(url: str) -> str:
    from bot.store import engines

    address = engines.address(url)
    if not engines.is_open_to_others(address):
        return ""
    return f"; other accounts of this machine can read it, to end that: chmod 600 {address.database}*"


def _schools(schools: Schools | None) -> Iterator[Line]:
    if schools is None:
        return
    if not schools:
        yield Line("schools", WRONG, 'there is none yet; begin with: sobremesa init --school "NAME" --admin EMAIL')
    for name, numbers in schools:
        words = ", ".join(numbers) or "no number yet; give it one: sobremesa schools add-number +1…"
        yield Line(f"school {name}", OK if numbers else WRONG, words)


async def _alerts(given: Settings, schools: Schools | None) -> list[Line]:
    """Whether an adult of each school is reached at any hour when a family writes of a danger."""
    from bot import staff
    from bot.store.database import Database
    from bot.store.schools import all_schools

    if not schools:
        return []
    on = tuple(f"{kind}:" for kind, what in (("sms", given.twilio), ("telegram", given.telegram)) if what is not None)
    database = Database.open(given.database_url)
    try:
        async with database.read() as db:
            people = {school.name: await staff.present(db, school.id) for school in await all_schools(db)}
    finally:
        await database.close()
    return [
        _alerted(name, [one for one in members if any(at.startswith(on) for at in staff.addresses(one))])
        for name, members in people.items()
    ]


def _alerted(name: str, reached: list[StaffMember]) -> Line:
    part = f"danger at {name}"
    if named := [one for one in reached if one.alerted]:
        return Line(part, OK, f"{several(len(named), 'adult is', 'adults are')} alerted")
    how = "sobremesa staff set EMAIL --phone +1… --alerted"
    if reached:
        return Line(
            part, OFF, f"no adult is named for alerts, so whoever can be reached hears of it; to name one: {how}"
        )
    return Line(part, OFF, f"NOBODY is alerted when a family is in danger; name an adult: {how}")


async def _jobs(url: str, schools: Schools | None) -> list[Line]:
    """What is done at a time and fails again and again; nothing where nothing does."""
    from bot.store import jobs
    from bot.store.database import Database

    if schools is None:
        return []
    database = Database.open(url)
    try:
        async with database.read() as db:
            failing = await jobs.failing(db)
    finally:
        await database.close()
    if not failing:
        return []
    kinds = ", ".join(sorted({job.kind for job in failing}))
    tries = several(max(job.tries for job in failing), "time")
    how = f"{several(len(failing), 'job fails and is', 'jobs fail and are')} tried again: {kinds}"
    return [Line("jobs", WRONG, f"{how}; failed {tries} at most, and the log says why")]


def _catalogs(given: Settings) -> Iterator[Line]:
    from bot.language.catalogs import Catalogs

    try:
        Catalogs.load(given.languages)
        untranslated = {language: _missing(language) for language in given.languages}
    except SobremesaError as error:
        yield Line("catalogs", WRONG, str(error))
        return
    yield Line("catalogs", OK, "; ".join(_how_complete(*each) for each in untranslated.items()))


def _how_complete(language: str, untranslated: int) -> str:
    if not untranslated:
        return f"{language} is complete"
    return f"{language} lacks {several(untranslated, 'text')}, said in English"


def _missing(language: str) -> int:
    """How many texts a language has no words for; in English the code has them itself."""
    from babel.messages.pofile import read_po

    from bot.language.catalogs import ENGLISH
    from bot.language.pofile import locales_folder, read, word_keys

    if language == ENGLISH:
        return 0
    folder = locales_folder()
    file = read(folder, language, word_keys(folder))
    with (folder / "sobremesa.pot").open("rb") as pot:
        wanted = {_first(message.id) for message in read_po(pot) if message.id and message.context is None}
    return len(wanted - file.texts.keys() - file.counted.keys())


def _first(msgid: str | list[str] | tuple[str, ...]) -> str:
    return msgid if isinstance(msgid, str) else msgid[0]


async def _twilio(twilio: Twilio | None, schools: Schools | None) -> Line:
    if twilio is None:
        return Line("Twilio", OFF, "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM are not set")
    if (problem := await _problem_of(twilio)) is not None:
        return Line("Twilio", WRONG, problem)
    if orphans := _orphans(twilio, schools):
        add = f"sobremesa schools add-number {orphans[0]}"
        return Line("Twilio", WRONG, f"{', '.join(orphans)} belongs to no school; give it to one: {add}")
    sender = several(len(twilio.numbers), "number") if twilio.numbers else "a messaging service"
    return Line("Twilio", OK, f"the account answers; {sender}")


def _orphans(twilio: Twilio, schools: Schools | None) -> list[str]:
    """Numbers whose texts would reach nobody. With a single school every number is its own."""
    from bot.schools import address

    if schools is None or len(schools) < 2:
        return []
    known = {number for _, numbers in schools for number in numbers}
    return [number for number in twilio.numbers if address(number) not in known]


async def _problem_of(twilio: Twilio) -> str | None:
    """What stands between us and the account; None when it answers."""
    from bot.channels.twilio_calls import Calls, client
    from bot.errors import NotSent

    calls = Calls(twilio.api_base_url)
    try:
        async with asyncio.timeout(SECONDS):
            api = client(twilio.account_sid, twilio.auth_token, calls).api.v2010
            account = await api.accounts(twilio.account_sid).fetch_async()
    except NotSent as error:
        return error.reason
    except TimeoutError:
        return f"{twilio.api_base_url} does not answer within {SECONDS} seconds"
    except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the account is not in order
        return f"what answered at {twilio.api_base_url} is not Twilio ({type(error).__name__})"
    finally:
        with suppress(Exception):
            await calls.close()
    return None if account.status == "active" else f"the account is {account.status}"


async def _translator(given: Settings) -> Line:
    """A word is translated into each language: it costs nothing to speak of, and tells all that can be wrong."""
    from bot.app import translator
    from bot.errors import NotTranslated

    made, (own, *others) = translator(given), given.languages
    if made is None or given.translation is None:
        return Line("translation", OFF, "SOBREMESA_TRANSLATOR is not set; people write every language")
    try:
        for language in others:
            await made.translate([SAMPLE], own, language)
    except NotTranslated as error:
        return Line("translation", WRONG, str(error))
    finally:
        await made.close()
    to = ", ".join(others) or "nothing else, as SOBREMESA_LANGUAGES names one language"
    return Line("translation", OK, f"{given.translation.base_url} translates {own} to {to}")


def _public_url(given: Settings) -> Line:
    if given.public_url is None:
        return Line("public URL", OFF, "SOBREMESA_PUBLIC_URL is not set; without a provider it is not needed")
    words = f"texts come to {given.public_url}/hooks/twilio"
    if given.public_url.startswith("http:"):
        return Line("public URL", OK, f"{words}; without https what families write travels in the open")
    return Line("public URL", OK, words)
