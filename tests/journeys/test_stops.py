"""A number that took no texts, and what its family says from it afterwards: a STOP is a family's own, and stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.families import apply, read
from bot.messages import OptOut
from bot.records import ConsentChange
from bot.store import blocks, consents, families
from flows.facts import Contact, Permission
from tests.journeys.chats import MOTHER, Lincoln, chats


async def dies(lincoln: Lincoln) -> None:
    """The carrier says that the mother's number is not in use any more."""
    lincoln.now += timedelta(hours=1)
    mother, now = await lincoln.contact(MOTHER), lincoln.now
    held = {1: mother}
    await lincoln.does(lambda db: blocks.stop(db, held, {1: blocks.Block(now, now, 30005, dead=True)}))
    assert (await lincoln.contact(MOTHER)).stopped_at == now


async def arrives(lincoln: Lincoln) -> None:
    """A text that was sent long ago is reported as delivered."""
    mother = await lincoln.contact(MOTHER)
    await lincoln.does(lambda db: blocks.take_back(db, [mother], lincoln.now))


async def imported(lincoln: Lincoln) -> None:
    """The sheet comes in again."""
    sheet = read(b"household,name,phone,language,role,permission,stopped\nRojas,Ana,+15125550101,es,parent,yes,no\n")
    await lincoln.does(lambda db: apply(db, lincoln.school, sheet, lincoln.now, "a test"))


async def all_that_might_lift_it(lincoln: Lincoln) -> Contact:
    """The mother, after everything that tries a dead number again."""
    for again in (imported, arrives):
        lincoln.now += timedelta(days=1)
        await again(lincoln)
    await lincoln.writes(MOTHER, "hola")
    await lincoln.writes(MOTHER, "gracias", opt_out=OptOut.HELP, keyword_answered=True)
    return await lincoln.contact(MOTHER)


async def history(lincoln: Lincoln) -> list[ConsentChange]:
    return await lincoln.reads(consents.of_contacts, [(await lincoln.contact(MOTHER)).id])


@pytest.mark.parametrize("opt_out", [OptOut.STOP, None])
async def test_a_stop_from_a_number_that_took_no_texts_is_the_familys_own(
    database_url: str, opt_out: OptOut | None
) -> None:
    async with chats(database_url) as lincoln:
        await dies(lincoln)
        await lincoln.writes(MOTHER, "STOP", opt_out=opt_out, keyword_answered=opt_out is not None)
        stopped = lincoln.now

        last = (await history(lincoln))[-1]
        assert (last.permission, last.at, last.words) == (Permission.REFUSED, stopped, "STOP")
        assert last.source == ("carrier" if opt_out else "reply")
        assert await lincoln.reads(blocks.dead_of_school, lincoln.school.id) == set()
        assert (await all_that_might_lift_it(lincoln)).stopped_at == stopped
        assert not any("Ana" in said for said in lincoln.heard(MOTHER))


@pytest.mark.parametrize("opt_out", [OptOut.STOP, None])
async def test_a_stop_that_is_said_once_more_stays_as_it_was(database_url: str, opt_out: OptOut | None) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.writes(MOTHER, "STOP", opt_out=opt_out)
        stopped = lincoln.now
        await lincoln.writes(MOTHER, "STOP", opt_out=opt_out)

        assert (await all_that_might_lift_it(lincoln)).stopped_at == stopped
        assert [one.topic for one in await history(lincoln)] == ["all"]


async def test_a_wrong_number_that_took_no_texts_stays_a_wrong_number(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await dies(lincoln)
        await lincoln.writes(MOTHER, "número equivocado")
        said = lincoln.now

        for again in (imported, arrives):
            await again(lincoln)
            mother = await lincoln.contact(MOTHER)
            assert (mother.wrong_number_at, mother.permission, mother.household_id) == (said, Permission.REFUSED, None)
        # Who writes from there is somebody else, and is met as anybody.
        mother = await all_that_might_lift_it(lincoln)
        assert mother.permission is Permission.REFUSED
        assert mother.household_id != lincoln.home.id


@pytest.mark.parametrize("opt_out", [OptOut.START, None])
async def test_a_start_from_a_number_that_took_no_texts_is_a_start(database_url: str, opt_out: OptOut | None) -> None:
    async with chats(database_url) as lincoln:
        await dies(lincoln)
        await lincoln.writes(MOTHER, "START", opt_out=opt_out)

        assert (await lincoln.contact(MOTHER)).stopped_at is None
        assert (await history(lincoln))[-1].words == "START"


async def test_a_yes_from_a_number_that_took_no_texts_allows_nothing(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        refused = replace(await lincoln.contact(MOTHER), permission=Permission.REFUSED)
        await lincoln.does(lambda db: families.save_contacts(db, [refused]))
        await dies(lincoln)
        await lincoln.writes(MOTHER, "YES", opt_out=OptOut.START)

        mother = await lincoln.contact(MOTHER)
        assert (mother.stopped_at, mother.permission) == (None, Permission.REFUSED)


async def test_a_number_that_asks_for_help_takes_texts(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await dies(lincoln)
        await lincoln.writes(MOTHER, "AYUDA", opt_out=OptOut.HELP, keyword_answered=True)

        assert (await lincoln.contact(MOTHER)).stopped_at is None


async def test_a_stop_right_after_other_words_ends_as_a_stop(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await dies(lincoln)
        await lincoln.writes(MOTHER, "hola")
        await lincoln.writes(MOTHER, "STOP", opt_out=OptOut.STOP, keyword_answered=True)
        stopped = lincoln.now

        assert (await all_that_might_lift_it(lincoln)).stopped_at == stopped
