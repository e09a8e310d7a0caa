"""What staff may do with an announcement: write it, approve it by name, send it, stop it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import pytest

from bot import announcements
from bot.announcements import Stopped
from bot.announcements.audiences import Audience
from bot.errors import Refusal
from bot.store import audit
from bot.store.database import Database
from tests.campaign import EN, ES, Campaign
from tests.mailbag import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def campaign(database_url: str) -> AsyncIterator[Campaign]:
    database = Database.open(database_url)
    yield await Campaign.open(database)
    await database.close()


async def write(campaign: Campaign, number: int, text: str, language: str = "es", origin: str = "written") -> Any:
    async with campaign.database.write() as db:
        given = (campaign.school, number, language, text, origin, campaign.ortiz, campaign.now)
        return await announcements.write_text(db, *given)


async def approve(campaign: Campaign, number: int, language: str = "es", member: Any = None) -> Any:
    async with campaign.database.write() as db:
        who = member or campaign.ortiz
        return await announcements.approve(db, campaign.school, number, language, who, campaign.now)


async def refused(doing: Awaitable[Any]) -> str:
    with pytest.raises(Refusal) as raised:
        await doing
    return str(raised.value)


# Words


async def test_a_draft_is_kept_with_its_words_and_approved_by_nobody(campaign: Campaign):
    found = await campaign.find(await campaign.draft(Audience("role", role="parent", language="es"), approved=""))

    assert (found.state, found.topic, found.language, found.made_by) == ("draft", "events", "en", campaign.ortiz.id)
    assert found.audience == Audience("role", role="parent", language="es")
    assert {language: text.body for language, text in found.texts.items()} == {"en": EN, "es": ES}
    assert not found.approved


async def test_other_words_of_the_original_take_every_approval_back(campaign: Campaign):
    number = await campaign.draft()

    await write(campaign, number, "School is closed on Monday.", "en")

    found = await campaign.find(number)
    assert not found.approved
    assert found.texts["es"].body == ES
    async with campaign.database.read() as db:
        lines = await audit.last(db, campaign.school.id, 2)
    assert {(line.action, str(line.detail["language"])) for line in lines} == {
        ("announcement text changed", "en"),
        ("announcement approval taken back", "es"),
    }


async def test_a_text_has_room_for_the_name_of_the_school(campaign: Campaign):
    number = await campaign.draft()
    name = "Lincoln School: "

    assert "longer than 1,600 characters" in await refused(write(campaign, number, "a" * (1601 - len(name))))
    assert await write(campaign, number, "a" * (1600 - len(name)))
    assert await write(campaign, number, f"Lincoln School {'a' * 1585}")


async def test_an_approval_has_a_name_and_a_time(campaign: Campaign):
    number = await campaign.draft(approved="es")

    text = (await campaign.find(number)).texts["es"]
    assert (text.is_approved, text.approved_by, text.approved_at) == (True, campaign.ortiz.id, NOON)
    async with campaign.database.read() as db:
        newest = (await audit.last(db, campaign.school.id, 1))[0]
    assert (newest.actor, newest.action, newest.subject, newest.detail) == (
        f"staff {campaign.ortiz.id}",
        "announcement text approved",
        f"announcement {number}",
        {"language": "es", "origin": "written"},
    )


async def test_a_machines_draft_stays_marked_until_somebody_approves_it(campaign: Campaign):
    number = await campaign.draft(approved="en es")

    drafted = await write(campaign, number, "No hay clases el viernes.", origin="machine")
    assert (drafted.origin, drafted.is_approved) == ("machine", False)

    assert (await approve(campaign, number)).is_approved
    assert (await campaign.find(number)).texts["es"].origin == "machine"


async def test_other_words_take_the_approval_away_and_the_same_words_do_not(campaign: Campaign):
    number = await campaign.draft()

    assert (await write(campaign, number, f" {ES} ", origin="machine")).is_approved
    assert not (await write(campaign, number, "El viernes sí hay clases.")).is_approved
    assert (await campaign.find(number)).approved == {"en"}


@pytest.mark.parametrize(
    ("text", "language", "origin", "reason"),
    [
        (" \n", "es", "written", "nothing in this text"),
        ("a" * 1601, "es", "written", "longer than 1,600"),
        ("Olá", "pt", "written", "does not write in pt"),
        ("Hola", "es", "dreamt", "written, imported, machine"),
    ],
)
async def test_words_that_cannot_go_out_are_refused(
    campaign: Campaign, text: str, language: str, origin: str, reason: str
):
    number = await campaign.draft()

    assert reason in await refused(write(campaign, number, text, language, origin))


async def test_a_helper_approves_sends_and_stops_nothing(campaign: Campaign):
    number = await campaign.draft(approved="en")
    await campaign.family()
    given = (campaign.database, campaign.school, number, campaign.kim, campaign.now)

    assert "Only an admin or an editor" in await refused(approve(campaign, number, member=campaign.kim))
    assert "Only an admin or an editor" in await refused(announcements.send(*given, without_unapproved=True))
    await approve(campaign, number)
    await campaign.send(number)
    assert "Only an admin or an editor" in await refused(announcements.stop(*given))


async def test_a_language_without_words_is_not_approved(campaign: Campaign):
    async with campaign.database.write() as db:
        about = (campaign.school, campaign.ortiz, "en", EN, "events", Audience(), NOON)
        drafted = await announcements.draft(db, *about)

    assert "no text in es yet" in await refused(approve(campaign, drafted.id))


async def test_a_long_text_is_worth_a_warning(campaign: Campaign):
    assert announcements.warning(campaign.school, "Hola") is None
    assert "5 SMS segments" in (announcements.warning(campaign.school, "á" * 300) or "")


async def test_an_announcement_of_another_school_is_not_found(campaign: Campaign):
    number = await campaign.draft()
    other = await Campaign.open(campaign.database, "Roosevelt")

    assert f"Roosevelt has no announcement {number}" in await refused(other.find(number))


# Sending


async def test_nothing_goes_without_an_approval(campaign: Campaign):
    await campaign.family()

    assert "No text of it is approved" in await refused(campaign.send(await campaign.draft(approved="")))


async def test_somebody_without_an_approved_text_is_said_before_it_goes(campaign: Campaign):
    await campaign.family(language="es")
    await campaign.family(language="en")
    number = await campaign.draft(approved="en")

    assert "1 of them would get nothing: no text is approved in es" in await refused(campaign.send(number))
    assert (await campaign.find(number)).state == "draft"
    assert (await campaign.send(number, without_unapproved=True)).state == "scheduled"


async def test_nobody_is_no_audience(campaign: Campaign):
    await campaign.family(stopped_at=NOON)

    assert "Nobody would get it" in await refused(campaign.send(await campaign.draft()))


@pytest.mark.parametrize("confirmed", [True, False])
async def test_an_urgent_one_is_confirmed_twice(campaign: Campaign, confirmed: bool):
    await campaign.family()
    number = await campaign.draft(topic="urgent")

    if confirmed:
        await campaign.send(number, confirmed_twice=True)
    else:
        assert "confirm twice" in await refused(campaign.send(number, confirmed_twice=False))
    assert (await campaign.find(number)).state == ("scheduled" if confirmed else "draft")


async def test_event_news_is_confirmed_once(campaign: Campaign):
    await campaign.family()

    assert (await campaign.send(await campaign.draft(), confirmed_twice=False)).state == "scheduled"


async def test_it_goes_at_its_time_and_may_be_set_anew(campaign: Campaign):
    family = await campaign.family()
    number = await campaign.draft()
    await campaign.send(number, at=NOON + DAY)
    await campaign.send(number, at=NOON + HOUR)

    await campaign.work()
    assert await campaign.messages_of(family) == []
    campaign.now += HOUR
    await campaign.work()

    assert len(await campaign.messages_of(family)) == 1
    found = await campaign.find(number)
    assert (found.state, found.started_at, found.expires_at) == ("sending", NOON + HOUR, NOON + HOUR + 3 * DAY)


async def test_it_is_good_until_the_time_that_was_given(campaign: Campaign):
    family = await campaign.family()
    number = await campaign.draft()
    await campaign.send(number, expires_at=NOON + HOUR)
    await campaign.work()
    campaign.now += HOUR

    assert await campaign.claimed() == []
    assert await campaign.ends(family) == ["dropped expired"]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"at": NOON - HOUR}, "is over already"),
        ({"at": NOON + DAY, "expires_at": NOON + HOUR}, "too late"),
        ({"at": NOON + 401 * DAY}, "more than 400 days ahead"),
        ({"expires_at": NOON + 401 * DAY}, "more than 400 days ahead"),
    ],
)
async def test_a_time_that_makes_no_sense_is_refused(campaign: Campaign, how: dict[str, Any], reason: str):
    await campaign.family()

    assert reason in await refused(campaign.send(await campaign.draft(), **how))


async def test_once_it_goes_out_its_words_stay_and_it_is_not_sent_again(campaign: Campaign):
    await campaign.family()
    number = await campaign.begin()

    assert "has begun to go out" in await refused(write(campaign, number, "Otra cosa."))
    assert "has begun to go out" in await refused(campaign.send(number))


async def test_of_two_who_send_it_at_once_the_second_is_told(campaign: Campaign):
    await campaign.family()
    number = await campaign.draft()
    sent = await asyncio.gather(campaign.send(number), campaign.send(number), return_exceptions=True)

    assert sorted(str(type(one).__name__) for one in sent) == ["Announcement", "Refusal"]
    campaign.now -= timedelta(seconds=1)  # the clock of another machine
    assert "has begun to go out; draft a new one" in await refused(campaign.send(number))
    assert (await campaign.send(number, at=NOON + HOUR)).send_at == NOON + HOUR, "nobody serves, so it had not begun"


# Stopping


async def test_one_that_waits_for_its_time_is_stopped(campaign: Campaign):
    family = await campaign.family()
    number = await campaign.draft()
    await campaign.send(number, at=NOON + HOUR)

    assert await campaign.stop(number) == Stopped(0, 0)
    campaign.now += HOUR
    await campaign.work()

    assert await campaign.messages_of(family) == []
    assert await campaign.jobs_left(number) == []
    assert "nothing to stop" in await refused(campaign.stop(number))


async def test_a_draft_has_nothing_to_stop(campaign: Campaign):
    assert "nothing to stop" in await refused(campaign.stop(await campaign.draft()))


# Audiences


@pytest.mark.parametrize(
    ("audience", "reason"),
    [
        (Audience("everybody"), "An audience is one of"),
        (Audience("invited", 4711), "no event 4711"),
        (Audience("role"), "Which role"),
        (Audience("list"), "from 1 to 10,000"),
        (Audience("list", contact_ids=(4711,)), "Not every contact"),
        (Audience(language="pt"), "does not write in pt"),
    ],
)
async def test_an_audience_that_is_none_is_refused(campaign: Campaign, audience: Audience, reason: str):
    assert reason in await refused(campaign.draft(audience))
