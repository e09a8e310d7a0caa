"""One person on a phone and in a chat: what the school begins to say comes once. Two adults of a household both get it.

That both are one person is known for certain where the number of the phone was shared in the chat. A chat that joined
by the link of the household may be another adult's.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from bot import events, links
from bot.store import events as known_events
from bot.store import families, ids, rsvps
from flows.facts import Contact, Permission
from tests.journeys.chats import CHAT, MOTHER, OTHER_CHAT, Lincoln, chats

FATHER = "sms:+15125550102"
News: TypeAlias = Callable[[Lincoln], Coroutine[Any, Any, None]]


async def invite(lincoln: Lincoln) -> None:
    given = (lincoln.database, lincoln.app.catalogs, lincoln.school, lincoln.dinner)
    await events.invite(*given, lambda: lincoln.now, "x")
    await lincoln.settled()


async def jobs(lincoln: Lincoln) -> None:
    while await lincoln.app.jobs.do_due():
        pass
    await lincoln.settled()


async def shares(lincoln: Lincoln) -> None:
    """The mother opens a chat, and shares the number of her phone in it."""
    await lincoln.opens(CHAT, language_hint="es")
    await lincoln.shares(CHAT, MOTHER.removeprefix("sms:"))


async def opens_letter(lincoln: Lincoln, chat: str = CHAT) -> None:
    """Somebody of the household opens the link of its letter, and agrees to event news."""
    home = lincoln.home.id
    code = (await lincoln.does(lambda db: links.for_households(db, lincoln.school, [home], lincoln.now)))[home].code
    await lincoln.opens(chat, code, language_hint="es")
    await lincoln.writes(chat, "sí")


async def moves_in(lincoln: Lincoln, address: str) -> None:
    """Another adult of the household."""

    async def add(db: Any) -> None:
        (id_,) = await ids.reserve(db, 1)
        person = Contact(id_, lincoln.school.id, lincoln.home.id, address, language="es", permission=Permission.GIVEN)
        await families.add_contacts(db, [replace(person, introduced_at=lincoln.now)], lincoln.now)

    await lincoln.does(add)


async def moved(lincoln: Lincoln) -> None:
    after = replace(lincoln.dinner, starts=lincoln.dinner.starts + timedelta(hours=1))
    await lincoln.does(lambda db: events.change(db, lincoln.school, lincoln.dinner, after, lincoln.now, "x"))
    await jobs(lincoln)


async def cancelled(lincoln: Lincoln) -> None:
    await lincoln.does(lambda db: events.cancel(db, lincoln.school, lincoln.dinner, lincoln.now, "x"))
    await jobs(lincoln)


async def reminded(lincoln: Lincoln) -> None:
    lincoln.now = lincoln.dinner.starts - timedelta(days=2)
    await jobs(lincoln)


async def offered(lincoln: Lincoln) -> None:
    """The dinner has room for nobody until now; then staff find some more places."""
    before = (await lincoln.reads(known_events.by_ids, [lincoln.dinner.id]))[lincoln.dinner.id]
    after = replace(before, places=9)
    await lincoln.does(lambda db: events.change(db, lincoln.school, before, after, lincoln.now, "x", quietly=True))
    await jobs(lincoln)


async def heard(lincoln: Lincoln, news: News, *addresses: str) -> list[int]:
    """How many messages each of these gets of the news."""
    before = [len(lincoln.heard(address)) for address in addresses]
    await news(lincoln)
    return [len(lincoln.heard(address)) - said for address, said in zip(addresses, before, strict=True)]


NEWS = pytest.mark.parametrize("news", [moved, cancelled, reminded], ids=lambda news: str(news.__name__))


@NEWS
async def test_who_answered_by_sms_and_then_shared_the_number_hears_it_once(database_url: str, news: News) -> None:
    async with chats(database_url) as lincoln:
        await invite(lincoln)
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        lincoln.now += timedelta(hours=4)
        await shares(lincoln)

        assert await heard(lincoln, news, MOTHER, CHAT) == [0, 1]


@NEWS
async def test_two_adults_of_a_household_both_hear_it(database_url: str, news: News) -> None:
    async with chats(database_url) as lincoln:
        await opens_letter(lincoln)
        await invite(lincoln)
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        lincoln.now += timedelta(hours=4)

        assert await heard(lincoln, news, MOTHER, CHAT) == [1, 1]


@NEWS
async def test_another_adult_hears_it_beside_a_person_with_two_addresses(database_url: str, news: News) -> None:
    async with chats(database_url) as lincoln:
        await moves_in(lincoln, FATHER)
        await shares(lincoln)
        await opens_letter(lincoln, OTHER_CHAT)
        await invite(lincoln)
        await lincoln.writes(CHAT, "2 adultos 1 niño")
        lincoln.now += timedelta(hours=4)

        assert await heard(lincoln, news, MOTHER, CHAT, FATHER, OTHER_CHAT) == [0, 1, 1, 1]


@NEWS
async def test_where_the_chat_was_blocked_the_phone_hears_it(database_url: str, news: News) -> None:
    async with chats(database_url) as lincoln:
        await invite(lincoln)
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        lincoln.now += timedelta(hours=4)
        await shares(lincoln)
        await lincoln.blocks(CHAT)

        assert await heard(lincoln, news, MOTHER, CHAT) == [1, 0]


async def test_a_chat_without_permission_is_reminded_of_what_its_owner_said_yes_to_by_sms(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ana = await lincoln.contact(MOTHER)
        await lincoln.does(lambda db: families.save_contacts(db, [replace(ana, permission=Permission.UNKNOWN)]))
        await lincoln.writes(MOTHER, "eventos")
        await lincoln.writes(MOTHER, "1")
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        await lincoln.writes(MOTHER, "no")
        lincoln.now += timedelta(hours=4)
        await shares(lincoln)

        assert await heard(lincoln, reminded, MOTHER, CHAT) == [0, 1]


async def test_a_freed_place_is_offered_in_the_chat_alone(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lincoln.dinner = replace(lincoln.dinner, places=2)
        await lincoln.does(lambda db: known_events.save(db, lincoln.dinner))
        await invite(lincoln)
        await lincoln.writes(MOTHER, "2 adultos 1 niño")
        await lincoln.writes(MOTHER, "sí")
        await shares(lincoln)

        assert await heard(lincoln, offered, MOTHER, CHAT) == [0, 1]
        assert "lugares" in lincoln.heard(CHAT)[-1]
        await lincoln.writes(CHAT, "acepto")
        ((_home, rsvp),) = await lincoln.reads(rsvps.of_event, lincoln.dinner.id)
        assert (rsvp.coming, rsvp.people) == ("yes", 3)


async def test_nobody_is_told_their_own_answer(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await moves_in(lincoln, FATHER)
        await invite(lincoln)
        await shares(lincoln)

        async def answers(lincoln: Lincoln) -> None:
            await lincoln.writes(CHAT, "2 adultos 1 niño")

        assert (await heard(lincoln, answers, MOTHER, FATHER)) == [0, 1]
        await lincoln.writes(FATHER, "al final 3 adultos")
        assert "3 adultos" in lincoln.heard(CHAT)[-1]
        assert "3 adultos" not in " ".join(lincoln.heard(MOTHER))


async def test_event_news_comes_once_also_where_the_chat_had_agreed_before(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await opens_letter(lincoln)
        await lincoln.shares(CHAT, MOTHER.removeprefix("sms:"))

        assert await heard(lincoln, invite, MOTHER, CHAT) == [0, 1]
