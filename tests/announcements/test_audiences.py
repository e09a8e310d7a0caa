"""Who an announcement is for, and who of them gets it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from bot.announcements import audiences
from bot.announcements.audiences import Audience, Reach
from bot.errors import Refusal
from bot.records import ConsentChange, Rsvp
from bot.store import audiences as chosen
from bot.store import consents, events, ids, rsvps, statements
from bot.store.audiences import CONDITIONS, given
from bot.store.database import Database
from bot.store.tables import contacts, invitations, pulse_recipients, pulses
from flows.core.text import ByLanguage
from flows.facts import Event, Permission
from tests.campaign import BOT, SMS, Campaign
from tests.mailbag import NOON

DAY = timedelta(days=1)


@pytest.fixture
async def campaign(database_url: str) -> AsyncIterator[Campaign]:
    database = Database.open(database_url)
    yield await Campaign.open(database)
    await database.close()


async def reach(campaign: Campaign, audience: Audience | None = None, **how: str) -> Reach:
    number = await campaign.draft(audience, **how)
    async with campaign.database.read() as db:
        return await audiences.reach(db, campaign.school, await campaign.find(number), campaign.now)


async def getting(campaign: Campaign, audience: Audience) -> list[int]:
    """The contacts that a message is written for."""
    number = await campaign.draft(audience)
    async with campaign.database.read() as db:
        found = await campaign.find(number)
        decided = await audiences.sending(db, campaign.school, found, campaign.now)
        return [id_ for id_, _ in await chosen.following(db, audience, decided, 0, 100)]


async def dinner(campaign: Campaign, invited: list[int], **answers: int) -> int:
    """An event to which the homes of these contacts are invited; ``yes=`` and so on name who answered."""
    async with campaign.database.write() as db:
        title = ByLanguage(en="Dinner", es="Cena")
        starts = NOON + 9 * DAY
        event = await events.add(db, Event(0, campaign.school.id, starts, starts + DAY / 12, title, title), NOON)
        rows = await db.execute(contacts.select().where(contacts.c.id.in_([*invited, *answers.values()])))
        homes = {row.id: row.household_id for row in rows}
        row = {"event_id": event.id, "school_id": campaign.school.id, "created_at": NOON}
        await db.execute(insert(invitations), [row | {"household_id": homes[id_]} for id_ in invited])
        said = [
            Rsvp(campaign.school.id, event.id, homes[id_], coming, answered_at=NOON) for coming, id_ in answers.items()
        ]
        await rsvps.save(db, said)
    return event.id


# Audiences


async def test_an_audience_is_kept_as_it_was():
    every = [
        Audience(),
        Audience("invited", 12, language="es"),
        Audience("role", role="grandparent"),
        Audience("list", contact_ids=(3, 5)),
    ]

    assert [Audience.from_json(audience.to_json()) for audience in every] == every
    assert Audience().to_json() == {"kind": "all"}


async def test_all_are_the_families_of_this_school_alone(campaign: Campaign):
    ours = [await campaign.family(), await campaign.family()]
    await (await Campaign.open(campaign.database, "Roosevelt")).family("sms:+15125550199")

    assert await getting(campaign, Audience()) == ours


async def test_those_invited_those_who_said_nothing_and_those_who_come(campaign: Campaign):
    yes, no, silent, uninvited = [await campaign.family() for _ in range(4)]
    event = await dinner(campaign, [yes, no, silent], yes=yes, no=no)

    assert await getting(campaign, Audience("invited", event)) == [yes, no, silent]
    assert await getting(campaign, Audience("unanswered", event)) == [silent]
    assert await getting(campaign, Audience("coming", event)) == [yes]
    assert uninvited in await getting(campaign, Audience())


async def test_both_parents_of_a_home_are_meant(campaign: Campaign):
    ana = await campaign.family()
    async with campaign.database.read() as db:
        home = (await db.execute(contacts.select().where(contacts.c.id == ana))).one().household_id
    luis = await campaign.family(household_id=home, language="en")
    event = await dinner(campaign, [ana], yes=ana)

    assert await getting(campaign, Audience("coming", event)) == [ana, luis]
    assert await getting(campaign, Audience("coming", event, language="en")) == [luis]


async def test_a_role_a_language_and_a_list(campaign: Campaign):
    parent, grandmother = await campaign.family(language="en"), await campaign.family(role="grandparent")

    assert await getting(campaign, Audience("role", role="grandparent")) == [grandmother]
    assert await getting(campaign, Audience(language="en")) == [parent]
    assert await getting(campaign, Audience("list", contact_ids=(grandmother,))) == [grandmother]
    assert await getting(campaign, Audience("list", contact_ids=(grandmother, parent), language="en")) == [parent]


async def test_who_speaks_nobody_knows_what_is_taken_for_the_schools_first_language(campaign: Campaign):
    unknown = await campaign.family(language=None)

    assert await getting(campaign, Audience(language="en")) == [unknown]
    assert (await reach(campaign)).by_language_and_channel == {("en", "sms"): 1}


async def test_those_who_answered_a_pulse(campaign: Campaign):
    *answered, silent = [await campaign.family() for _ in range(6)]
    async with campaign.database.write() as db:
        (pulse,) = await ids.reserve(db, 1)
        row = {"id": pulse, "school_id": campaign.school.id, "created_at": NOON, "send_at": NOON, "closes_at": NOON}
        await db.execute(insert(pulses), row)
        asked = {"pulse_id": pulse, "school_id": campaign.school.id}
        people = [{"contact_id": id_, "answered": id_ != silent} for id_ in (*answered, silent)]
        await db.execute(insert(pulse_recipients), [asked | person for person in people])

    assert await getting(campaign, Audience("answered", pulse)) == answered


async def test_staff_name_people_by_number_and_by_id(campaign: Campaign):
    ana, luis = await campaign.family("sms:+15125550143"), await campaign.family("telegram:1234567")
    async with campaign.database.read() as db:
        given = ["(512) 555-0143", f" {luis} ", "", "telegram:1234567"]
        found = await audiences.listed(db, campaign.school, given, language="es")

    assert found == Audience("list", contact_ids=(ana, luis), language="es")


async def test_an_entry_that_nobody_knows_is_named_by_its_line(campaign: Campaign):
    await campaign.family("sms:+15125550143")
    async with campaign.database.read() as db:
        with pytest.raises(Refusal, match="by the lines 3, 4, 6 of this list") as raised:
            await audiences.listed(db, campaign.school, ["", "5125550143", "5125550144", "17", " ", "my sister"])
    assert "0144" not in str(raised.value)


# Who gets nothing, and why


async def say_dead(campaign: Campaign, contact_id: int, at: datetime) -> None:
    """The carrier said at this moment that the number of a contact takes no texts."""
    said = ConsentChange(campaign.school.id, contact_id, "all", Permission.REFUSED, at, "number", words="30006")
    async with campaign.database.write() as db:
        await consents.add(db, [said])


async def test_whose_number_takes_no_texts_is_counted_apart_from_those_who_stopped(campaign: Campaign):
    await say_dead(campaign, await campaign.family(stopped_at=NOON), NOON)
    await campaign.family(stopped_at=NOON)

    assert (await reach(campaign)).excluded == {"dead-number": 1, "stopped": 1}
    assert (await reach(campaign, topic="urgent")).excluded == {"dead-number": 1, "stopped": 1}
    assert "dead-number" in audiences.WHY_NOT


async def test_who_stopped_after_its_number_was_in_use_again_has_stopped(campaign: Campaign):
    await say_dead(campaign, await campaign.family(stopped_at=NOON), NOON - DAY)

    assert (await reach(campaign)).excluded == {"stopped": 1}


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"stopped_at": NOON}, "stopped"),
        ({"wrong_number_at": NOON, "stopped_at": NOON}, "wrong-number"),
        ({"permission": "refused"}, "left-news"),
        ({"permission": "unknown"}, "no-permission"),
        ({"language": "pt"}, "not-approved"),
        ({"address": "whatsapp:+15125550143"}, "no-channel"),
        ({"address": "whatsapp:+15125550143", "account": "whatsapp:+15125550100"}, "whatsapp-window"),
        ({"role": "staff", "household_id": None}, "staff"),
    ],
)
async def test_why_somebody_gets_nothing_is_counted(campaign: Campaign, wishes: dict[str, object], reason: str):
    await campaign.family(**wishes)  # type: ignore[arg-type]  # an address among them
    await campaign.family()

    found = await reach(campaign)

    assert (found.total, found.excluded) == (1, {reason: 1})
    assert reason in audiences.WHY_NOT


async def test_who_wrote_to_us_on_whatsapp_today_gets_it(campaign: Campaign):
    wrote = {"account": "whatsapp:+15125550100", "last_inbound_at": NOON - DAY / 2}
    family = await campaign.family("whatsapp:+15125550143", **wrote)

    assert await getting(campaign, Audience()) == [family]


async def test_urgent_news_needs_no_permission_and_respects_a_stop(campaign: Campaign):
    await campaign.family(permission="unknown")
    await campaign.family(permission="refused")
    await campaign.family(stopped_at=NOON)

    found = await reach(campaign, topic="urgent")

    assert (found.total, found.excluded) == (2, {"stopped": 1})


async def test_a_person_of_the_school_who_is_named_gets_it(campaign: Campaign):
    ortiz = await campaign.family(role="staff", household_id=None, permission="unknown")

    assert await getting(campaign, Audience("list", contact_ids=(ortiz,))) == [ortiz]
    assert await getting(campaign, Audience("role", role="staff")) == [ortiz]


async def test_urgent_news_for_a_role_reaches_no_stranger(campaign: Campaign):
    parent = await campaign.family(permission="unknown")
    stranger = await campaign.family(household_id=None, permission="unknown")
    parents = Audience("role", role="parent")

    found = await reach(campaign, parents, topic="urgent")
    assert (found.total, found.excluded) == (1, {"no-family": 1})
    assert (await reach(campaign, Audience("list", contact_ids=(parent, stranger)), topic="urgent")).total == 2
    assert await getting(campaign, Audience("role", role="staff")) == []


async def test_a_language_without_an_approved_text_is_named(campaign: Campaign):
    await campaign.family(language="es")
    await campaign.family(language="en")

    found = await reach(campaign, approved="en")

    assert (found.total, found.excluded) == (1, {"not-approved": 1})
    assert found.languages_without_text == {"es"}


async def test_a_preview_counts_by_language_and_channel_and_who_is_new(campaign: Campaign):
    await campaign.families(["sms:+15125550143", "telegram:11", "telegram:12"])
    await campaign.families(["sms:+15125550144"], language="en", introduced_at=None)
    found = await reach(campaign)

    assert found.by_language_and_channel == {("es", "sms"): 1, ("es", "telegram"): 2, ("en", "sms"): 1}
    assert found.new == {("en", "sms"): 1}
    assert {share.account for share in found.getting} == {SMS, BOT}


# Its cost


@pytest.mark.parametrize("kind", CONDITIONS)
@pytest.mark.parametrize("language", [None, "es"])
async def test_no_audience_reads_through_another_school(campaign: Campaign, kind: str, language: str | None):
    audience = Audience(kind, 1, "parent", (1, 2), language)
    async with campaign.database.read() as db:
        found = await campaign_sending(campaign, db)
        sql, parameters = chosen._following(kind, language is not None).compiled(db.dialect)
        values = given(audience, found) | {"after": 0, "limit": 10}
        assert values.keys() >= {one.name for one in parameters if one.constant is None}
        if campaign.database.is_sqlite:
            plan = await statements.fetch(db, f"EXPLAIN QUERY PLAN {sql}", [None] * len(parameters))
            steps = [step for *_, step in plan]
        else:
            plan = await statements.fetch(db, f"EXPLAIN (GENERIC_PLAN) {sql}", [None] * len(parameters))
            steps = [line for (line,) in plan if "Seq Scan" in line]
    assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step]


async def campaign_sending(campaign: Campaign, db: object) -> chosen.Sending:
    found = chosen.Sending(campaign.school.id, "en", False, frozenset({"en"}), {}, NOON)
    return replace(found, accounts={"sms": SMS})
