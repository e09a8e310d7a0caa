"""What staff read about a family that needs them, on Telegram and by SMS."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Media
from bot.records import HelpRequest, PassedOn
from flows.core.text import ByLanguage, Text, _
from flows.facts import Household, School

LONGEST = 3000
"""How many characters of a family's words a notice holds; Telegram takes 4,096 in all."""


def notice(
    one: PassedOn, request: HelpRequest, language: ByLanguage | None, number: str, *, is_new: bool, shown: bool
) -> list[Text]:
    """The lines of a notice: who and why, the words themselves, what came with them, how to answer.

    What came is ``shown`` beside it, or else fetched with a command.
    """
    lines = [_about(one, number) if is_new else _later(one, request.id)]
    if language is not None:
        lines.append(_("Writes in: {language}", language=language))
    if one.words:
        lines.append(Text("“{words}”", gaps={"words": _short(one.words)}))
    if one.media and shown:
        lines.append(_("With it: {media}.", media=_kinds(one.media)))
    elif one.media:
        lines.append(_("With it: {media}. To see it: sobremesa requests media {request}", **_came(one.media, request)))
    if one.news == "settled" or one.reason == "wrong-number":
        return lines
    return [*lines, _("Request {request}. Reply to this message to answer.", request=request.id)]


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


def handed_over(by: str, household: Household | None, name: str | None, request_id: int) -> list[Text]:
    """To the one who has a request from now on."""
    return [
        _("{name} hands {family} over to you.", name=by, family=family(household, name, inside=True)),
        _("Request {request}. Reply to this message to answer.", request=request_id),
    ]


def claim() -> Text:
    """The button of who takes a request."""
    return _("I will answer")


def close(request: HelpRequest) -> Text | None:
    """The button that ends a request; a family is asked whether it is settled only once somebody answered it."""
    if not request.is_thread:
        return DONE
    return None if request.last_staff_at is None else _("Ask if it is settled")


DONE = _("Done")


def family(household: Household | None, name: str | None, *, inside: bool = False) -> Text:
    """A family, at the beginning of a sentence or ``inside`` one; without its name, the ``name`` of who writes."""
    called = household.bare_name if household is not None else None
    if called:
        # Translators: with a small "the" it stands inside a sentence: "Please call the Rojas family now".
        return _("the {name} family", name=called) if inside else _("The {name} family", name=called)
    if name:
        return Text("{name}", gaps={"name": name})
    return _("a family") if inside else _("A family")


def _about(one: PassedOn, number: str) -> Text:
    first, inside = family(one.household, one.name), family(one.household, one.name, inside=True)
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


def _later(one: PassedOn, request_id: int) -> Text:
    who = family(one.household, one.name)
    match one.news:
        case "reopened":
            return _("{family} writes again: request {request} is open again.", family=who, request=request_id)
        case "not-settled":
            return _("{family} says that it is not settled yet.", family=who)
        case "settled":
            return _("{family} says that it is settled. Request {request} is closed.", family=who, request=request_id)
        case _:
            return _("{family} writes:", family=who)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _came(media: Sequence[Media], request: HelpRequest) -> dict[str, tuple[Text, ...] | int]:
    return {"media": _kinds(media), "request": request.id}


def _kinds(media: Sequence[Media]) -> tuple[Text, ...]:
    return tuple(_kind(one) for one in media)


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
