"""``sobremesa links`` and ``sobremesa staff link``."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.store import audit, families, ids, links, schools
from flows.facts import Household
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


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_qr_code_of_a_household_is_for_its_letter_alone(sobremesa: Sobremesa, sheet: Path, folder: Path):
    sobremesa("families", "import", sheet, "--yes")
    old = folder / "old.svg"
    old.touch(0o644)
    every = sobremesa("links", "household", "--all", *BOT, "--qr", "letters/codes", "--format", "json").json()
    for name in ("miller.png", "old.svg"):
        assert sobremesa("links", "household", "Miller", *BOT, "--qr", name, "--force").code == 0

    private = [folder / row["qr"] for row in every] + [folder / "miller.png", old]
    assert {mode(path) for path in private} == {0o600}
    assert mode(folder / "letters/codes") == 0o700
    assert "<svg" in old.read_text()


def test_the_qr_code_of_a_poster_is_for_everybody(sobremesa: Sobremesa, folder: Path):
    sobremesa("links", "school", *BOT, "--qr", "posters/school.png")

    assert mode(folder / "posters/school.png") & 0o077
    assert mode(folder / "posters") & 0o077


def test_a_qr_code_in_another_form_is_refused(sobremesa: Sobremesa):
    done = sobremesa("links", "school", *BOT, "--qr", "school.gif")
    assert (done.code, "A QR code is written as .svg or .png" in done.err) == (1, True)


def test_a_link_that_was_revoked_works_no_more_and_the_next_is_another(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    before = sobremesa("links", "household", "Miller", *BOT, "--format", "json").json()["link"]
    assert "Revoked: 1 link." in sobremesa("links", "revoke", "household", "Miller", "--yes").err
    after = sobremesa("links", "household", "Miller", *BOT, "--format", "json").json()["link"]

    assert before != after
    listed = sobremesa("links", "list", *BOT, "--format", "json").json()
    assert [(row["kind"], row["of"], row["works"]) for row in listed] == [
        ("household", "Miller", False),
        ("household", "Miller", True),
    ]
    assert sobremesa("links", "revoke", "school", "--yes").code == 1


@pytest.mark.parametrize("words", [("school",), ("household", "Miller")])
def test_nothing_that_was_printed_is_revoked_without_being_asked(
    sobremesa: Sobremesa, sheet: Path, words: tuple[str, ...]
):
    sobremesa("families", "import", sheet, "--yes")
    before = sobremesa("links", *words, *BOT, "--format", "json").json()["link"]
    done = sobremesa("links", "revoke", *words)

    assert (done.code, "add --yes" in done.err, "worth nothing then" in done.err) == (1, True, True)
    assert sobremesa("links", *words, *BOT, "--format", "json").json()["link"] == before


def test_nobody_is_asked_about_a_link_that_does_not_work(sobremesa: Sobremesa):
    done = sobremesa("links", "revoke", "school")
    assert (done.code, "No link for this school works now" in done.err) == (1, True)


@pytest.mark.parametrize("name", ["my bot", "", "t.me/lincoln_bot", "bot", "lincoln-bot", "лінкольн_bot"])
def test_what_is_no_name_of_a_bot_is_refused(sobremesa: Sobremesa, name: str):
    done = sobremesa("links", "school", "--bot", name)
    assert (done.code, "such as lincoln_bot" in done.err, done.out) == (1, True, "")
    assert sobremesa("staff", "link", "ortiz@lincoln.example", "--bot", name).code == 1


def test_a_bot_may_be_named_with_its_at(sobremesa: Sobremesa):
    assert code(sobremesa("links", "school", "--bot", "@lincoln_bot", "--format", "json").json()["link"])


def test_a_file_that_is_there_is_written_over_only_when_that_is_said(sobremesa: Sobremesa, sheet: Path, folder: Path):
    sobremesa("families", "import", sheet, "--yes")
    event = add_event(sobremesa)
    poster = folder / "poster.png"
    poster.write_text("by hand")
    sobremesa("links", "household", "--all", *BOT, "--qr", "letters")
    for words in (("school",), ("event", event), ("household", "Miller")):
        done = sobremesa("links", *words, *BOT, "--qr", poster)
        assert (done.code, "poster.png is there already; --force writes over it" in done.err) == (1, True)
    assert sobremesa("links", "household", "--all", *BOT, "--qr", "letters").code == 1
    assert poster.read_text() == "by hand"

    assert sobremesa("links", "school", *BOT, "--qr", poster, "--force").code == 0
    assert sobremesa("links", "household", "--all", *BOT, "--qr", "letters", "--force").code == 0
    assert poster.read_bytes().startswith(b"\x89PNG")


def test_a_picture_is_large_enough_for_a_poster(sobremesa: Sobremesa, folder: Path):
    """10 cm in print, which takes 300 dots an inch."""
    sobremesa("links", "school", *BOT, "--qr", "school.png")

    width = int.from_bytes((folder / "school.png").read_bytes()[16:20], "big")
    assert width >= 10 / 2.54 * 300


def test_a_household_is_found_by_a_part_of_its_name_where_only_one_fits(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")
    found = sobremesa("links", "household", "nunez", *BOT, "--format", "json").json()
    assert found["household"] == "Núñez Rivera"

    done = sobremesa("links", "household", "il", *BOT)
    assert (done.code, "may be Miller (" in done.err, "Castillo (" in done.err) == (1, True, True)


def test_what_is_left_of_a_family_that_joined_another_has_no_letter(sobremesa: Sobremesa, sheet: Path):
    sobremesa("families", "import", sheet, "--yes")

    async def leave_behind(db):
        (school,) = await schools.all_schools(db)
        (id_,) = await ids.reserve(db, 1)
        await families.add_households(db, [Household(id_, school.id, None)], datetime.now(UTC))
        return id_

    left = sobremesa.read(leave_behind)
    assert left not in {row["id"] for row in sobremesa("links", "household", "--all", *BOT, "--format", "json").json()}
    invited = sobremesa("events", "invite", add_event(sobremesa), "--yes")
    assert str(left) not in invited.out
    assert "no phone" not in invited.out + invited.err


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
