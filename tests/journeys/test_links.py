"""Chats that are opened: by links of the school, of a household, of an event, and by a number that is shared."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import links
from bot.messages import Inbound
from bot.records import Rsvp
from bot.store import audit, consents, events, families, jobs, rsvps, schools
from flows.facts import Permission
from tests.home import CHICAGO
from tests.journeys.chats import BOT, CHAT, MOTHER, OTHER_CHAT, Lincoln, chats


async def household_code(lincoln: Lincoln) -> str:
    async def make(db: AsyncConnection) -> str:
        return (await links.for_households(db, lincoln.school, [lincoln.home.id], lincoln.now))[lincoln.home.id].code

    return await lincoln.does(make)


async def event_code(lincoln: Lincoln) -> str:
    async def make(db: AsyncConnection) -> str:
        return (await links.for_event(db, lincoln.school, lincoln.dinner, lincoln.now)).code

    return await lincoln.does(make)


async def answers(lincoln: Lincoln) -> dict[str | None, str]:
    found = await lincoln.reads(rsvps.of_event, lincoln.dinner.id)
    return {home.name: f"{rsvp.coming} {rsvp.adults} {rsvp.children}" for home, rsvp in found}


async def test_the_start_button_alone_is_a_first_contact_in_the_language_of_the_app(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="es")

        assert lincoln.heard(CHAT)[0].startswith("Lincoln School: ¡gracias por escribir!")
        assert not (await lincoln.contact(CHAT)).language_chosen


async def test_words_tell_the_language_before_the_app_does(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.writes(CHAT, "hola buenos dias", language_hint="en")

        assert (await lincoln.contact(CHAT)).language == "es"


async def test_an_app_in_a_language_that_the_school_does_not_speak_tells_nothing(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="vi")

        assert "English" in lincoln.labels(CHAT)
        assert (await lincoln.contact(CHAT)).language is None


async def test_a_code_that_nobody_gave_out_is_said_to_be_old_and_is_a_first_contact_all_the_same(
    database_url: str,
) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, "made-up", language_hint="en")

        assert lincoln.heard(CHAT)[0].startswith("This link is old")
        assert "thank you for writing!" in lincoln.heard(CHAT)[0]


async def test_the_link_of_a_letter_joins_the_chat_to_its_household(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await household_code(lincoln)
        await lincoln.opens(CHAT, code, language_hint="en")
        await lincoln.opens(OTHER_CHAT, code, language_hint="es")

        first, second = await lincoln.contact(CHAT), await lincoln.contact(OTHER_CHAT)
        assert first.household_id == second.household_id == lincoln.home.id
        assert lincoln.heard(CHAT)[0].startswith("Lincoln School: hello, Rojas family!")
        assert "May Lincoln School write to you here about events" in lincoln.heard(CHAT)[1]
        assert lincoln.heard(MOTHER) == []
        entries = await lincoln.reads(audit.last, lincoln.school.id, 10)
        assert [entry.action for entry in entries if entry.action == "household joined"] == ["household joined"] * 2


async def test_a_household_whose_name_says_family_already_is_greeted_by_the_rest_of_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        paz = await lincoln.family("Familia Paz", "sms:+15125550161")
        code = (await lincoln.does(lambda db: links.for_households(db, lincoln.school, [paz.id], lincoln.now)))[paz.id]
        await lincoln.opens(CHAT, code.code, language_hint="en")

        assert lincoln.heard(CHAT)[0].startswith("Lincoln School: hello, Paz family!")


async def test_a_household_that_is_invited_is_asked_as_soon_as_it_opens_its_link(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.does(lambda db: rsvps.invite(db, lincoln.dinner, [lincoln.home.id], lincoln.now))
        await lincoln.opens(CHAT, await household_code(lincoln), language_hint="en")
        assert "Will your family come?" in lincoln.heard(CHAT)[1]

        await lincoln.writes(CHAT, "2 adults 1 child")
        assert await answers(lincoln) == {"Rojas": "yes 2 1"}
        assert "2 adultos, 1 niño" in lincoln.heard(MOTHER)[-1], "the mother hears what was answered"
        assert "May Lincoln School write to you here about events" in lincoln.heard(CHAT)[-1]


async def test_a_link_is_old_after_ninety_days_and_once_it_was_revoked(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await household_code(lincoln)
        lincoln.now += timedelta(days=91)
        await lincoln.opens(CHAT, code, language_hint="en")
        assert lincoln.heard(CHAT)[0].startswith("This link is old")

        fresh = await household_code(lincoln)
        assert fresh != code
        home = lincoln.home.id
        await lincoln.does(lambda db: links.revoke(db, lincoln.school, "household", home, lincoln.now, "a test"))
        await lincoln.opens(OTHER_CHAT, fresh, language_hint="en")
        assert lincoln.heard(OTHER_CHAT)[0].startswith("This link is old")
        assert (await lincoln.contact(OTHER_CHAT)).household_id != home


async def test_a_letter_that_is_printed_again_has_the_same_link(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await household_code(lincoln)
        lincoln.now += timedelta(days=20)
        assert await household_code(lincoln) == code
        lincoln.now += timedelta(days=20)
        assert await household_code(lincoln) != code


async def test_the_link_of_an_event_begins_the_answer_to_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, await event_code(lincoln), language_hint="en")
        assert "Family dinner" in lincoln.heard(CHAT)[0]

        for text in ("2 adults 0 children", "Pérez"):
            await lincoln.writes(CHAT, text)
        assert await answers(lincoln) == {"Pérez": "yes 2 0"}
        assert "May Lincoln School write to you here about events" in lincoln.heard(CHAT)[-1]
        assert len(await lincoln.reads(rsvps.households_invited, lincoln.dinner.id)) == 1


async def test_an_event_asks_somebody_whose_language_nobody_knows_with_buttons_that_choose_one(
    database_url: str,
) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, await event_code(lincoln))
        choice, invitation = lincoln.to(CHAT)
        assert choice.body.startswith("Choose your language:")
        assert [label for _reply, label in choice.buttons] == ["English", "Español"]
        assert "Family dinner" in invitation.body

        await lincoln.presses(CHAT, "Español")
        assert "Cena de familias" in lincoln.heard(CHAT)[-1]
        assert (await lincoln.contact(CHAT)).language_chosen


async def test_a_letter_greets_somebody_whose_language_nobody_knows_in_all_of_them_with_buttons(
    database_url: str,
) -> None:
    async with chats(database_url) as lincoln:
        paz = await lincoln.family("Paz")
        codes = await lincoln.does(lambda db: links.for_households(db, lincoln.school, [paz.id], lincoln.now))
        await lincoln.opens(CHAT, codes[paz.id].code)
        greeting, question = lincoln.to(CHAT)
        assert "hello, Paz family!" in greeting.body
        assert "¡hola, familia Paz!" in greeting.body
        assert [label for _reply, label in greeting.buttons] == ["English", "Español"]
        assert "May Lincoln School write to you here" in question.body

        await lincoln.presses(CHAT, "Español")
        assert [label for _reply, label in lincoln.to(CHAT)[-1].buttons] == ["Sí", "No"]


async def test_the_link_of_an_event_that_is_cancelled_is_old(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await event_code(lincoln)
        await lincoln.does(lambda db: events.cancel(db, lincoln.dinner.id, lincoln.now))
        await lincoln.opens(CHAT, code, language_hint="en")

        assert lincoln.heard(CHAT)[0].startswith("This link is old")


async def test_a_shared_number_joins_the_chat_to_the_household_that_texts_from_it(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        assert lincoln.labels(CHAT) == ["Share my number"]

        await lincoln.shares(CHAT, MOTHER.removeprefix("sms:"))
        ana = await lincoln.contact(CHAT)
        assert ana.household_id == lincoln.home.id
        assert (ana.name, ana.language) == ("Ana", "es")
        assert "Rojas" in lincoln.heard(CHAT)[-1]


async def test_event_news_moves_to_the_chat_and_does_not_come_twice(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.shares(CHAT, MOTHER.removeprefix("sms:"))

        chat, by_sms = await lincoln.contact(CHAT), await lincoln.contact(MOTHER)
        assert (chat.permission, by_sms.permission) == (Permission.GIVEN, Permission.UNKNOWN)
        history = await lincoln.reads(consents.of_contacts, [chat.id, by_sms.id])
        assert {line.permission for line in history} == {Permission.GIVEN, Permission.UNKNOWN}


async def _answers_alone(lincoln: Lincoln) -> None:
    """Somebody opens the link of the dinner, answers it, and then shares the number of the Rojas family."""
    await lincoln.opens(CHAT, await event_code(lincoln), language_hint="en")
    for text in ("3 adults 0 children", "Nobody"):
        await lincoln.writes(CHAT, text)
    await lincoln.shares(CHAT, MOTHER.removeprefix("sms:"))


async def test_what_somebody_answered_alone_goes_along_to_the_household(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await _answers_alone(lincoln)

        assert await answers(lincoln) == {"Rojas": "yes 3 0"}
        invited = await lincoln.reads(rsvps.households_invited, lincoln.dinner.id)
        assert [home.name for home in invited] == ["Rojas"]


async def test_what_the_household_answered_itself_stands(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        theirs = Rsvp(lincoln.school.id, lincoln.dinner.id, lincoln.home.id, "no", answered_at=lincoln.now)
        await lincoln.does(lambda db: rsvps.save(db, [theirs]))
        await _answers_alone(lincoln)

        assert await answers(lincoln) == {"Rojas": "no None None"}
        due = await lincoln.does(lambda db: jobs.claim_due(db, lincoln.now, 10, timedelta(minutes=1)))
        assert [(job.kind, job.key) for job in due] == [("places", "freed")], "its three places are free again"


async def test_a_number_that_the_school_does_not_have_changes_nothing(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        before = await lincoln.contact(CHAT)
        await lincoln.shares(CHAT, "+15125550177")

        assert "does not have this number yet" in lincoln.heard(CHAT)[-1]
        assert (await lincoln.contact(CHAT)).household_id == before.household_id


async def test_the_number_of_somebody_else_is_answered_once_kindly_and_joins_nobody(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        before = await lincoln.contact(CHAT)
        heard = len(lincoln.heard(CHAT))
        await lincoln.shares(CHAT, "")

        assert lincoln.heard(CHAT)[heard:] == [
            "Thank you! This way we can only take your own number. If a person at Lincoln School should have this "
            "one, please write it here and say whose it is."
        ]
        assert (await lincoln.contact(CHAT)).household_id == before.household_id


async def test_after_a_stop_the_number_of_somebody_else_breaks_no_silence(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.writes(CHAT, "STOP")
        heard = len(lincoln.heard(CHAT))
        await lincoln.shares(CHAT, "")

        assert len(lincoln.heard(CHAT)) == heard
        assert (await lincoln.contact(CHAT)).stopped_at is not None


async def test_who_blocked_the_bot_and_opens_it_again_is_written_to(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.blocks(CHAT)
        assert (await lincoln.contact(CHAT)).stopped_at is not None

        await lincoln.opens(CHAT)
        assert "welcome back!" not in lincoln.heard(CHAT)[-1]
        assert (await lincoln.contact(CHAT)).stopped_at is None


async def test_who_unblocked_the_bot_elsewhere_is_answered_whatever_they_write(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.blocks(CHAT)
        heard, permission = len(lincoln.heard(CHAT)), (await lincoln.contact(CHAT)).permission
        await lincoln.writes(CHAT, "menu")

        assert len(lincoln.heard(CHAT)) == heard + 1
        contact = await lincoln.contact(CHAT)
        assert (contact.stopped_at, contact.permission) == (None, permission)
        last = (await lincoln.reads(consents.of_contacts, [contact.id]))[-1]
        assert (last.topic, last.words) == ("all", "(bot unblocked)")


async def test_a_block_that_is_told_twice_is_one(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.blocks(CHAT)
        contact = await lincoln.contact(CHAT)
        before = await lincoln.reads(consents.of_contacts, [contact.id])
        await lincoln.blocks(CHAT)

        assert (await lincoln.contact(CHAT)).stopped_at == contact.stopped_at
        assert await lincoln.reads(consents.of_contacts, [contact.id]) == before


async def test_a_stop_in_words_stands_until_start_and_the_start_button_is_one(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, language_hint="en")
        await lincoln.writes(CHAT, "STOP")
        heard = len(lincoln.heard(CHAT))
        await lincoln.writes(CHAT, "menu")
        await lincoln.blocks(CHAT)
        await lincoln.writes(CHAT, "menu")
        assert len(lincoln.heard(CHAT)) == heard
        assert (await lincoln.contact(CHAT)).stopped_at is not None

        await lincoln.opens(CHAT)
        assert "welcome back!" in lincoln.heard(CHAT)[-1]
        assert (await lincoln.contact(CHAT)).stopped_at is None


async def test_opened_again_the_open_question_is_asked_again_or_the_menu_shown(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.opens(CHAT, await event_code(lincoln), language_hint="en")
        await lincoln.opens(CHAT)
        assert "Will your family come?" in lincoln.heard(CHAT)[-1]


async def test_one_bot_of_several_schools_goes_by_the_link_and_then_by_the_chat(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        other = await lincoln.does(
            lambda db: schools.add(db, "Washington School", CHICAGO, ("es",), now=lincoln.now, quiet=(0, 0))
        )
        await lincoln.writes(CHAT, "hola")
        assert "Please open the link or scan the code" in lincoln.heard(CHAT)[0]
        assert (await lincoln.contact(CHAT)).household_id is None
        await lincoln.writes(CHAT, "hola?")
        assert len(lincoln.heard(CHAT)) == 1, "it is said once a day"

        link = await lincoln.does(lambda db: links.for_school(db, other, lincoln.now))
        await lincoln.opens(CHAT, link.code, language_hint="es")
        assert lincoln.heard(CHAT)[-2].startswith("Washington School")
        await lincoln.writes(CHAT, "menu")
        assert lincoln.heard(CHAT)[-1].startswith("Washington School")
        found = await lincoln.reads(families.everywhere, [CHAT])
        assert {(contact.school_id, contact.role) for contact in found} == {
            (lincoln.school.id, "lost"),
            (other.id, "parent"),
        }


async def test_whoever_is_lost_and_in_danger_is_helped_all_the_same(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.does(
            lambda db: schools.add(db, "Washington School", CHICAGO, ("es",), now=lincoln.now, quiet=(0, 0))
        )
        await lincoln.writes(CHAT, "I want to kill myself")

        assert "988" in lincoln.heard(CHAT)[0]


async def test_a_chat_that_several_schools_know_is_the_one_it_wrote_to_last(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        other = await lincoln.does(
            lambda db: schools.add(db, "Washington School", CHICAGO, ("en",), now=lincoln.now, quiet=(0, 0))
        )
        for school in (lincoln.school, other, lincoln.school):
            link = await lincoln.does(lambda db, school=school: links.for_school(db, school, lincoln.now))  # type: ignore[misc]
            await lincoln.opens(CHAT, link.code, language_hint="en")
        await lincoln.writes(CHAT, "menu")
        assert lincoln.heard(CHAT)[-1].startswith("Lincoln School")


async def test_ten_chats_may_join_a_household_at_once(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        code = await household_code(lincoln)
        texts = [
            Inbound("telegram", BOT, f"telegram:{n}", f"x{n}", "", lincoln.now, start=code) for n in range(7100, 7110)
        ]
        await asyncio.gather(*map(lincoln.app.inbox.receive, texts))

        living = await lincoln.reads(families.contacts_of_households, [lincoln.home.id])
        assert len(living) == 11
