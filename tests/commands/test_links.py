"""``sobremesa links`` and ``sobremesa staff link``."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.store import audit, links, schools
from tests.commands.conftest import Sobremesa, add_event

BOT = ("--bot", "lincoln_bot")


def code(link: str) -> str:
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "t.me", "/lincoln_bot")
    (start,) = parse_qs(parts.query)["start"]
    return start


def test_the_link_of_the_school_is_the_same_each_time(sobremesa: Sobremesa):
    first = sobremesa("links", "school", *BOT, "--format", "json").json()
    assert first["school"] == "Escuela Lincoln"
    assert sobremesa("links", "school", *BOT, "--format", "json").json() == first
    assert len(code(first["link"])) <= 64


def test_one_link_a_household_for_mail_merge(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    done = sobremesa("links", "household", "--all", *BOT, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))

    assert [row["household"] for row in rows] == ["García López", "Miller", "Castillo", "Núñez Rivera"]
    assert len({code(row["link"]) for row in rows}) == 4
    again = sobremesa("links", "household", "garcía lópez", *BOT, "--format", "json").json()
    assert again["link"] == rows[0]["link"]


def test_qr_codes_are_written_as_svg_and_png(sobremesa: Sobremesa, sheet: Path, folder: Path):
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa)
    assert sobremesa("links", "event", event, *BOT, "--qr", "dinner.svg").code == 0
    assert sobremesa("links", "school", *BOT, "--qr", "school.png").code == 0
    every = sobremesa("links", "household", "--all", *BOT, "--qr", "codes", "--format", "json").json()

    assert "<svg" in (folder / "dinner.svg").read_text()
    assert (folder / "school.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(folder.glob("codes/*.png")) == sorted(folder / row["qr"] for row in every)


def test_a_qr_code_in_another_form_is_refused(sobremesa: Sobremesa):
    done = sobremesa("links", "school", *BOT, "--qr", "school.gif")
    assert (done.code, "A QR code is written as .svg or .png" in done.err) == (1, True)


def test_a_link_that_was_revoked_works_no_more_and_the_next_is_another(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    before = sobremesa("links", "household", "Miller", *BOT, "--format", "json").json()["link"]
    assert sobremesa("links", "revoke", "household", "Miller").code == 0
    after = sobremesa("links", "household", "Miller", *BOT, "--format", "json").json()["link"]

    assert before != after
    listed = sobremesa("links", "list", *BOT, "--format", "json").json()
    assert [(row["kind"], row["of"], row["works"]) for row in listed] == [
        ("household", "Miller", False),
        ("household", "Miller", True),
    ]
    assert sobremesa("links", "revoke", "school").code == 1


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (("household",), 2),
        (("household", "Miller", "--all"), 2),
        (("household", "Nobody", *BOT), 1),
        (("event", "7", *BOT), 1),
        (("revoke", "staff", "7"), 2),
        (("revoke", "school", "7"), 2),
        (("school",), 1),
    ],
)
def test_what_cannot_be_is_refused(sobremesa: Sobremesa, words: tuple[str, ...], ended: int):
    assert sobremesa("links", *words).code == ended


def test_without_a_bot_it_says_how_to_name_one(sobremesa: Sobremesa):
    assert "TELEGRAM_BOT_TOKEN is missing" in sobremesa("links", "school").err


def test_a_link_for_staff_is_shown_with_its_qr_code_and_only_its_hash_is_kept(sobremesa: Sobremesa):
    done = sobremesa("staff", "link", "ortiz@lincoln.example", *BOT)
    link = code(done.out.strip())
    assert "within 15 minutes" in done.err
    assert "█" in done.err or "▄" in done.err

    async def kept(db):
        (school,) = await schools.all_schools(db)
        (one,) = await links.of_school(db, school.id)
        return one, [entry.action for entry in await audit.last(db, school.id, 1)]

    one, actions = sobremesa.read(kept)
    assert link not in one.code
    assert actions == ["staff link made"]
    assert sobremesa("links", "list", *BOT, "--format", "json").json() == []


def test_who_has_no_chat_cannot_be_unlinked(sobremesa: Sobremesa):
    done = sobremesa("staff", "unlink", "ortiz@lincoln.example")
    assert (done.code, "No chat is linked" in done.err) == (1, True)
    assert sobremesa("staff", "link", "nobody@lincoln.example", *BOT).code == 1
