"""One bot for two schools, and one person who works at both: what is begun for one reaches no family of the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot import help_desk
from bot.messages import Inbound
from bot.store import schools
from flows.facts import Permission, School
from tests.desk.people import ana_asks, colleague, link, open_requests
from tests.home import CHICAGO
from tests.journeys.chats import BOT, DESK, MOTHER, Lincoln, chats

DAY = "sms:+15125550161"
"""Of Washington School, in Spanish."""
NUMBER = "sms:+15125550198"


@dataclass
class District:
    """Lincoln School with the Rojas family, Washington School with the Day family, and Sra. Ortiz at both."""

    lincoln: Lincoln
    washington: School

    def heard_by_families(self) -> tuple[int, int]:
        """How much each of the two families was sent."""
        return len(self.lincoln.heard(MOTHER)), len(self.lincoln.heard(DAY))

    async def day_asks(self) -> None:
        """The family of Washington School asks for a person."""
        text = "necesito hablar con una persona"
        inbound = Inbound("sms", NUMBER, DAY, f"day-{self.lincoln.now}", text, self.lincoln.now)
        assert await self.lincoln.app.inbox.receive(inbound)
        await self.lincoln.settled()

    async def begins_to_answer(self, family: str) -> None:
        """The button under the newest notice about a family, and then "Answer"."""
        notice = next(one for one in reversed(self.lincoln.to(DESK)) if family in one.body and one.buttons)
        request = notice.buttons[0][0].partition(":")[2]
        await self.lincoln.writes(DESK, f"answer:{request}", button=f"answer:{request}", quoting=notice.body)
        assert self.lincoln.heard(DESK)[-1] == f"The {family} family: write your answer."


@asynccontextmanager
async def district(database_url: str) -> AsyncIterator[District]:
    async with chats(database_url) as lincoln:
        washington = await lincoln.does(
            lambda db: schools.add(db, "Washington School", CHICAGO, ("en", "es"), now=lincoln.now, quiet=(0, 0))
        )
        await lincoln.does(lambda db: schools.add_account(db, washington.id, NUMBER, lincoln.now))
        given = {"language": "es", "language_chosen": True, "permission": Permission.GIVEN}
        await lincoln.family("Day", DAY, school=washington, introduced_at=lincoln.now, **given)
        await link(lincoln)
        await link(lincoln, DESK, await colleague(lincoln, "Sra. Ortiz", "admin", school=washington))
        yield District(lincoln, washington)


async def test_a_notice_of_the_other_school_in_between_stops_an_answer_that_names_no_family(database_url: str) -> None:
    async with district(database_url) as both:
        lincoln = both.lincoln
        await ana_asks(lincoln)
        await both.begins_to_answer("Rojas")
        await both.day_asks()
        assert "Day" in lincoln.heard(DESK)[-1]
        heard = both.heard_by_families()
        await lincoln.writes(DESK, "le llamo por su hija a las 10")

        assert both.heard_by_families() == heard, "neither the one nor the other"
        assert lincoln.heard(DESK)[-1].startswith("Which family is this for?")
        assert lincoln.labels(DESK) == ["1 The Rojas family"]


async def test_a_reply_to_the_notice_in_between_is_for_its_own_family(database_url: str) -> None:
    async with district(database_url) as both:
        lincoln = both.lincoln
        await ana_asks(lincoln)
        await both.begins_to_answer("Rojas")
        await both.day_asks()
        heard = both.heard_by_families()
        await lincoln.writes(DESK, "le llamo a las 10", quoting=lincoln.heard(DESK)[-1])

        assert lincoln.heard(DAY)[-1] == "Sra. Ortiz: le llamo a las 10"
        assert both.heard_by_families() == (heard[0], heard[1] + 1)
        (call,) = await open_requests(lincoln, both.washington)
        assert call.owner is not None
        assert call.owner.school_id == both.washington.id


async def test_without_a_notice_in_between_the_answer_goes_where_it_was_begun(database_url: str) -> None:
    async with district(database_url) as both:
        lincoln = both.lincoln
        await both.day_asks()
        await ana_asks(lincoln)
        await both.begins_to_answer("Day")
        heard = both.heard_by_families()
        await lincoln.writes(DESK, "le llamo a las 10")

        assert lincoln.heard(DAY)[-1] == "Sra. Ortiz: le llamo a las 10"
        assert both.heard_by_families() == (heard[0], heard[1] + 1)


async def test_texts_that_waited_while_the_bot_was_off_and_come_together_reach_no_wrong_family(
    database_url: str,
) -> None:
    async with district(database_url) as both:
        lincoln = both.lincoln
        await ana_asks(lincoln)
        await both.day_asks()
        await both.begins_to_answer("Rojas")
        await both.begins_to_answer("Day")
        heard = both.heard_by_families()
        (call,) = await lincoln.reads(help_desk.calls, lincoln.school)
        notice = next(one for one in lincoln.to(DESK) if "Rojas" in one.body)
        data = f"answer:{call.request.id}"
        tapped = Inbound("telegram", BOT, DESK, "u1", data, lincoln.now, button=data, quoted=f"phone-{notice.id}")
        written = Inbound("telegram", BOT, DESK, "u2", "le llamo por su hija", lincoln.now)
        await asyncio.gather(*map(lincoln.app.inbox.receive, (tapped, written)))
        await lincoln.settled()

        assert both.heard_by_families()[1] == heard[1], "begun for the Rojas family, it is not for the Day family"


async def test_nothing_of_one_school_is_listed_at_the_other(database_url: str) -> None:
    async with district(database_url) as both:
        await both.day_asks()
        await ana_asks(both.lincoln)
        await both.lincoln.writes(DESK, "requests")
        listed = both.lincoln.heard(DESK)[-1]
        assert ("Rojas" in listed) != ("Day" in listed)
