"""What flows are told."""

import pytest

from flows.facts import Contact, Household


@pytest.mark.parametrize(
    ("name", "greeted"),
    [("Rosa García", "Rosa"), ("Ana", "Ana"), ("Sra. Ortiz", "Sra. Ortiz"), ("  ", None), ("", None), (None, None)],
)
def test_a_contact_is_greeted_by_the_first_of_its_names(name: str | None, greeted: str | None) -> None:
    assert Contact(1, 1, 2, "sms:+15125550101", name=name).first_name == greeted


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Rojas", "Rojas"),
        ("Familia Paz", "Paz"),
        ("la familia Paz Soto", "Paz Soto"),
        ("FAMILIA: PAZ", "PAZ"),
        ("Rojas family", "Rojas"),
        (" The Rojas Family. ", "Rojas"),
        ("the Nguyens", "Nguyens"),
        ("La Rosa", "La Rosa"),
        ("Familiar", "Familiar"),
        ("Familia", "Familia"),
        ("The family", "The family"),
        (None, None),
    ],
)
def test_the_bare_name_of_a_household_stands_beside_the_word_family(name: str | None, bare: str | None) -> None:
    assert Household(1, 1, name).bare_name == bare
