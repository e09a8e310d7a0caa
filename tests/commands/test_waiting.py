"""``sobremesa events waiting``: who waits for a place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.commands.conftest import Sobremesa, add_event
from tests.commands.test_events import answer

NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


def test_the_waiting_list_stands_in_its_order(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa, "--places", "10")
    assert sobremesa("events", "waiting", event).err.strip() == "Nobody waits for a place."
    later = NOON + timedelta(hours=1)
    answer(sobremesa, event, "Miller", coming="waiting", adults=2, children=1, waiting_since=later)
    answer(sobremesa, event, "García López", coming="yes", adults=2, children=0, wanted=4, waiting_since=NOON)
    answer(sobremesa, event, "Castillo", coming="waiting", adults=4)
    answer(sobremesa, event, "Núñez Rivera", coming="yes", adults=4)
    rows = sobremesa("events", "waiting", event, "--format", "json").json()

    assert [(row["position"], row["family"], row["people"], row["have_places"]) for row in rows] == [
        (1, "García López", 4, 2),
        (2, "Miller", 3, None),
        (None, "Castillo", 4, None),
    ]
    assert rows[1]["waiting_since"] == "2026-03-10T13:00:00-05:00"


def test_an_offer_says_until_when_it_stands(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa, "--places", "10")
    until = NOON + timedelta(hours=24)
    answer(sobremesa, event, "Miller", coming="waiting", adults=2, waiting_since=NOON, offered_until=until)
    answer(sobremesa, event, "Castillo", coming="waiting", adults=4, waiting_since=until, offered_until=until)
    rows = sobremesa("events", "waiting", event, "--format", "csv").lines

    assert rows == [
        "position,family,people,have_places,waiting_since,offered_until",
        "1,Miller,2,,2026-03-10 12:00,2026-03-11 12:00",
        "2,Castillo,4,,2026-03-11 12:00,",
    ]
