"""The commands that Telegram offers in the chats of staff, over the wire."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import links, staff
from bot.desk import linking
from bot.desk.reception import COMMANDS
from bot.language.voice import Voice
from bot.records import Job, StaffMember
from bot.store import families, jobs
from bot.store import staff as stored
from tests.desk.people import link
from tests.home import catalogs
from tests.journeys.chats import chats
from tests.journeys.school import LONG_ENOUGH
from tests.journeys.telegram import ANA, Lincoln, telegram_school
from tests.wire.telegram import RESET_BEFORE, error

ORTIZ = 8_100_001
OF_AN_EDITOR = ["requests", "events", "announce", "help", "stop"]
OF_A_HELPER = ["requests", "events", "help", "stop"]


async def join(lincoln: Lincoln, role: str = "admin", language: str = "en", chat: int = ORTIZ) -> StaffMember:
    """Somebody of the school opens the link that makes this chat a desk."""
    name = f"Sra. {role.title()}"
    async with lincoln.app.database.write() as db:
        new = StaffMember(0, lincoln.school.id, name, f"{role}@lincoln.example", role, language)
        member = await staff.add(db, lincoln.school, new, lincoln.now, "a test")
        code = await links.for_staff(db, member, lincoln.now, "a test")
    await lincoln.texts(chat, f"/start {code}")
    async with lincoln.app.database.read() as db:
        return (await stored.by_ids(db, [member.id]))[member.id]


async def tried(lincoln: Lincoln) -> list[Job]:
    """What is left to do of the menus, once each was tried."""
    await lincoln.app.jobs.do_due()
    async with asyncio.timeout(LONG_ENOUGH):
        while (left := await _to_do(lincoln)) and not left[0].tries:  # noqa: ASYNC110 - the jobs tell nobody
            await asyncio.sleep(0.01)
    return left


async def _to_do(lincoln: Lincoln) -> list[Job]:
    async with lincoln.app.database.read() as db:
        (contact,) = await families.by_addresses(db, [(lincoln.school.id, f"telegram:{ORTIZ}")])
        return await jobs.still_to_do(db, staff.MENU, contact.id)


async def leave_chat(lincoln: Lincoln, member: StaffMember) -> None:
    voice = Voice(catalogs(), lincoln.school)
    async with lincoln.app.database.write() as db:
        await linking.unlink(db, voice, member, lincoln.now, "a test")


async def offers(lincoln: Lincoln, commands: list[str], chat: int = ORTIZ) -> None:
    """Wait until the app offers these commands in a chat; the jobs that see to it run beside the test as well."""
    await lincoln.app.jobs.do_due()
    await lincoln.until(lambda: [name for name, _does in lincoln.telegram.menus.get(chat, [])] == commands)


async def test_a_chat_offers_the_commands_of_the_desk_as_long_as_it_is_one(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        ortiz = await join(lincoln)
        await offers(lincoln, OF_AN_EDITOR)
        assert set(OF_AN_EDITOR) <= COMMANDS.keys()
        assert lincoln.telegram.menus[ORTIZ][0] == ("requests", "Open requests")

        await leave_chat(lincoln, ortiz)
        await offers(lincoln, [])
        assert ANA not in lincoln.telegram.menus, "families have the commands of all chats"


async def test_a_menu_follows_what_its_person_may_do_and_reads(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await join(lincoln)
        helper = await join(lincoln, "helper", chat=8_100_002)
        await offers(lincoln, OF_A_HELPER, 8_100_002)

        async with lincoln.app.database.write() as db:
            now_editor = {"role": "editor", "language": "es"}
            await staff.change(db, lincoln.school, helper, now_editor, lincoln.now, "a test")
        await offers(lincoln, OF_AN_EDITOR, 8_100_002)
        assert lincoln.telegram.menus[8_100_002][1] == ("events", "Eventos")


async def test_a_chat_that_goes_to_a_colleague_has_the_menu_of_the_colleague(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        await join(lincoln)
        await offers(lincoln, OF_AN_EDITOR)
        await join(lincoln, "helper")

        await offers(lincoln, OF_A_HELPER)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_telegram_is_out_of_reach_a_menu_waits(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        lincoln.telegram.next(RESET_BEFORE, method="setMyCommands")
        await join(lincoln)
        assert len(await tried(lincoln)) == 1
        assert lincoln.telegram.menus == {}

        lincoln.now += timedelta(hours=1)
        await offers(lincoln, OF_AN_EDITOR)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_menu_of_a_chat_that_is_gone_is_not_tried_for_ever(database_url: str) -> None:
    async with telegram_school(database_url) as lincoln:
        lincoln.telegram.next(error(400, "Bad Request: chat not found"), method="setMyCommands")
        await join(lincoln)

        assert await tried(lincoln) == []


async def test_without_telegram_there_is_nothing_to_show_and_nothing_fails(database_url: str) -> None:
    async with chats(database_url) as lincoln:
        await link(lincoln)
        assert await lincoln.app.jobs.do_due() >= 1

        assert await lincoln.reads(jobs.failing) == []
