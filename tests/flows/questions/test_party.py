"""Who comes: adults and children, in one text or step by step, and changed afterwards."""

from __future__ import annotations

import re

import pytest

from flows.core.question import Mode, Taken, Unsure
from flows.core.text import tapped
from flows.questions import Party, PartySize
from tests.language.catalogs import reply, say


def size(adults: int | None = None, children: int | None = None, total: int | None = None) -> PartySize:
    party = PartySize.of(adults, children, total)
    assert party is not None
    return party


@pytest.mark.parametrize(
    ("text", "own", "party"),
    [
        ("2 adultos 3 niños", "es", size(2, 3)),
        ("2 adultos y 3 niños", "es", size(2, 3)),
        ("2 grandes 3 chicos", "es", size(2, 3)),
        ("dos adultos y tres niños", "es", size(2, 3)),
        ("2adultos 3niños", "es", size(2, 3)),
        ("adultos: 2 niños: 3", "es", size(2, 3)),
        ("Niños 3, adultos 2", "es", size(2, 3)),
        ("3 chamacos y 2 grandes", "es", size(2, 3)),
        ("niños 3, 2 adultos", "es", size(2, 3)),
        ("3 niños 8 9", "es", size(children=3)),
        ("niños 3 2", "es", size(children=3)),
        ("2 ADULTOS Y 3 NINOS", "es", size(2, 3)),
        ("somos 5", "es", size(total=5)),
        ("5 en total", "es", size(total=5)),
        ("total 5", "es", size(total=5)),
        ("5 personas", "es", size(total=5)),
        ("una familia de 5", "es", size(total=5)),
        ("somos como 5", "es", size(total=5)),
        ("somos 5, 3 son niños", "es", size(2, 3)),
        ("5 personas, 3 niños", "es", size(2, 3)),
        ("somos 5: 2 adultos y 3 niños", "es", size(2, 3)),
        ("solo yo", "es", size(1, 0)),
        ("nomás yo gracias", "es", size(1, 0)),
        ("solo yo y mis 2 hijos", "es", size(1, 2)),
        ("somos 1", "es", size(1, 0)),
        ("mi esposo y yo", "es", size(adults=2)),
        ("mi esposo y yo y 3 niños", "es", size(2, 3)),
        ("mi esposo y yo, sin niños", "es", size(2, 0)),
        ("2 adultos sin niños", "es", size(2, 0)),
        ("2 adultos, 0 niños", "es", size(2, 0)),
        ("sin niños", "es", size(children=0)),
        ("3 niños", "es", size(children=3)),
        ("2 niños y 1 bebé", "es", size(children=3)),
        ("2", "es", size(adults=2)),
        ("dos por favor", "es", size(adults=2)),
        ("vamos 2", "es", size(adults=2)),
        ("2 adultos y 3 niños, perdón, 4 niños", "es", size(2, 4)),
        ("5, perdón 4", "es", size(adults=4)),
        ("2 adults 3 children", "en", size(2, 3)),
        ("2 adults and 3 kids", "en", size(2, 3)),
        ("Two adults, three kids please", "en", size(2, 3)),
        ("adults 2 kids 3", "en", size(2, 3)),
        ("2 adults no kids", "en", size(2, 0)),
        ("no kids", "en", size(children=0)),
        ("5 of us", "en", size(total=5)),
        ("we are 5, 3 are kids", "en", size(2, 3)),
        ("party of 5", "en", size(total=5)),
        ("5 people total", "en", size(total=5)),
        ("just me", "en", size(1, 0)),
        ("just me and my 2 kids", "en", size(1, 2)),
        ("my husband and I", "en", size(adults=2)),
        ("just us two", "en", size(adults=2)),
        ("me and my wife and 2 kids", "en", size(2, 2)),
        ("2 adultos 3 niños", "en", size(2, 3)),
    ],
)
def test_a_party_is_read_whole_or_in_part(text: str, own: str, party: PartySize) -> None:
    reading = Party().read(reply(text, own), Mode.ASKED)

    assert isinstance(reading, Taken)
    assert reading.value == party


@pytest.mark.parametrize(
    ("text", "so_far", "party"),
    [
        ("3", size(adults=2), size(2, 3)),
        ("ninguno", size(adults=2), size(2, 0)),
        ("no", size(adults=2), size(2, 0)),
        ("0", size(adults=2), size(2, 0)),
        ("3", size(total=5), size(2, 3)),
        ("3 niños", size(total=5), size(2, 3)),
        ("2 adultos", size(total=5), size(2, 3)),
        ("nadie", size(total=5), size(5, 0)),
        ("2", size(children=3), size(2, 3)),
        ("somos 5", size(adults=2), size(2, 3)),
        ("3 adultos y 2 niños", size(adults=2), size(3, 2)),
        ("2 adultos y 2 niños", size(total=5), size(2, 2)),
    ],
)
def test_a_bare_number_is_what_was_asked_for(text: str, so_far: PartySize, party: PartySize) -> None:
    assert Party().read(reply(text), Mode.ASKED, so_far) == Taken(party)


@pytest.mark.parametrize(
    ("text", "so_far", "party"),
    [
        ("al final somos 4", size(2, 3), size(total=4)),
        ("somos 5", size(2, 3), size(2, 3)),
        ("al final somos 4, 1 niño", size(2, 3), size(3, 1)),
        ("actually 4 adults", size(2, 3), size(4, 3)),
        ("cambia a 1 niño", size(2, 3), size(2, 1)),
        ("ahora somos 3 adultos", size(2, 0), size(3, 0)),
        ("4 adultos", size(2, 3), size(4, 3)),
        ("perdón, 4", size(adults=3), size(adults=4)),
        ("*5", size(total=4), size(total=5)),
        ("solo yo", size(2, 3), size(1, 0)),
    ],
)
def test_a_correction_replaces_what_it_names(text: str, so_far: PartySize, party: PartySize) -> None:
    assert Party().read(reply(text), Mode.CORRECTING, so_far) == Taken(party)


@pytest.mark.parametrize(
    ("text", "mode", "so_far"),
    [
        ("", Mode.ASKED, None),
        ("hola", Mode.ASKED, None),
        ("2 y 3", Mode.ASKED, None),
        ("2-3", Mode.ASKED, None),
        ("niños 3 adultos", Mode.ASKED, None),
        ("somos 2 y 3 niños", Mode.ASKED, None),
        ("5 personas y 3 niños", Mode.ASKED, None),
        ("somos 2, 3 niños", Mode.ASKED, None),
        ("3 niños, 2 niños", Mode.ASKED, None),
        ("0", Mode.ASKED, None),
        ("31", Mode.ASKED, None),
        ("31 adultos", Mode.ASKED, None),
        ("¿pueden ir 3 niños?", Mode.ASKED, None),
        ("a las 10 está bien", Mode.ASKED, None),
        ("mi niña tiene 5", Mode.ASKED, None),
        ("niño 8 años", Mode.ASKED, None),
        ("solo yo y mi suegra", Mode.ASKED, None),
        ("6", Mode.ASKED, size(total=5)),
        ("5", Mode.GLEANING, None),
        ("4", Mode.CORRECTING, size(2, 3)),
        ("perdón, 4", Mode.CORRECTING, size(2, 3)),
        ("no", Mode.CORRECTING, size(2, 3)),
    ],
)
def test_it_is_unsure_where_a_number_may_mean_something_else(text: str, mode: Mode, so_far: PartySize | None) -> None:
    assert isinstance(Party().read(reply(text), mode, so_far), Unsure)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("2 adultos y 3 niños, uno con alergia a nueces", "uno con alergia a nueces"),
        ("1 adulto, 2 niños de 8 y 10 años", "de 8 y 10 años"),
        ("2 adultos y 3 niños gracias 🙏", ""),
        ("2 adultos 3 niños y la niña no come cacahuate", "la niña no come cacahuate"),
    ],
)
def test_what_no_number_took_is_left(text: str, rest: str) -> None:
    reading = Party().read(reply(text), Mode.ASKED)

    assert isinstance(reading, Taken)
    assert reading.rest == rest


@pytest.mark.parametrize(
    ("party", "asked"),
    [
        (size(2, 3), None),
        (size(adults=2), "¿Cuántos niños? Responda con un número, o 0"),
        (size(total=5), "De los 5, ¿cuántos son niños? Responda con un número, o 0"),
        (size(children=3), "¿Cuántos adultos vienen?"),
    ],
)
def test_only_what_is_missing_is_asked(party: PartySize, asked: str | None) -> None:
    missing = Party().missing(party)

    assert (missing and say(missing, "es")) == asked


@pytest.mark.parametrize(
    ("party", "words"),
    [
        (size(2, 3), "2 adultos, 3 niños"),
        (size(1, 1), "1 adulto, 1 niño"),
        (size(2, 0), "2 adultos"),
        (size(0, 2), "2 niños"),
        (size(total=5), "5 personas"),
        (size(children=3), "3 niños"),
    ],
)
def test_a_party_is_said_in_words(party: PartySize, words: str) -> None:
    assert say(Party().describe(party), "es") == words


@pytest.mark.parametrize("party", [size(2, 3), size(total=5), size(children=0)])
def test_a_party_is_kept_as_json_and_comes_back(party: PartySize) -> None:
    assert Party().load(Party().dump(party)) == party


@pytest.mark.parametrize(
    ("adults", "children", "total"), [(2, 3, 4), (None, None, 0), (0, 0, None), (6, None, 5), (None, 6, 5)]
)
def test_numbers_that_contradict_each_other_make_no_party(
    adults: int | None, children: int | None, total: int | None
) -> None:
    assert PartySize.of(adults, children, total) is None


@pytest.mark.parametrize("own", ["en", "es"])
def test_the_examples_are_read_as_they_stand(own: str) -> None:
    for text, party in ((Party().example, size(2, 3)), (Party().choices, size(1, 0))):
        shown = re.search(r"\d.*", say(text, own))
        assert shown
        assert Party().read(reply(shown[0], own), Mode.ASKED) == Taken(party)


# Buttons

ADULTS, FIVE = size(adults=2), size(total=5)


def taps(party: Party, own: str, so_far: PartySize | None = None) -> dict[str, PartySize]:
    """What each button answers, by its label."""
    read = {say(label, own): party.read(reply(text, own), Mode.ASKED, so_far) for text, label in party.buttons()}
    return {label: taken.value for label, taken in read.items() if isinstance(taken, Taken) and not taken.rest}


@pytest.mark.parametrize("own", ["en", "es"])
def test_small_numbers_have_a_button_in_every_language(own: str) -> None:
    asked_for_children, of_five = Party().rest(ADULTS), Party().rest(FIVE)

    assert taps(Party(), own) == {str(n): size(adults=n) for n in range(1, 7)}
    assert taps(asked_for_children, own, ADULTS) == {str(n): size(2, n) for n in range(7)}
    assert taps(of_five, own, FIVE) == {str(n): size(5 - n, n) for n in range(6)}
    assert taps(Party().rest(size(children=3)), own, size(children=3)) == {str(n): size(n, 3) for n in range(1, 7)}


def test_there_is_no_button_beyond_the_largest_party() -> None:
    assert [text[0] for text, _label in Party(most=3).buttons()] == ["1", "2", "3"]


@pytest.mark.parametrize(("tapped_again", "adults"), [("2", 2), ("3", 3)])
def test_a_second_tap_on_the_adults_says_nothing_of_children(tapped_again: str, adults: int) -> None:
    [button] = [text for text, label in Party().buttons() if say(label, "en") == tapped_again]

    assert Party().rest(ADULTS).read(reply(button), Mode.ASKED, ADULTS) == Taken(size(adults=adults))


def test_a_tap_corrects_as_a_text_does() -> None:
    [three] = [text for text, label in Party().rest(ADULTS).buttons() if say(label, "en") == "3"]

    assert Party().read(reply(three), Mode.CORRECTING, size(2, 1)) == Taken(size(2, 3))


@pytest.mark.parametrize(
    ("party", "words"), [(ADULTS, "How many children?"), (FIVE, "Of the 5, how many are children?")]
)
def test_where_there_are_buttons_nothing_is_said_of_typing(party: PartySize, words: str) -> None:
    missing = Party().missing(party)
    assert missing is not None

    assert say(tapped(missing), "en") == words
    assert say(missing, "en") == f"{words} Reply with a number, or 0"
