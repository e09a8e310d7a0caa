"""A member of staff leaves the school, and perhaps comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import help_desk, notices, staff
from bot.announcements import Announcement, AnnouncementText, Audience, audiences
from bot.desk import linking
from bot.desk.leaving import leave
from bot.desk.visit import FLOW
from bot.errors import Refusal
from bot.help_desk import Call
from bot.language.voice import Voice
from bot.messages import Inbound
from bot.notices import Notice
from bot.records import StaffMember
from bot.store import audit, blocks, conversations, delivery, families, links, schools
from bot.store import staff as stored
from tests.desk.people import ana_asks, colleague, link, open_requests, staff_code
from tests.home import CHICAGO, catalogs
from tests.journeys.chats import BOT, CHAT, DESK, MOTHER, OTHER_CHAT, Lincoln, chats

PHONE, THIRD_CHAT = "sms:+15125550150", "telegram:8003"


async def leaves(lincoln: Lincoln, member: StaffMember) -> tuple[StaffMember, list[Call]]:
    """Somebody leaves, and all that is due by then is sent."""
    voice = Voice(catalogs(), lincoln.school)
    done = await lincoln.does(lambda db: leave(db, voice, member, lincoln.now, "a test"))
    await lincoln.settled()
    return done


async def comes_back(lincoln: Lincoln, email: str, **given: object) -> StaffMember:
    new = StaffMember(0, 0, email=email, **given)  # type: ignore[arg-type]  # passed on by name
    return await lincoln.does(lambda db: staff.add(db, lincoln.school, new, lincoln.now, "a test"))


async def reached(lincoln: Lincoln, audience: Audience, topic: str = "urgent") -> int:
    """How many would get an announcement."""
    said = {code: AnnouncementText(code, "…", "written", lincoln.now, 1, lincoln.now) for code in ("en", "es")}
    made = Announcement(1, lincoln.school.id, topic, "en", audience, "draft", None, lincoln.now, texts=said)
    return (await lincoln.reads(audiences.reach, lincoln.school, made, lincoln.now)).total


async def sets(lincoln: Lincoln, member: StaffMember, **changed: object) -> StaffMember:
    """Something of a person is changed."""
    return await lincoln.does(lambda db: staff.change(db, lincoln.school, member, changed, lincoln.now, "a test"))


async def takes_no_texts(lincoln: Lincoln) -> None:
    """The carrier says so of the phone."""
    lincoln.now += timedelta(minutes=1)
    held, now = {1: await lincoln.contact(PHONE)}, lincoln.now
    await lincoln.does(lambda db: blocks.stop(db, held, {1: blocks.Block(now, now, 30005, dead=True)}))


async def two_admins(lincoln: Lincoln) -> tuple[StaffMember, StaffMember]:
    """Sra. Ortiz and Mr. Lee, both linked, the family of Ana waiting for a person."""
    lee = await colleague(lincoln, role="admin")
    await link(lincoln)
    await link(lincoln, OTHER_CHAT, lee)
    await ana_asks(lincoln)
    return await lincoln.member(lincoln.ortiz), await lincoln.member(lee)


async def test_who_left_is_a_stranger_in_the_chat_that_was_their_desk(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, _lee = await two_admins(lincoln)
        notice = lincoln.heard(DESK)[-1]
        left, _free = await leaves(lincoln, ortiz)

        assert (left.left_at, left.telegram_chat, left.alerted) == (lincoln.now, None, False)
        assert lincoln.heard(DESK)[-1] == "This chat is not linked to Lincoln School any more."
        family, desk = len(lincoln.heard(MOTHER)), len(lincoln.heard(DESK))
        await lincoln.writes(DESK, "le llamo a las 10", quoting=notice)
        await lincoln.presses(DESK, "I will answer")
        await lincoln.writes(DESK, "requests")
        assert len(lincoln.heard(MOTHER)) == family, "no word of theirs reaches a family"
        assert not any("Rojas" in said or "necesito" in said for said in lincoln.heard(DESK)[desk:])
        assert any(said.startswith("Lincoln School: ") for said in lincoln.heard(DESK)[desk:]), "greeted as anybody"
        (call,) = await open_requests(lincoln)
        assert call.owner is None


async def test_a_parent_who_leaves_the_staff_stays_a_parent(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        home = await lincoln.family("Ortiz", CHAT, name="Rosa", language="en", language_chosen=True)
        lee = await colleague(lincoln, role="admin")
        await link(lincoln, CHAT)
        await leaves(lincoln, await lincoln.member(lincoln.ortiz))

        assert (await lincoln.contact(CHAT)).household_id == home.id
        await lincoln.writes(CHAT, "I need to talk to a person")
        (call,) = await open_requests(lincoln)
        assert (call.request.reason, call.contact.address) == ("help", CHAT)
        assert lee.id != lincoln.ortiz.id


async def test_their_open_requests_are_nobodys_and_the_others_hear_of_them_once(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, _lee = await two_admins(lincoln)
        await lincoln.presses(DESK, "I will answer")
        before = len(lincoln.heard(OTHER_CHAT))
        _left, (free,) = await leaves(lincoln, ortiz)

        (call,) = await open_requests(lincoln)
        assert (call.request.id, call.owner, call.request.claimed_at) == (free.request.id, None, None)
        (told,) = lincoln.heard(OTHER_CHAT)[before:]
        assert told.startswith("Sra. Ortiz has left the school, and 1 request has nobody now:\n1. The Rojas family: ")
        await lincoln.writes(OTHER_CHAT, "soy el señor Lee, le llamo hoy por la tarde", quoting=told)
        assert lincoln.heard(MOTHER)[-1].startswith("Mr. Lee: soy el señor Lee")
        entries = [line.action for line in await lincoln.reads(audit.last, lincoln.school.id, 4)]
        assert {"staff left", "request given back"} <= set(entries)


async def test_several_requests_are_one_message_with_a_button_for_each(database_url: str) -> None:
    other = "sms:+15125550177"
    async with chats(database_url) as lincoln:
        await lincoln.family("Soto", other, language="es", language_chosen=True, introduced_at=lincoln.now)
        ortiz, _lee = await two_admins(lincoln)
        await lincoln.presses(DESK, "I will answer")
        await lincoln.writes(other, "necesito hablar con una persona")
        await lincoln.presses(DESK, "I will answer")
        before = len(lincoln.heard(OTHER_CHAT))
        await leaves(lincoln, ortiz)

        (told,) = lincoln.heard(OTHER_CHAT)[before:]
        assert "2 requests have nobody now" in told
        assert lincoln.labels(OTHER_CHAT) == ["1 The Rojas family", "2 The Soto family"]
        await lincoln.presses(OTHER_CHAT, "2 The Soto family")
        assert lincoln.heard(OTHER_CHAT)[-1].startswith("The Soto family (Spanish)")


async def test_a_colleague_in_danger_whom_they_had_is_named_to_the_adults_for_it_alone(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, role="admin", phone="+15125550150", alerted=True)
        await link(lincoln, OTHER_CHAT, lee)
        await link(lincoln, THIRD_CHAT, await colleague(lincoln, "Ms. Kim"))
        await link(lincoln, CHAT, await colleague(lincoln, "Mr. Paz"))
        await link(lincoln)
        await ana_asks(lincoln)
        await lincoln.presses(DESK, "I will answer")
        await lincoln.writes(THIRD_CHAT, "I want to kill myself")
        danger = next(call for call in await open_requests(lincoln) if call.of_staff)
        voice, id_ = Voice(catalogs(), lincoln.school), danger.request.id
        ortiz = await lincoln.member(lincoln.ortiz)
        await lincoln.does(lambda db: help_desk.hand_over(db, voice, id_, lee, ortiz, lincoln.now))
        await lincoln.settled()
        await leaves(lincoln, ortiz)

        assert lincoln.heard(OTHER_CHAT)[-1].startswith(
            "Sra. Ortiz has left the school, and 2 requests have nobody now:\n1. Ms. Kim: words of danger"
        )
        assert lincoln.labels(OTHER_CHAT) == ["1 Ms. Kim", "2 The Rojas family"]
        for chat in (CHAT, THIRD_CHAT):
            told = lincoln.heard(chat)[-1]
            assert told.startswith(
                "Sra. Ortiz has left the school, and 1 request has nobody now:\n1. The Rojas family: "
            )
            assert "Kim" not in told
        await lincoln.writes(CHAT, "soy el señor Paz, le llamo hoy por la tarde", quoting=lincoln.heard(CHAT)[-1])
        assert lincoln.heard(MOTHER)[-1].startswith("Mr. Paz: soy el señor Paz")


async def test_a_danger_alone_that_they_had_is_no_news_for_the_others(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, role="admin", phone="+15125550150", alerted=True)
        await link(lincoln, OTHER_CHAT, lee)
        await link(lincoln, THIRD_CHAT, await colleague(lincoln, "Ms. Kim"))
        await link(lincoln, CHAT, await colleague(lincoln, "Mr. Paz"))
        await lincoln.writes(THIRD_CHAT, "I want to kill myself")
        await lincoln.presses(OTHER_CHAT, "I will answer")
        await link(lincoln)
        heard = len(lincoln.heard(CHAT)), len(lincoln.heard(THIRD_CHAT))
        await leaves(lincoln, await lincoln.member(lee))

        assert "Ms. Kim: words of danger" in lincoln.heard(DESK)[-1], "an admin, where nobody else is named"
        assert (len(lincoln.heard(CHAT)), len(lincoln.heard(THIRD_CHAT))) == heard


async def test_a_closed_request_that_opens_again_has_nobody_once_its_owner_left(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, lee = await two_admins(lincoln)
        await lincoln.writes(MOTHER, "es sobre el kinder de mi hijo")
        await lincoln.writes(DESK, "le llamo a las 10", quoting=lincoln.heard(DESK)[-1])
        await lincoln.presses(DESK, "Ask if it is settled")
        await lincoln.writes(MOTHER, "sí")
        await leaves(lincoln, ortiz)
        await lincoln.writes(MOTHER, "otra cosa: la maestra no ha llamado todavía")

        (call,) = await open_requests(lincoln)
        assert call.owner is not None
        assert call.owner.name == "Sra. Ortiz", "her name stands under what she did"
        assert lincoln.labels(OTHER_CHAT)[0] == "I will answer"
        await lincoln.presses(OTHER_CHAT, "I will answer")
        assert "is yours now" in lincoln.heard(OTHER_CHAT)[-1]
        (call,) = await open_requests(lincoln)
        assert call.request.owner_id == lee.id


async def test_what_waits_for_the_morning_is_not_sent_to_who_left(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, _lee = await two_admins(lincoln)
        chat = await lincoln.contact(DESK)
        morning = lincoln.now + timedelta(hours=10)
        waiting = Notice(chat, "The Rojas family writes: …", due_at=morning)
        await lincoln.does(lambda db: notices.queue(db, [waiting], lincoln.now))
        await leaves(lincoln, ortiz)
        lincoln.now = morning + timedelta(minutes=1)
        await lincoln.settled()

        assert not any("…" in said for said in lincoln.heard(DESK))
        assert (await lincoln.reads(delivery.waiting)).ready == 0


async def test_what_a_parent_waits_for_as_a_family_still_comes(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await lincoln.family("Ortiz", CHAT, name="Rosa", language="en", language_chosen=True)
        await colleague(lincoln, role="admin")
        await link(lincoln, CHAT)
        await ana_asks(lincoln)
        (call,) = await open_requests(lincoln)
        rosa, morning = await lincoln.contact(CHAT), lincoln.now + timedelta(hours=10)
        talks = await lincoln.reads(conversations.of_contacts, [rosa.id])
        (desk,) = [talk.id for talk in talks if talk.flow == FLOW]
        waiting = [
            Notice(rosa, "The dinner moved to Friday.", due_at=morning),
            Notice(rosa, "The Rojas family writes: …", due_at=morning, request_id=call.request.id),
            Notice(rosa, "1 open request: …", due_at=morning, conversation_id=desk),
        ]
        await lincoln.does(lambda db: notices.queue(db, waiting, lincoln.now))
        await leaves(lincoln, await lincoln.member(lincoln.ortiz))
        lincoln.now = morning + timedelta(minutes=1)
        await lincoln.settled()

        assert lincoln.heard(CHAT)[-1] == "The dinner moved to Friday."
        assert not any("…" in said for said in lincoln.heard(CHAT))


async def test_no_announcement_and_no_alert_reaches_who_left(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, role="editor", phone="+15125550150", alerted=True)
        await link(lincoln, OTHER_CHAT, lee)
        assert await reached(lincoln, Audience("role", role="staff")) == 2
        families_alone = await reached(lincoln, Audience())
        await leaves(lincoln, await lincoln.member(lee))
        before = len(lincoln.heard(PHONE)), len(lincoln.heard(OTHER_CHAT))

        assert await reached(lincoln, Audience("role", role="staff")) == 0
        assert await reached(lincoln, Audience()) == families_alone == 1
        await lincoln.writes(MOTHER, "mi hijo dice que quiere morirse")
        assert (len(lincoln.heard(PHONE)), len(lincoln.heard(OTHER_CHAT))) == before


async def test_a_link_that_was_not_opened_yet_is_void(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)
        code = await staff_code(lincoln, lee)
        await leaves(lincoln, lee)
        await lincoln.opens(OTHER_CHAT, code)

        assert "This link was used before or is too old" in lincoln.heard(OTHER_CHAT)[-1]
        assert (await lincoln.member(lee)).telegram_chat is None


async def test_a_link_from_before_does_not_work_either_once_they_are_back(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)
        code = await staff_code(lincoln, lee)
        await leaves(lincoln, lee)
        await comes_back(lincoln, lee.email, name=lee.name, role=lee.role)
        await lincoln.opens(OTHER_CHAT, code)

        assert "This link was used before or is too old" in lincoln.heard(OTHER_CHAT)[-1]
        assert (await lincoln.member(lee)).telegram_chat is None


async def test_the_last_admin_stays_and_reads_who_could_be_one(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        with pytest.raises(Refusal, match=r"Sra. Ortiz is the last admin .* sobremesa staff add EMAIL"):
            await leaves(lincoln, lincoln.ortiz)
        lee = await colleague(lincoln, role="editor")
        with pytest.raises(Refusal, match=r"Mr. Lee \(lee@lincoln.example\)"):
            await leaves(lincoln, lincoln.ortiz)
        assert (await lincoln.member(lincoln.ortiz)).left_at is None

        await sets(lincoln, lee, role="admin")
        await leaves(lincoln, lincoln.ortiz)
        with pytest.raises(Refusal, match=r"Mr\. Lee is the last admin"):
            await sets(lincoln, lee, role="editor")


async def test_of_two_admins_who_go_at_once_one_stays(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, lee = await two_admins(lincoln)
        gone = await asyncio.gather(*(leaves(lincoln, one) for one in (ortiz, lee)), return_exceptions=True)

        assert sorted(isinstance(one, Refusal) for one in gone) == [False, True]
        people = await lincoln.reads(staff.present, lincoln.school.id)
        assert len(people) == 1


async def test_who_comes_back_is_the_same_person_with_what_is_given_now(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, phone="+15125550150")
        await leaves(lincoln, lee)
        assert (await lincoln.contact(PHONE)).role != "staff"
        back = await comes_back(
            lincoln, "LEE@lincoln.example", name="Sr. Lee", role="editor", language="es", phone="+15125550150"
        )

        assert (back.id, back.left_at) == (lee.id, None)
        assert await lincoln.member(lee) == back
        assert (back.name, back.role, back.language, back.telegram_chat) == ("Sr. Lee", "editor", "es", None)
        phone = await lincoln.contact(PHONE)
        assert (phone.role, phone.name, phone.language) == ("staff", "Sr. Lee", "es")
        assert (await lincoln.reads(audit.last, lincoln.school.id, 1))[0].action == "staff came back"
        with pytest.raises(Refusal, match="belongs to Lincoln School already"):
            await comes_back(lincoln, "lee@lincoln.example", name="Mr. Lee", role="helper")


async def test_a_phone_that_is_given_up_is_no_number_of_the_staff(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, phone="+15125550150")
        await sets(lincoln, lee, phone="+15125550151")

        assert await reached(lincoln, Audience("role", role="staff")) == 1
        assert (await lincoln.contact(PHONE)).role != "staff"


async def test_a_phone_that_is_theirs_again_is_a_number_of_the_staff_again(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, phone="+15125550150", alerted=True)
        await sets(lincoln, lee, phone="+15125550151")
        await takes_no_texts(lincoln)
        await sets(lincoln, lee, phone="+15125550150", language="es")

        phone = await lincoln.contact(PHONE)
        assert (phone.role, phone.name, phone.language, phone.stopped_at) == ("staff", "Mr. Lee", "es", None)
        await takes_no_texts(lincoln)
        assert (await lincoln.contact(PHONE)).stopped_at is None, "a danger is told there every time"
        await lincoln.writes(MOTHER, "mi hijo dice que quiere morirse")
        assert lincoln.heard(PHONE)


async def test_a_phone_of_who_left_is_the_next_ones(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await leaves(lincoln, await colleague(lincoln, phone="+15125550150"))
        await colleague(lincoln, "Ms. Kim", phone="+15125550150")

        phone = await lincoln.contact(PHONE)
        assert (phone.role, phone.name) == ("staff", "Ms. Kim")


async def test_a_number_of_a_family_stays_the_familys(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)
        await sets(lincoln, lee, phone="+15125550101")

        ana = await lincoln.contact(MOTHER)
        assert (ana.role, ana.name, ana.household_id) == ("parent", "Ana", lincoln.home.id)


async def test_what_became_of_somebody_while_they_were_changed_stays(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)

        async def meanwhile(db: AsyncConnection) -> asyncio.Task[StaffMember]:
            await stored.save(db, replace(lee, telegram_chat="7002", phone="+15125550151"))
            setting = asyncio.create_task(sets(lincoln, lee, role="editor"))
            await asyncio.sleep(0.3)  # on PostgreSQL it has read the person by now, and waits for them
            return setting

        await (await lincoln.does(meanwhile))
        now = await lincoln.member(lee)
        assert (now.role, now.telegram_chat, now.phone) == ("editor", "7002", "+15125550151")


async def test_what_was_changed_of_somebody_stays_when_their_chat_is_unlinked(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        before = await lincoln.member(lincoln.ortiz)
        await sets(lincoln, before, phone="+15125550151", language="es")

        voice = Voice(catalogs(), lincoln.school)
        await lincoln.does(lambda db: linking.unlink(db, voice, before, lincoln.now, "a test"))

        now = await lincoln.member(before)
        assert (now.telegram_chat, now.phone, now.language) == (None, "+15125550151", "es")


async def test_who_leaves_while_they_are_changed_has_left(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)

        async def meanwhile(db: AsyncConnection) -> asyncio.Task[StaffMember]:
            await stored.save(db, replace(lee, left_at=lincoln.now))
            setting = asyncio.create_task(sets(lincoln, lee, role="editor"))
            await asyncio.sleep(0.3)
            return setting

        setting = await lincoln.does(meanwhile)
        with pytest.raises(Refusal, match=r"Mr\. Lee does not belong to Lincoln School any more"):
            await setting
        assert (await lincoln.member(lee)).left_at == lincoln.now


async def test_who_leaves_while_their_chat_holds_a_batch_waits_for_nothing_that_waits_for_them(
    database_url: str,
) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln, phone="+15125550150")
        await staff_code(lincoln, lee)

        async def batch(db: AsyncConnection) -> asyncio.Task[tuple[StaffMember, list[Call]]]:
            await families.lock(db, [(lincoln.school.id, PHONE)])
            leaving = asyncio.create_task(leaves(lincoln, lee))
            await asyncio.sleep(0.5)  # on PostgreSQL it waits for the phone by now
            await links.revoke(db, lincoln.school.id, "staff", lee.id, lincoln.now)
            return leaving

        left, _free = await (await lincoln.does(batch))
        assert left.left_at is not None


async def test_a_chat_that_is_linked_holds_the_chat_before_it_first(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        lee = await colleague(lincoln)
        await link(lincoln, CHAT, lee)
        code = await staff_code(lincoln, lee)

        async def leaving(db: AsyncConnection) -> asyncio.Task[None]:
            await families.lock(db, [(lincoln.school.id, CHAT)])
            opening = asyncio.create_task(lincoln.opens(OTHER_CHAT, code))
            # Longer than PostgreSQL waits before it looks for a deadlock, which would end the other one.
            await asyncio.sleep(1.3)
            await links.revoke(db, lincoln.school.id, "staff", lee.id, lincoln.now)
            return opening

        await (await lincoln.does(leaving))
        assert (await lincoln.member(lee)).telegram_chat in ("7001", "7002")


async def test_a_text_that_was_on_its_way_while_they_left_is_a_strangers(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        ortiz, _lee = await two_admins(lincoln)
        voice, text = Voice(catalogs(), lincoln.school), f"in-{ortiz.id}"
        heard = len(lincoln.heard(DESK))

        async def going(db: AsyncConnection) -> asyncio.Task[bool]:
            await leave(db, voice, ortiz, lincoln.now, "a test")
            written = Inbound("telegram", BOT, DESK, text, "requests", lincoln.now)
            arriving = asyncio.ensure_future(lincoln.app.inbox.receive(written))
            await asyncio.sleep(0.3)  # on PostgreSQL it is known as staff's by now, and waits for the chat
            return arriving

        assert await (await lincoln.does(going))
        await lincoln.settled()
        assert not any("Rojas" in said for said in lincoln.heard(DESK)[heard:])


async def test_who_works_at_two_schools_and_leaves_one_works_at_the_other(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        other = await lincoln.does(lambda db: schools.add(db, "Washington School", CHICAGO, ("en",), now=lincoln.now))
        there = await colleague(lincoln, "Sra. Ortiz", "admin", school=other)
        await colleague(lincoln, role="admin")
        await link(lincoln, DESK, there)
        await link(lincoln)
        await leaves(lincoln, await lincoln.member(lincoln.ortiz))
        await lincoln.writes(DESK, "requests")

        assert lincoln.heard(DESK)[-1] == "Nobody waits for an answer."
        assert (await lincoln.member(there)).telegram_chat is not None
        assert [one.id for one in await lincoln.reads(stored.by_email, "ortiz@lincoln.example")] != []
        assert await lincoln.reads(help_desk.calls, other) == []
        assert len(await lincoln.reads(families.everywhere, [DESK])) == 2
