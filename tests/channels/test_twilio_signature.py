"""Twilio's signatures, as its own SDK makes and checks them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # has no types

from bot.channels.twilio_signature import Signatures

URL = "https://school.example/hooks/twilio"
TOKEN = "a-token-for-tests"
FORM = MultiDict([("Body", "Sí 👍"), ("From", "+15125550143")])

# Few names, so that many of them come twice.
FIELDS = st.lists(st.tuples(st.text() | st.sampled_from(["Body", "From", "Tag"]), st.text()))


@settings(max_examples=2_000)
@given(url=st.text(), form=FIELDS, token=st.text(min_size=1))
def test_ours_are_those_of_the_sdk(url: str, form: list[tuple[str, str]], token: str):
    expected = RequestValidator(token).compute_signature(url, MultiDict(form))

    assert Signatures(token).over(url, MultiDict(form)) == expected


@pytest.mark.parametrize("signed", [URL, "https://school.example:443/hooks/twilio"])
def test_the_port_may_take_part_or_not(signed: str):
    signatures = Signatures(TOKEN)

    assert signatures.is_genuine(URL, FORM, RequestValidator(TOKEN).compute_signature(signed, FORM))


def test_a_signature_made_with_another_token_is_not_genuine():
    assert not Signatures(TOKEN).is_genuine(URL, FORM, Signatures("another").over(URL, FORM))
