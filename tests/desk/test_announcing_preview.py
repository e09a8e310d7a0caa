"""What the desk shows of an announcement before it goes: as much as the command's preview, and no more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from bot import announcements
from bot.announcements import Announcement, Audience, planning
from bot.commands.announcement_preview import Planned, lines
from bot.language.voice import Voice
from bot.store import ids
from bot.store.tables import messages, pulse_recipients, pulses
from flows.facts import Permission
from tests.desk.people import link
from tests.home import catalogs
from tests.journeys.chats import DESK, Lincoln, chats


async def those_who_answered(lincoln: Lincoln, *languages: str) -> Audience:
    """A pulse that one person of each of these languages has answered."""
    contacts = []
    for number, language in enumerate(languages, 60):
        address = f"sms:+155501001{number}"
        await lincoln.family(f"F{number}", address, language=language, permission=Permission.GIVEN)
        contacts.append((await lincoln.contact(address)).id)
    row = {"school_id": lincoln.school.id, "created_at": lincoln.now}
    async with lincoln.database.write() as db:
        (pulse,) = await ids.reserve(db, 1)
        await db.execute(insert(pulses).values(id=pulse, send_at=lincoln.now, closes_at=lincoln.now, **row))
        asked = {"school_id": lincoln.school.id, "pulse_id": pulse, "answered": True}
        people = [{"contact_id": id_, **asked} for id_ in contacts]
        await db.execute(insert(pulse_recipients), people)
    return Audience("answered", pulse)


async def drafted(lincoln: Lincoln, audience: Audience) -> Announcement:
    """In English and Spanish, of which the English is approved."""
    school, ortiz = lincoln.school, lincoln.ortiz
    async with lincoln.database.write() as db:
        made = await announcements.draft(db, school, ortiz, "en", "You said, we did.", "events", audience, lincoln.now)
        await announcements.approve(db, school, made.id, "en", ortiz, lincoln.now)
        return await announcements.find(db, school, made.id)


async def command_says(lincoln: Lincoln, found: Announcement) -> str:
    """The preview of the command."""
    now = lincoln.now
    plan = await lincoln.reads(planning.plan, catalogs(), lincoln.school, found, {}, now)
    return "\n".join(lines(Planned(found, plan, Voice(catalogs(), lincoln.school), 0.0, now, now)))


async def test_of_those_who_answered_a_pulse_it_tells_only_how_many(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        made = await drafted(lincoln, await those_who_answered(lincoln, "en", "en", "en", "en", "es"))
        await lincoln.writes(DESK, f"preview:{made.id}", button=f"preview:{made.id}")
        shown = lincoln.heard(DESK)[-1]

        assert "It goes to 4 people, and nobody is to learn who." in shown
        assert "1 person gets nothing." in shown
        assert "Who reads Spanish gets nothing." in shown
        by_command = await command_says(lincoln, made)
        for said in ("in Spanish by", "in English by", "read a language", "reads a language"):
            assert said not in shown, "who answered could be guessed"
        assert "4 people get it, and nobody is to learn who." in by_command
        assert "1 person gets nothing." in by_command
        assert "Who reads es gets nothing" in by_command


async def test_it_tells_who_has_had_enough_news_and_when_the_night_is_over(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        await those_who_answered(lincoln, "en", "en")
        first, second = [(await lincoln.contact(f"sms:+1555010016{n}")).id for n in (0, 1)]
        for one, days in ((first, 5), (second, 1)):
            await had_news(lincoln, one, lincoln.now - timedelta(days=days))
        made = await drafted(lincoln, Audience())
        await lincoln.writes(DESK, f"preview:{made.id}", button=f"preview:{made.id}")

        shown = lincoln.heard(DESK)[-1]
        assert "It goes to 1 person: 1 in English by SMS.\n1 of them has had enough event news this week, and" in shown
        assert "1 has had enough event news this week, and would get it too late" in shown
        assert lincoln.heard(DESK)[-2] == "In English:\nLincoln School: You said, we did."
        await lincoln.presses(DESK, "Send without them")
        await lincoln.presses(DESK, "Yes, send it")
        assert lincoln.heard(DESK)[-1].startswith("It goes out on ")


async def had_news(lincoln: Lincoln, contact_id: int, at: datetime) -> None:
    """Three pieces of it, at this moment."""
    numbers = [(await drafted(lincoln, Audience())).id for _ in range(3)]
    row = {"school_id": lincoln.school.id, "contact_id": contact_id, "outgoing": True, "channel": "sms", "account": ""}
    sent = {"address": "", "body": "", "kind": "event", "state": "delivered", "created_at": at, "sent_at": at}
    async with lincoln.database.write() as db:
        rows = [
            {"id": id_, "announcement_id": about} for id_, about in zip(await ids.reserve(db, 3), numbers, strict=True)
        ]
        await db.execute(insert(messages), [one | row | sent for one in rows])


async def test_of_families_it_tells_how_many_by_language_and_channel(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        made = await drafted(lincoln, Audience())
        await those_who_answered(lincoln, "en", "en")
        await lincoln.writes(DESK, f"preview:{made.id}", button=f"preview:{made.id}")

        assert "It goes to 2 people: 2 in English by SMS." in lincoln.heard(DESK)[-1]
        assert "1 reads a language without an approved text" in lincoln.heard(DESK)[-1]
        assert "2 in en by SMS" in await command_says(lincoln, made)
