"""A full house over the wire: the waiting list, a freed place, and who gets it."""

from __future__ import annotations

from dataclasses import replace

from bot.store import events, families
from flows.facts import Contact, Household, Permission
from tests.journeys.school import ANA, LUIS, Lincoln, school

MARTA = "+15125550104"


async def another_family(lincoln: Lincoln, places: int) -> None:
    """A family of one more parent, and a dinner for so many people."""
    async with lincoln.app.database.write() as db:
        home = Household(1_000_010, lincoln.school.id, "Vega")
        await families.add_households(db, [home], lincoln.now)
        marta = Contact(
            1_000_011,
            lincoln.school.id,
            home.id,
            f"sms:{MARTA}",
            name="Marta",
            language="en",
            language_chosen=True,
            permission=Permission.GIVEN,
            introduced_at=lincoln.now,
        )
        await families.add_contacts(db, [marta], lincoln.now)
        lincoln.dinner = replace(lincoln.dinner, places=places)
        await events.save(db, lincoln.dinner)


async def test_a_freed_place_goes_to_the_family_that_waits(database_url: str):
    async with school(database_url) as lincoln:
        await another_family(lincoln, 5)
        await lincoln.invite()
        await lincoln.texts(LUIS, "2 adults 3 children")
        await lincoln.texts(MARTA, "1 adult 3 children")
        assert lincoln.heard(MARTA)[-1] == (
            "Family dinner is full, we are sorry. Shall we put you on the waiting list for 4 places? "
            "Reply with YES or NO"
        )
        await lincoln.texts(MARTA, "yes")
        assert lincoln.heard(MARTA)[-1].startswith("You are on the waiting list of Family dinner.")
        await lincoln.texts(LUIS, "no")
        await lincoln.texts(LUIS, "no")
        await lincoln.texts(ANA, "al final no podemos ir")
        await lincoln.app.jobs.do_due()
        await lincoln.settled()

        assert lincoln.heard(MARTA)[-1].startswith("Good news: there is room for 4 of you at Family dinner")
        await lincoln.texts(MARTA, "Yes please!")
        assert lincoln.heard(MARTA)[-1].startswith("The places are yours!\nChild care for the 3 children")
        assert await lincoln.answers() == {"Rojas": "no None None", "Vega": "yes 1 3"}
