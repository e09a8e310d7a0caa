"""People of the school who work from Telegram, for tests of the desk."""

from __future__ import annotations

from bot import help_desk, links, staff
from bot.records import StaffMember
from flows.facts import School
from tests.journeys.chats import DESK, MOTHER, Lincoln


async def staff_code(lincoln: Lincoln, member: StaffMember | None = None) -> str:
    """The code of a link for this person, Sra. Ortiz if nobody is named."""
    return await lincoln.does(lambda db: links.for_staff(db, member or lincoln.ortiz, lincoln.now, "a test"))


async def link(lincoln: Lincoln, chat: str = DESK, member: StaffMember | None = None) -> None:
    """The chat is this person's desk from now on."""
    await lincoln.opens(chat, await staff_code(lincoln, member))


async def colleague(
    lincoln: Lincoln, name: str = "Mr. Lee", role: str = "helper", *, school: School | None = None, **more: object
) -> StaffMember:
    """One more person of the school."""
    at = school or lincoln.school
    email = f"{name.rsplit(maxsplit=1)[-1].lower()}@lincoln.example"
    new = StaffMember(0, at.id, name, email, role, **more)  # type: ignore[arg-type]  # passed on by name
    return await lincoln.does(lambda db: staff.add(db, at, new, lincoln.now, "a test"))


async def open_requests(lincoln: Lincoln, school: School | None = None) -> list[help_desk.Call]:
    """What waits for a person of the school."""
    return await lincoln.reads(help_desk.calls, school or lincoln.school)


async def ana_asks(lincoln: Lincoln, words: str = "necesito hablar con una persona") -> None:
    """The Rojas family asks for a person."""
    await lincoln.writes(MOTHER, words)
