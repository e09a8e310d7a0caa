"""Numbers as secretaries, phones and Excel write them. All are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import phones
from bot.errors import Refusal


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("(512) 555-0123", "sms:+15125550123"),
        ("512.555.0123 ", "sms:+15125550123"),
        ("512 555 0123", "sms:+15125550123"),
        ("512/555-0123", "sms:+15125550123"),
        ("5125550123", "sms:+15125550123"),
        ("1-512-555-0123", "sms:+15125550123"),
        ("+1 (512) 555‑0123", "sms:+15125550123"),
        ("001 512 555 0123", "sms:+15125550123"),
        ("5125550123.0", "sms:+15125550123"),
        ("'5125550123", "sms:+15125550123"),
        ('="5125550123"', "sms:+15125550123"),
        ("\u202a+1 512-555-0123\u202c", "sms:+15125550123"),
        ("512\u200b555\u00ad0123", "sms:+15125550123"),
        ("512\u00a0555\u00a00123", "sms:+15125550123"),
        ("٥١٢٥٥٥٠١٢٣", "sms:+15125550123"),
        ("５１２－５５５－０１２３", "sms:+15125550123"),
        ("cell: 512-555-0123", "sms:+15125550123"),
        ("Mamá (512) 555-0123", "sms:+15125550123"),
        ("512-555-0123 (mom)", "sms:+15125550123"),
        ("512-555-0123 cel.", "sms:+15125550123"),
        ("WhatsApp: 512 555 0123", "sms:+15125550123"),
        ("+52 55 1234 5678", "sms:+525512345678"),
        ("+52 1 55 1234 5678", "sms:+525512345678"),
        ("011 52 55 1234 5678", "sms:+525512345678"),
        ("00 52 55 1234 5678", "sms:+525512345678"),
        ("+502 5123 4567", "sms:+50251234567"),
        ("sms:+15125550123", "sms:+15125550123"),
        ("SMS: +15125550123", "sms:+15125550123"),
        ("whatsapp:+15125550123", "whatsapp:+15125550123"),
        # WhatsApp's own form of a Mexican number, with the old 1, is where its replies have to go.
        ("whatsapp:+5215512345678", "whatsapp:+5215512345678"),
        ("telegram:123456789", "telegram:123456789"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, address: str):
    assert phones.parse(text) == address


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "no phone number"),
        ("none", "no phone number"),
        ("telegram:@ana", "no phone number"),
        ("telegram:1234567890123456", "too many digits"),
        ("555-0123", "area code"),
        ("911", "missing"),
        ("72345", "missing"),
        ("+1 512 555 012", "missing"),
        ("512 555 01234", "too many digits"),
        ("525512345678", "too many digits"),
        ("+999 512 555 0123", "Nobody"),
        ("000-000-0000", "Nobody"),
        ("111 111 1111", "Nobody"),
        ("512-123-4567", "Nobody"),
        ("5.12556E+09", "Excel"),
        ("5,25512E+11", "Excel"),
        ("512-555-0123 ext. 5", "extension"),
        ("512-555-0123 x12", "extension"),
        ("(512) 555-0123 / (512) 555-0124", "Two numbers"),
        ("5125550123, 5125550124", "Two numbers"),
        ("5125550123 5125550124", "Two numbers"),
        ("+1 512 555 0123\n+1 512 555 0124", "Two numbers"),
        ("casa 5125550123 cel 5125550124", "Two numbers"),
        ("900 555 0123", "service"),
        ("+1 800 555 0123", "service"),
        ("sms:+19005550123", "service"),
        ("+44 909 879 0000", "service"),
        ("737-555-HOLA", "missing"),
    ],
)
def test_what_is_no_persons_number_is_refused_in_a_sentence_without_it(text: str, about: str):
    with pytest.raises(Refusal, match=about) as refusal:
        phones.parse(text)

    digits = "".join(filter(str.isdecimal, text))
    assert not digits or digits not in "".join(filter(str.isdecimal, str(refusal.value)))
    assert str(refusal.value).endswith(".")


def test_a_number_without_its_country_is_of_the_region_asked_for():
    assert phones.parse("55 1234 5678", "MX") == "sms:+525512345678"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sms:+15125550123", "+15125550123"),
        ("sms:+525512345678", "+52 55 1234 5678"),
        ("sms:+5215512345678", "sms:+5215512345678"),
        ("sms:72345", None),
        ("phone:abc", None),
        ("whatsapp:+15125550123", "whatsapp:+15125550123"),
        ("telegram:123456789", "telegram:123456789"),
    ],
)
def test_an_address_is_written_so_that_neither_excel_nor_we_lose_a_digit(address: str, shown: str | None):
    assert phones.written(address) == shown


@given(st.sampled_from(["1512555", "52551234", "50251", "34655", "44791112", "8613912"]), st.integers(0, 9999))
def test_what_is_written_is_read_back(beginning: str, end: int):
    address = f"sms:+{beginning}{end:04}"

    assert phones.parse(phones.written(address) or "") == address


@given(st.text() | st.from_regex(r"[+\d(][\d .()/-]{0,25}", fullmatch=True))
def test_whatever_stands_in_the_cell_is_read_or_refused(text: str):
    try:
        address = phones.parse(text)
    except Refusal:
        return
    assert phones.parse(phones.written(address) or "") == address


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("sms:+12125550123", "America/New_York"),
        ("whatsapp:+525512345678", "America/Mexico_City"),
        pytest.param("sms:+12085550123", None, id="Idaho has two"),
        pytest.param("sms:+80055501000", None, id="a number of no country"),
        ("telegram:4711", None),
    ],
)
def test_where_a_number_is_at_home(address: str, zone: str | None):
    assert phones.timezone(address) == zone


@pytest.mark.parametrize(
    ("number", "read"),
    [("+15125550101", "(512) 555-0101"), ("+525555550123", "+52 55 5555 0123"), ("72246", "72246"), ("", "")],
)
def test_a_number_is_shown_as_people_of_the_country_read_it(number: str, read: str) -> None:
    assert phones.readable(number) == read
