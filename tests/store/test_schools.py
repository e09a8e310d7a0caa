"""Schools and the addresses that families write to."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.store import schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import School
from tests.store.conftest import NOW

HOURS = ByLanguage(en="weekdays 8 to 3", es="lunes a viernes de 8 a 3")


async def test_a_school_comes_back_as_it_was_given(database: Database) -> None:
    async with database.write() as db:
        given = await schools.add(
            db,
            "Escuela Niños",
            ZoneInfo("America/Denver"),
            ("en", "es"),
            now=NOW,
            contact="Sra. Ortiz",
            hours=HOURS,
            quiet=(20, 9),
        )
    async with database.read() as db:
        assert await schools.by_name(db, "Escuela Niños") == given
        assert (await schools.all_schools(db))[0].hours == HOURS
        assert await schools.by_name(db, "Lincoln") is None


async def test_a_changed_school_is_kept(database: Database, school: School) -> None:
    changed = replace(school, name="Lincoln Elementary", contact="Sra. Ortiz", quiet_from=20, hours=HOURS)
    async with database.write() as db:
        await schools.save(db, changed)
    async with database.read() as db:
        assert await schools.all_schools(db) == [changed]


async def test_the_school_follows_from_the_number_that_was_texted(database: Database, school: School) -> None:
    async with database.write() as db:
        other = await schools.add(db, "Washington", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        await schools.add_account(db, school.id, "sms:+15125550198", NOW)
        await schools.add_account(db, other.id, "sms:+15125550199", NOW)
    async with database.read() as db:
        found = await schools.by_accounts(db, ["sms:+15125550198", "sms:+15125550199", "sms:+15125550100"])
        assert found == {"sms:+15125550198": school, "sms:+15125550199": other}
        assert await schools.by_ids(db, [other.id]) == {other.id: other}
        assert await schools.accounts_of(db, school.id) == ["sms:+15125550198"]


async def test_a_number_may_move_to_another_school(database: Database, school: School) -> None:
    async with database.write() as db:
        other = await schools.add(db, "Washington", ZoneInfo("America/Chicago"), ["en"], now=NOW)
        for owner in (school, other):
            await schools.add_account(db, owner.id, "sms:+15125550198", NOW)
        assert await schools.by_accounts(db, ["sms:+15125550198"]) == {"sms:+15125550198": other}
