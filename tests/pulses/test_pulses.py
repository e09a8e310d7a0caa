"""Pulses as the school sends them: to whom, when, once each; and what may be seen of the answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot import events, pulses
from bot.app import HANDLERS
from bot.errors import Refusal
from bot.jobs import Jobs, Work
from bot.pulses import Whom, pulse_results
from bot.pulses.pulse_results import STILL_OPEN, TOO_FEW, WOULD_TELL, Group
from bot.records import Attendance, Job, PulseAnswer, Rsvp, StaffMember
from bot.store import attendances, conversations, families, jobs, rsvps, schools, staff
from bot.store import pulses as kept
from bot.store.database import Database
from bot.store.tables import messages, pulse_answers
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School
from tests.home import CHICAGO, catalogs

TODAY = datetime(2027, 3, 1, 10, 0, tzinfo=CHICAGO).astimezone(UTC)
DINNER = datetime(2027, 3, 13, 18, 0, tzinfo=CHICAGO)
"""The evening before the clocks go forward."""
A_DAY = timedelta(days=1)


@dataclass
class Town:
    """A school with families of two adults each: the first reads Spanish, the second English."""

    database: Database
    school: School
    dinner: Event
    now: datetime

    @property
    def work(self) -> Work:
        return Work(self.database, catalogs(), lambda: self.now)

    async def do_due(self) -> None:
        """All jobs whose time has come."""
        while await Jobs(self.work, HANDLERS).do_due():
            pass

    async def move_in(self, homes: int, **of_each: object) -> list[tuple[Contact, Contact]]:
        """So many families; ``of_each`` contact."""
        found = []
        async with self.database.write() as db:
            for n in range(homes):
                home, ana, luis = (1_000_000 + 10 * n + place for place in range(3))
                await families.add_households(db, [Household(home, self.school.id, f"Familia {n}")], self.now)
                pair = tuple(
                    replace(
                        Contact(id_, self.school.id, home, f"sms:+1512555{id_ % 10_000:04}", language=language),
                        **{"permission": Permission.GIVEN, "introduced_at": self.now, **of_each},  # type: ignore[arg-type]
                    )
                    for id_, language in ((ana, "es"), (luis, "en"))
                )
                await families.add_contacts(db, pair, self.now)
                found.append((pair[0], pair[1]))
        return found

    async def say_yes(self, contacts: Iterable[Contact]) -> None:
        async with self.database.write() as db:
            said = {"coming": "yes", "adults": 2, "children": 0, "answered_at": TODAY}
            answers = [
                Rsvp(self.school.id, self.dinner.id, c.household_id or 0, answered_by=c.id, **said)  # type: ignore[arg-type]
                for c in contacts
            ]
            await rsvps.save(db, answers)

    async def asked(self) -> Counter[int]:
        """How many messages each contact was sent."""
        async with self.database.read() as db:
            rows = await db.execute(select(messages.c.contact_id).where(messages.c.outgoing))
            return Counter(contact for (contact,) in rows)

    async def answer(self, pulse_id: int, *answers: tuple[str, int, str]) -> None:
        """Answers of (language, score, words), each by another contact."""
        async with self.database.write() as db:
            (last,) = (await db.execute(text("SELECT coalesce(max(contact_id), 0) FROM pulse_recipients"))).one()
            first = max(int(last), 999_990)
            new = await self._strangers(len(answers), first)
            said = [
                PulseAnswer(self.school.id, pulse_id, contact.id, language, score, words)
                for contact, (language, score, words) in zip(new, answers, strict=True)
            ]
            await families.add_contacts(db, new, self.now)
            await kept.save_answers(db, said, self.now)

    async def _strangers(self, many: int, after: int) -> list[Contact]:
        ids = range(after + 2_000_000, after + 2_000_000 + many)
        return [Contact(id_, self.school.id, None, f"telegram:{id_}") for id_ in ids]

    async def pulse(self, event: Event | None = None, days: int = 0) -> int:
        """A pulse that closes so many days from now."""
        async with self.database.write() as db:
            about = event.id if event else None
            return (await kept.add(db, self.school.id, about, TODAY, self.now + days * A_DAY, TODAY)).id

    async def results(self) -> pulse_results.Results:
        async with self.database.read() as db:
            return await pulse_results.results(db, self.school, self.now)


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Town]:
    database = Database.open(database_url)
    async with database.write() as db:
        school = await schools.add(db, "Lincoln School", CHICAGO, ("en", "es"), now=TODAY, quiet=(21, 8))
        dinner = await events.add(db, school, _dinner(school), TODAY, "a test")
    yield Town(database, school, dinner, TODAY)
    await database.close()


def _dinner(school: School) -> Event:
    title, place = ByLanguage(en="Family dinner", es="Cena de familias"), ByLanguage(en="gym", es="gimnasio")
    return Event(0, school.id, DINNER, DINNER + timedelta(hours=2), title, place)


# Whom, and when


async def test_it_is_asked_at_eleven_of_the_next_day_though_the_clocks_changed(town: Town) -> None:
    assert pulses.due_at(town.dinner, town.school) == datetime(2027, 3, 14, 16, 0, tzinfo=UTC)  # 11:00 CDT


async def test_those_who_said_yes_are_asked_where_nobody_kept_the_door(town: Town) -> None:
    (ana, luis), (rosa, _), _ = await town.move_in(3)
    await town.say_yes([luis, rosa])
    town.now = pulses.due_at(town.dinner, town.school)
    await town.do_due()

    assert await town.asked() == {luis.id: 1, rosa.id: 1}
    assert ana.id not in await town.asked()


async def test_the_door_list_says_who_was_there(town: Town) -> None:
    (ana, _), (_, carlos) = await town.move_in(2)
    await town.say_yes([ana])
    async with town.database.write() as db:
        there = Attendance(town.school.id, town.dinner.id, carlos.household_id or 0, 1, 0, "walk-in", TODAY)
        await attendances.save(db, [there])
    town.now = pulses.due_at(town.dinner, town.school)
    await town.do_due()

    assert {contact // 10 for contact in await town.asked()} == {carlos.id // 10}


async def test_who_texted_last_is_asked_where_nobody_of_the_family_answered(town: Town) -> None:
    (ana, luis) = (await town.move_in(1))[0]
    async with town.database.write() as db:
        await families.save_contacts(db, [replace(luis, last_inbound_at=TODAY)])
        assert [c.id for c in await pulses.reach(db, town.school, Whom())] == [luis.id]
        assert [c.id for c in await pulses.reach(db, town.school, Whom(language="es"))] == [ana.id]


@pytest.mark.parametrize(
    "silent", [{"permission": Permission.REFUSED}, {"stopped_at": TODAY}, {"wrong_number_at": TODAY}], ids=str
)
async def test_who_may_not_be_written_to_is_not_asked(town: Town, silent: dict[str, object]) -> None:
    await town.move_in(1, **silent)
    async with town.database.write() as db:
        with pytest.raises(Refusal, match="nobody to ask"):
            await pulses.start(db, town.school, Whom(), TODAY, "a test")


async def test_nobody_is_asked_about_an_event_that_was_cancelled(town: Town) -> None:
    pairs = await town.move_in(1)
    await town.say_yes([pairs[0][0]])
    due = pulses.due_at(town.dinner, town.school)
    async with town.database.write() as db:
        await events.cancel(db, town.school, town.dinner, TODAY, "a test", quietly=True)
        await jobs.arm(db, [Job(town.school.id, pulses.AFTER_EVENT, town.dinner.id, due)])  # as if nobody dropped it
    town.now = due
    await town.do_due()

    assert not await town.asked()


async def test_it_moves_with_its_event(town: Town) -> None:
    pairs = await town.move_in(1)
    await town.say_yes([pairs[0][0]])
    later = replace(town.dinner, starts=DINNER + A_DAY, ends=town.dinner.ends + A_DAY)
    async with town.database.write() as db:
        await events.change(db, town.school, town.dinner, later, TODAY, "a test", quietly=True)
    town.now = pulses.due_at(town.dinner, town.school)
    await town.do_due()
    assert pairs[0][0].id not in {c for c in await town.asked() if await _has_pulse(town, c)}

    town.now = pulses.due_at(later, town.school)
    await town.do_due()
    assert await _has_pulse(town, pairs[0][0].id)


async def _has_pulse(town: Town, contact_id: int) -> bool:
    async with town.database.read() as db:
        return any(talk.flow == "pulse" for talk in await conversations.of_contacts(db, [contact_id]))


async def test_a_week_late_nobody_is_asked_any_more(town: Town) -> None:
    pairs = await town.move_in(1)
    await town.say_yes([pairs[0][0]])
    town.now = pulses.due_at(town.dinner, town.school) + timedelta(days=8)
    await town.do_due()

    assert not await _has_pulse(town, pairs[0][0].id)


async def test_about_one_event_families_are_asked_once(town: Town) -> None:
    pairs = await town.move_in(1)
    await town.say_yes([pairs[0][0]])
    town.now = pulses.due_at(town.dinner, town.school)
    await town.do_due()
    async with town.database.write() as db:
        with pytest.raises(Refusal, match="asked about this event before"):
            await pulses.start(db, town.school, Whom(event=town.dinner), town.now, "a test")


async def test_a_pulse_that_dies_in_the_middle_goes_on_and_asks_each_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = await town.move_in(7)
    monkeypatch.setattr(pulses, "AT_ONCE", 2)
    async with town.database.write() as db:
        await pulses.start(db, town.school, Whom(), town.now, "a test")
        (job,) = await jobs.claim_due(db, town.now, 10, timedelta(minutes=10))

    rounds = 0

    def clock() -> datetime:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise RuntimeError("the process dies")
        return town.now

    with pytest.raises(RuntimeError):
        await pulses.send(Work(town.database, catalogs(), clock), job)
    assert len(await town.asked()) == 4

    town.now += timedelta(hours=1)
    await town.do_due()
    assert await town.asked() == {ana.id: 1 for ana, _luis in pairs}


async def test_done_twice_it_asks_nobody_again(town: Town) -> None:
    await town.move_in(3)
    async with town.database.write() as db:
        pulse = await pulses.start(db, town.school, Whom(), town.now, "a test")
    await town.do_due()
    before = await town.asked()
    async with town.database.write() as db:
        await db.execute(text(f"UPDATE pulses SET sent_at = NULL WHERE id = {pulse.id}"))
        await jobs.arm(db, [Job(town.school.id, pulses.SEND, pulse.id, town.now)])
    await town.do_due()

    assert await town.asked() == before
    assert len(before) == 3


async def test_two_processes_at_once_ask_each_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulses, "AT_ONCE", 3)
    pairs = await town.move_in(10)
    async with town.database.write() as db:
        await pulses.start(db, town.school, Whom(), town.now, "a test")
        (job,) = await jobs.claim_due(db, town.now, 10, timedelta(minutes=10))
    await asyncio.gather(*(pulses.send(town.work, job) for _ in range(3)))

    assert await town.asked() == {ana.id: 1 for ana, _luis in pairs}


async def test_who_stops_before_their_turn_is_left_out(town: Town) -> None:
    pairs = await town.move_in(2)
    async with town.database.write() as db:
        pulse = await pulses.start(db, town.school, Whom(), town.now, "a test")
        await families.save_contacts(db, [replace(pairs[0][0], stopped_at=town.now)])
    await town.do_due()

    assert [*await town.asked()] == [pairs[1][0].id]
    async with town.database.read() as db:
        assert (await kept.counts(db, [pulse.id]))[pulse.id] == (1, 0)


async def test_what_is_not_sent_before_it_closes_is_not_sent_at_all(town: Town) -> None:
    await town.move_in(1)
    async with town.database.write() as db:
        pulse = await pulses.start(db, town.school, Whom(), town.now, "a test")
    await town.do_due()
    async with town.database.read() as db:
        expires = [row[0] for row in await db.execute(select(messages.c.expires_at))]

    assert expires == [pulse.closes_at]


# What is kept


async def test_answers_have_random_ids_and_no_order(town: Town) -> None:
    id_ = await town.pulse(days=14)
    for n in range(40):
        await town.answer(id_, ("en", 3, f"words {n}"))
    async with town.database.read() as db:
        said = await kept.said(db, [id_])

    assert sorted(a.words for a in said) == sorted(f"words {n}" for n in range(40))
    assert [a.words for a in said] != [f"words {n}" for n in range(40)]


async def test_mixing_gives_every_answer_another_id_and_loses_none(town: Town) -> None:
    id_ = await town.pulse(days=14)
    await town.answer(id_, *(("en", score, "") for score in (1, 2, 3, 4, 5)))

    async def kept_now() -> dict[int, int]:
        async with town.database.read() as db:
            return {row.id: row.score for row in await db.execute(select(pulse_answers.c.id, pulse_answers.c.score))}

    before = await kept_now()
    async with town.database.write() as db:
        await jobs.arm(db, [Job(town.school.id, pulses.MIX, id_, town.now)])
    await town.do_due()
    after = await kept_now()

    assert before.keys().isdisjoint(after)
    assert sorted(before.values()) == sorted(after.values())


async def test_mixing_goes_on_until_no_answer_can_come(town: Town) -> None:
    id_ = await town.pulse(days=14)
    async with town.database.write() as db:
        await jobs.arm(db, [Job(town.school.id, pulses.MIX, id_, town.now)])
    days = 0
    while days < 30:
        await town.do_due()
        async with town.database.read() as db:
            if not await jobs.still_to_do(db, pulses.MIX, id_):
                break
        town.now += A_DAY
        days += 1

    assert days == 16


async def test_on_postgresql_mixed_answers_bear_one_transaction(town: Town, database_url: str) -> None:
    if not database_url.startswith("postgresql"):
        return  # SQLite keeps no transaction beside a row
    id_ = await town.pulse(days=14)
    for score in (1, 2, 3):
        await town.answer(id_, ("en", score, ""))
    async with town.database.write() as db:
        assert len({*(await db.execute(text("SELECT xmin::text FROM pulse_answers")))}) == 3
        await kept.mix(db, id_)
    async with town.database.read() as db:
        assert len({*(await db.execute(text("SELECT xmin::text FROM pulse_answers")))}) == 1


# What is shown


async def test_nothing_is_shown_while_answers_may_come(town: Town) -> None:
    id_ = await town.pulse(town.dinner, days=1)
    await town.answer(id_, *(("en", 4, "good") for _ in range(6)))

    results = await town.results()
    assert (results.group(), results.group(id_), results.languages(), results.words()) == (None, None, [], [])
    assert [(one.answered, one.hidden) for one in results.pulses] == [(6, STILL_OPEN)]

    town.now += 2 * A_DAY
    assert (await town.results()).group(id_) == Group(6, 4.0, {1: 0, 2: 0, 3: 0, 4: 6, 5: 0})


async def test_results_are_averages_and_distributions_by_event_and_language(town: Town) -> None:
    id_ = await town.pulse(town.dinner)
    await town.answer(id_, *(("en", score, "") for score in (5, 5, 4, 4, 4)))
    await town.answer(id_, *(("es", score, "") for score in (1, 2, 3, 3, 5, 5)))
    town.now += A_DAY
    results = await town.results()

    assert results.group(id_) == Group(11, 3.7, {1: 1, 2: 1, 3: 2, 4: 3, 5: 4})
    assert [(one.language, one.group and one.group.average) for one in results.languages(id_)] == [
        ("en", 4.4),
        ("es", 3.2),
    ]
    assert results.group() == results.group(id_)


async def test_a_small_language_hides_another_and_its_words_name_none(town: Town) -> None:
    id_ = await town.pulse(town.dinner)
    await town.answer(id_, *(("en", 5, f"en {n}") for n in range(9)))
    await town.answer(id_, *(("es", 1, f"es {n}") for n in range(3)))
    town.now += A_DAY
    results = await town.results()

    assert [(one.language, one.group, one.hidden) for one in results.languages(id_)] == [
        ("en", None, WOULD_TELL),
        ("es", None, TOO_FEW),
    ]
    (words,) = results.words(id_)
    assert words.language is None
    assert sorted(words.words) == sorted([f"en {n}" for n in range(9)] + [f"es {n}" for n in range(3)])


async def test_four_answers_are_shown_only_with_the_next_small_pulse(town: Town) -> None:
    first = await town.pulse(town.dinner)
    await town.answer(first, *(("es", 2, f"first {n}") for n in range(4)))
    town.now += 2 * A_DAY
    assert (await town.results()).words() == []
    assert [one.hidden for one in (await town.results()).pulses] == [TOO_FEW]

    second = await town.pulse()
    await town.answer(second, ("es", 4, "second"))
    town.now += A_DAY
    results = await town.results()
    assert results.group() == Group(5, 2.4, {1: 0, 2: 4, 3: 0, 4: 1, 5: 0})
    assert (results.group(first), results.group(second)) == (None, None)
    (words,) = results.words()
    assert words.pulses == {first, second}
    assert "second" in words.words


async def test_words_come_in_no_order(town: Town) -> None:
    id_ = await town.pulse(town.dinner)
    await town.answer(id_, *(("en", 5, f"words {n}") for n in range(30)))
    town.now += A_DAY

    orders = {(await town.results()).words()[0].words for _ in range(3)}
    assert len(orders) > 1


async def test_those_who_answered_are_told_what_was_done_unless_they_could_be_guessed(town: Town) -> None:
    id_ = await town.pulse(town.dinner)
    async with town.database.write() as db:
        new = StaffMember(0, town.school.id, "Sra. Ortiz", "ortiz@lincoln.example", "admin")
        member = await staff.add(db, new, TODAY)
    assert member is not None
    await town.answer(id_, *(("en", 5, "") for _ in range(4)))
    async with town.database.write() as db:
        with pytest.raises(Refusal, match="Fewer than 5"):
            await pulses.tell(db, town.school, id_, member, "en", "You said: the door. We did: a bell.", TODAY)

    await town.answer(id_, ("en", 5, ""))
    async with town.database.write() as db:
        draft = await pulses.tell(db, town.school, id_, member, "en", "You said: the door. We did: a bell.", TODAY)
    assert (draft.state, draft.audience.kind, draft.audience.subject_id) == ("draft", "answered", id_)
    assert draft.approved == frozenset()
