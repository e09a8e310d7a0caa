"""``sobremesa init`` and ``migrate``: from nothing to a school that can be served."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot.commands.opening import actor, location, run, settings
from bot.commands.options import by_language
from bot.commands.terminal import say, several
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.records import StaffMember
    from bot.settings import Settings
    from flows.facts import School


def init(
    school: Annotated[
        str, typer.Option("--school", metavar="NAME", help="The name of the school, as families know it.")
    ],
    admin: Annotated[str, typer.Option("--admin", metavar="EMAIL", help="The email of who looks after the bot.")],
    name: Annotated[str, typer.Option(help="The name of this person, such as “Sra. Ortiz”.")] = "",
    timezone: Annotated[str, typer.Option(help="Where the school is.")] = "America/Chicago",
    number: Annotated[
        list[str] | None,
        typer.Option(help="A number that families write to (again for more). Else those of TWILIO_FROM."),
    ] = None,
    contact: Annotated[str, typer.Option(help="How else the school is reached: a phone, an email.")] = "",
    hours: Annotated[
        list[str] | None,
        typer.Option(metavar="LANGUAGE=TEXT", help='When people answer: --hours en="Monday to Friday, 8 to 3".'),
    ] = None,
) -> None:
    """Make the database, the school and its first admin."""
    from bot import staff
    from bot.records import StaffMember
    from flows.core.text import ByLanguage
    from flows.facts import School

    given = settings()
    words = ByLanguage(by_language(hours or [], "--hours"))
    new = School(0, " ".join(school.split()), _timezone(timezone), given.languages, contact.strip(), words)
    language = staff.usual_language(given.languages)
    run(_init(given, new, number or [], StaffMember(0, 0, name or admin.partition("@")[0], admin, "admin", language)))


def migrate() -> None:
    """Bring the database to the tables of this release."""
    from bot.store import migrate

    url = settings().database_url
    before = migrate.current(url)
    migrate.migrate(url)
    if before == migrate.head():
        say(f"The database is at version {before} already; there is nothing to do ({location(url)}).")
    else:
        say(f"The database is at version {migrate.head()} now ({location(url)}).")


async def _init(given: Settings, school: School, numbers: list[str], admin: StaffMember) -> None:
    from bot import schools
    from bot.app import clock
    from bot.store.database import Database

    _check(given, school)
    addresses = list(dict.fromkeys(map(schools.address, numbers)))
    _make_tables(given.database_url)
    database = Database.open(given.database_url)
    try:
        async with database.write() as db:
            addresses = addresses or await schools.free_numbers(db, _from_settings(given))
            await schools.add(db, school, addresses, admin, clock(), actor())
    finally:
        await database.close()
    _tell(given, school, addresses)


def _check(given: Settings, school: School) -> None:
    """Everything that can be wrong before anything is made."""
    from bot.language.catalogs import Catalogs

    if not school.name:
        raise Refusal("A school needs a name.")
    if strange := [language for language in school.hours if language not in given.languages]:
        raise Refusal(f"SOBREMESA_LANGUAGES does not name {', '.join(strange)}, which --hours speaks.")
    Catalogs.load(given.languages)


def _make_tables(url: str) -> None:
    from bot.store import migrate

    if migrate.current(url) is None:
        migrate.migrate(url)
    migrate.check(url)


def _from_settings(given: Settings) -> list[str]:
    from bot import schools

    return [schools.address(number) for number in given.twilio.numbers] if given.twilio else []


def _tell(given: Settings, school: School, addresses: list[str]) -> None:
    say(f"{school.name} is ready ({location(given.database_url)}).")
    if addresses:
        say(f"Families write to {several(len(addresses), 'number')}: {', '.join(addresses)}")
    else:
        say("It has no number yet. When it has one: sobremesa schools add-number +1…")
    say("Next: sobremesa families import FILE.csv, sobremesa check, sobremesa run")


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        alike = get_close_matches(name, available_timezones(), n=3, cutoff=0.5)
        hint = f" Do you mean {' or '.join(alike)}?" if alike else " It looks like America/Chicago."
        raise Refusal(f"There is no timezone {name}.{hint}") from error
