"""What flows are told."""

import pytest

from flows.facts import Contact


@pytest.mark.parametrize(
    ("name", "greeted"),
    [("Rosa García", "Rosa"), ("Ana", "Ana"), ("Sra. Ortiz", "Sra. Ortiz"), ("  ", None), ("", None), (None, None)],
)
def test_a_contact_is_greeted_by_the_first_of_its_names(name: str | None, greeted: str | None) -> None:
    assert Contact(1, 1, 2, "sms:+15125550101", name=name).first_name == greeted
