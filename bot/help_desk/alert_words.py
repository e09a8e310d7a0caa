"""What staff read about a family that needs them, on Telegram and by SMS."""

from __future__ import annotations

from collections.abc import Sequence

from bot import phones
from bot.messages import Media
from bot.records import HelpRequest, PassedOn
from flows.core.text import ByLanguage, Text, _
from flows.facts import Contact, Household, School

CALLED = ("sms", "whatsapp")
"""Kinds of address that are a phone number."""

LONGEST = 3000
"""How many characters of a family's words a notice holds; Telegram takes 4,096 in all."""


def notice(
    one: PassedOn, request: HelpRequest, contact: Contact, language: ByLanguage | None, number: str, *, is_new: bool
) -> list[Text]:
    """The lines of a notice: who and why, the words themselves, what came with them, how to answer."""
    lines = [_about(one, contact, number) if is_new else _later(one, contact, request.id)]
    if language is not None:
        lines.append(_("Language: {language}", language=language))
    if one.words:
        lines.append(Text("“{words}”", gaps={"words": short(one.words, LONGEST)}))
    if one.media:
        lines.append(_("With it: {media}.", media=tuple(map(_kind, one.media))))
    if one.news == "settled" or one.reason == "wrong-number":
        return lines
    return [*lines, _("Request {request}. Reply to this message to answer.", request=request.id)]


def not_shown(request_id: int) -> Text:
    """In place of a photo or voice note that could not be brought to the reader."""
    return _(
        "What came with it could not be shown here. The office can open it: sobremesa requests media {request}",
        request=request_id,
    )


def alert(school: School, one: PassedOn, number: str, request_id: int) -> Text:
    """The SMS of a danger: who, and where to call; nothing of what was written."""
    if number:
        return _(
            "{school}: DANGER. Please call {family} now: {number}. Request {request}.",
            school=school.name,
            family=family(one.household, one.name, inside=True),
            number=number,
            request=request_id,
        )
    return _(
        "{school}: DANGER. {family} writes on Telegram; we have no number. Request {request}.",
        school=school.name,
        family=family(one.household, one.name),
        request=request_id,
    )


def handed_over(
    by: str, household: Household | None, contact: Contact, request: HelpRequest, last_words: Sequence[str]
) -> list[Text]:
    """To the one who has a request from now on: whose it is, why a person was called, and what was written last."""
    who = family(household, contact.name, contact, inside=True)
    lines = [_("{name} hands {family} over to you: {about}.", name=by, family=who, about=reason(request.reason))]
    lines += [Text("“{words}”", gaps={"words": short(said, LONGEST // len(last_words))}) for said in last_words]
    return [*lines, _("Request {request}. Reply to this message to answer.", request=request.id)]


def closed_by_silence(household: Household | None, contact: Contact, request_id: int) -> Text:
    """To the one who had a request that the family's silence closed."""
    return _(
        "{family} has said nothing for a week since we asked whether it is settled. Request {request} is closed; if "
        "the family writes about it again within a week, it is open again.",
        family=family(household, contact.name, contact),
        request=request_id,
    )


def reason(key: str) -> Text:
    """Why a person was called."""
    match key:
        case "danger":
            return _("words of danger")
        case "failure":
            return _("our mistake, please answer by hand")
        case "media":
            return _("a photo or voice note")
        case "wrong-number":
            return _("wrong number")
        case "unclear":
            return _("was not understood")
        case "pulse":
            return _("wants to be called after an event")
        case _:
            return _("asks for a person")


def claim() -> Text:
    """The button of who takes a request."""
    return _("I will answer")


def close(request: HelpRequest, *, asked: bool = True) -> Text | None:
    """The button that ends a request; who is ``asked`` whether it is settled is so only once somebody answered."""
    if not request.is_thread or not asked:
        return DONE
    return None if request.last_staff_at is None else _("Ask if it is settled")


DONE = _("Done")
ANSWER = _("Answer")
THREAD = _("What was written")
"""The button that shows a request with its thread."""


def family(
    household: Household | None, name: str | None, contact: Contact | None = None, *, inside: bool = False
) -> Text:
    """A family, at the beginning of a sentence or ``inside`` one.

    Without its name, the ``name`` of who writes; without that, what tells this ``contact`` from others: a number, the
    name in the app, the day of the first text.
    """
    called = household.bare_name if household is not None else None
    if called:
        # Translators: with a small "the" it stands inside a sentence: "Please call the Rojas family now".
        return _("the {name} family", name=called) if inside else _("The {name} family", name=called)
    if name:
        return Text("{name}", gaps={"name": name})
    if contact is not None and contact.prefix in CALLED:
        number = readable(contact)
        # Translators: with a small "a" it stands inside a sentence.
        return _("a family at {number}", number=number) if inside else _("A family at {number}", number=number)
    if contact is not None and contact.app_name:
        return Text("{name}", gaps={"name": contact.app_name})
    if contact is not None and contact.introduced_at is not None:
        since = contact.introduced_at
        # Translators: who writes on Telegram since that day; with a small "a" it stands inside a sentence.
        on_telegram = _("a family (on Telegram since {since:day})", since=since)
        return on_telegram if inside else _("A family (on Telegram since {since:day})", since=since)
    return _("a family") if inside else _("A family")


def readable(contact: Contact) -> str:
    """The number of a contact as people read it."""
    return phones.readable(contact.address.rpartition(":")[2])


def _about(one: PassedOn, contact: Contact, number: str) -> Text:
    first = family(one.household, one.name, contact)
    # Where the number is named beside it, it is not said twice.
    beside = None if number and one.reason in ("danger", "wrong-number") else contact
    inside = family(one.household, one.name, beside, inside=True)
    match one.reason:
        case "danger" if number:
            return _(
                "DANGER: {family} wrote something that sounds like danger. Please call now: {number}",
                family=inside,
                number=number,
            )
        case "danger":
            return _("DANGER: {family} wrote something that sounds like danger. Please answer now.", family=inside)
        case "unclear":
            return _("The bot did not understand {family}. Please read it.", family=inside)
        case "failure":
            return _("Something went wrong on our side. Please answer {family} yourself.", family=inside)
        case "media":
            return _("{family} sent something for you to see.", family=first)
        case "wrong-number":
            return _(
                "Wrong number: {number} is not of {family}. Nothing more is sent there; please ask for the right one.",
                number=number,
                family=inside,
            )
        case "pulse":
            return _("{family} was asked how it was received, and would like a person to answer.", family=first)
        case _:
            return _("{family} asks for a person.", family=first)


def _later(one: PassedOn, contact: Contact, request_id: int) -> Text:
    who = family(one.household, one.name, contact)
    match one.news:
        case "asks":
            return _("{family} asks for a person.", family=who)
        case "edited":
            return _("{family} changed what it wrote:", family=who)
        case "reopened":
            return _("{family} writes again: request {request} is open again.", family=who, request=request_id)
        case "not-settled":
            return _("{family} says that it is not settled yet.", family=who)
        case "settled":
            return _("{family} says that it is settled. Request {request} is closed.", family=who, request=request_id)
        case _:
            return _("{family} writes:", family=who)


def short(words: str, most: int) -> str:
    """The words, or as many whole ones as there is room for."""
    if len(words) <= most:
        return words
    begun = words[: most + 1]
    whole = begun.rsplit(maxsplit=1)[0] if any(map(str.isspace, begun.strip())) else words[:most]
    return f"{whole}…"


def _kind(media: Media) -> Text:
    match media.content_type.partition("/")[0]:
        case _ if media.url.startswith("geo:"):
            return _("a place on the map")
        case "image":
            return _("a photo")
        case "audio":
            return _("a voice note")
        case "video":
            return _("a video")
        case _:
            return _("a file")
