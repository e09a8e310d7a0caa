"""Phone numbers as people write them, and the addresses that texts are sent to."""

from __future__ import annotations

import re
import unicodedata
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import (
    Leniency,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
    ValidationResult,
)

from bot.errors import Refusal

REGION = "US"
LONGEST = 16  # a +, and at most fifteen digits (E.164)

UNKNOWN_ZONE = "Etc/Unknown"

_TELEGRAM = re.compile(r"telegram:\s*(\d+)", re.IGNORECASE)
_ADDRESS = re.compile(r"(sms|whatsapp):\s*(\+\d{8,15})", re.IGNORECASE)
_PLAIN = re.compile(r"\+?[\d\s().·/‐-―−-]+")
_NOT_DIALLED = re.compile(r"[^\d+]")
_FROM_EXCEL = re.compile(r"""^(?:="?|')|"$|(?<=\d)\.0+$""")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
# In North America neither the area code nor the exchange begins with 0 or 1. phonenumbers calls
# 000-000-0000 possible, which in many a sheet means "none".
_NORTH_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_NOT_A_PERSONS = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.PAGER,
}
_WHY_NOT = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The area code is missing; write it like (512) 555-0199.",
    ValidationResult.TOO_SHORT: "Digits are missing in this number; write it like (512) 555-0199.",
    ValidationResult.TOO_LONG: "This number has too many digits; one of another country begins with +.",
}
_NOBODYS = "Nobody has a number like this; write it like (512) 555-0199."


def parse(text: str, region: str = REGION) -> str:
    """The address that a person wrote: ``sms:+15125550123``.

    Takes a number in any form, also with a label (``cell: …``); without a country it is of ``region``.
    An address such as ``whatsapp:+1…`` or ``telegram:123`` is taken as it is. Raises Refusal with a
    sentence that does not hold the number.
    """
    shown = _FROM_EXCEL.sub("", unicodedata.normalize("NFKC", text).strip()).strip()
    if chat := _TELEGRAM.fullmatch(shown):
        if len(chat[1]) > LONGEST - 1:
            raise Refusal("This id of Telegram has too many digits.")
        return f"telegram:{chat[1]}"
    if address := _ADDRESS.fullmatch(shown):
        _check_owner(_read(address[2], region))
        return f"{address[1].lower()}:{address[2]}"
    number = _without_old_prefix(_number(shown, region))
    _check(number)
    return f"sms:{_e164(number)}"


def written(address: str) -> str | None:
    """An address as a sheet shows it, which ``parse`` reads back; None for one that it refuses (a short code).

    Beyond eleven digits there are spaces between them, or Excel makes 5.25512E+11 of the number.
    """
    number = address.removeprefix("sms:")
    forms = [number if len(number) <= len("+15125550123") else _spaced(number), address]
    return next((form for form in forms if _reads_as(form, address)), None)


def readable(number: str, region: str = REGION) -> str:
    """A number as people of this country read it: (512) 555-0123; one of another country with that country's code."""
    try:
        read = _read(number, region)
    except Refusal:
        return number
    at_home = read.country_code == phonenumbers.country_code_for_region(region)
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(read, form)


def timezone(address: str) -> str | None:
    """The timezone in which a number is at home, like America/Chicago; None where it may be one of several.

    A number keeps its area code when its owner moves, so this is a guess; it is the best that there is.
    """
    # Its table is loaded by the first import of families; nobody else pays for it.
    from phonenumbers.timezone import time_zones_for_number

    kind, _, number = address.partition(":")
    if kind not in ("sms", "whatsapp"):
        return None
    zones = [zone for zone in time_zones_for_number(_read(number, REGION)) if zone != UNKNOWN_ZONE]
    # Its table may name a zone that this machine does not know.
    return zones[0] if len(zones) == 1 and zones[0] in available_timezones() else None


def _spaced(number: str) -> str:
    try:
        return phonenumbers.format_number(_read(number, REGION), PhoneNumberFormat.INTERNATIONAL)
    except Refusal:
        return number


def _reads_as(text: str, address: str) -> bool:
    try:
        return parse(text) == address
    except Refusal:
        return False


def _number(text: str, region: str) -> PhoneNumber:
    if _SHORTENED.fullmatch(text):
        raise Refusal("Excel shortened this number; format the column as text and type it again.")
    dialled = re.sub("^00", "+", _NOT_DIALLED.sub("", text))
    if _PLAIN.fullmatch(text) and len(dialled) <= LONGEST:
        return _read(dialled, region)
    found = list(PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE))
    if len(found) > 1:
        raise Refusal("Two numbers stand here; give each person a line of their own.")
    return found[0].number if found else _read(dialled, region)


def _read(text: str, region: str) -> PhoneNumber:
    if not any(character.isdecimal() for character in text):
        raise Refusal("There is no phone number here.")
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise Refusal(_NOBODYS) from error


def _without_old_prefix(number: PhoneNumber) -> PhoneNumber:
    """Mexico's mobiles had a 1 after the 52 until 2019, and many sheets still have it."""
    national = str(number.national_number)
    if number.country_code != 52 or len(national) != 11 or not national.startswith("1"):
        return number
    return PhoneNumber(country_code=52, national_number=int(national[1:]))


def _check(number: PhoneNumber) -> None:
    if number.extension:
        raise Refusal("This number has an extension, which a text cannot reach.")
    found = phonenumbers.is_possible_number_with_reason(number)
    if found != ValidationResult.IS_POSSIBLE:
        raise Refusal(_WHY_NOT.get(found, _NOBODYS))
    if number.country_code == 1 and not _NORTH_AMERICAN.fullmatch(str(number.national_number)):
        raise Refusal(_NOBODYS)
    _check_owner(number)


def _check_owner(number: PhoneNumber) -> None:
    if phonenumbers.number_type(number) in _NOT_A_PERSONS:
        raise Refusal("This is the number of a paid or free service, not of a person.")


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
