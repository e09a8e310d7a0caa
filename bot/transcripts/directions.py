"""What a script may say beside texts: time that passes, what a family does on its phone, what the school does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

from bot.errors import Refusal
from bot.messages import Media, OptOut
from bot.transcripts import lincoln
from bot.transcripts.stage import Stage

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
PHOTO = (Media("https://example.org/photo", "image/jpeg"),)
VOICE = (Media("https://example.org/voice", "audio/ogg"),)

Direction: TypeAlias = Callable[..., Awaitable[None]]


async def _later(stage: Stage, number: str, unit: str) -> None:
    await stage.pass_time(int(number) * UNITS[unit])


async def _moves(stage: Stage, event: str, number: str, unit: str) -> None:
    await lincoln.move(stage, event, int(number) * UNITS[unit])


async def _photo(stage: Stage, name: str) -> None:
    await stage.text(name, "", PHOTO)


async def _voice_note(stage: Stage, name: str) -> None:
    await stage.text(name, "", VOICE)


async def _tap(stage: Stage, name: str, label: str) -> None:
    """Tap a button under the last message of this person that has one with this label."""
    shown = [(message, reply) for message in stage.heard[name] for reply, words in message.buttons if words == label]
    if not shown:
        raise ValueError(f"{name} sees no button {label}")
    message, reply = shown[-1]
    await stage.text(name, reply.partition("=")[2] or reply, button=reply, quoted=f"phone-{message.id}")


async def _open(stage: Stage, name: str, of: str) -> None:
    """A chat of Telegram is opened by a link; from now on this person writes there."""
    code = await lincoln.code(stage, name, of)
    stage.moves(name, f"telegram:70{len(stage.names) + 10}")
    await stage.text(name, "", start=code, language_hint=stage.speaks(name))


async def _open_old(stage: Stage, name: str) -> None:
    stage.moves(name, f"telegram:70{len(stage.names) + 10}")
    await stage.text(name, "", start="of-last-year", language_hint=stage.speaks(name))


async def _open_again(stage: Stage, name: str) -> None:
    await stage.text(name, "", start="", language_hint=stage.speaks(name))


async def _block(stage: Stage, name: str) -> None:
    await stage.text(name, "", opt_out=OptOut.STOP, keyword_answered=True)


async def _share_number(stage: Stage, name: str) -> None:
    numbers = [address for address, whose in stage.names.items() if whose == name and address.startswith("sms:")]
    number = numbers[0] if numbers else "sms:+15125550188"
    await stage.text(name, "", phone=number.removeprefix("sms:"))


DIRECTIONS: tuple[tuple[re.Pattern[str], Direction], ...] = tuple(
    (re.compile(pattern), direction)
    for pattern, direction in (
        (r"(\d+) (minute|hour|day|week)s? later", _later),
        (r"(\w+) sends a photo", _photo),
        (r"(\w+) sends a voice note", _voice_note),
        (r"(\w+) taps (.+)", _tap),
        (r"(\w+) opens the link (?:of|for) (?:the )?(\w+)", _open),
        (r"(\w+) opens an old link", _open_old),
        (r"(\w+) opens the chat again", _open_again),
        (r"(\w+) blocks the bot", _block),
        (r"(\w+) shares (?:her|his) number", _share_number),
        (r"invite to (\w+)", lincoln.invite),
        (r"(\w+) moves by (\d+) (hour|day|week)s?", _moves),
        (r"(\w+) is cancelled", lincoln.cancel),
        (r"(\w+) has (\d+) places", lincoln.limit),
        (r"the school knows (\w+) as well", lincoln.know),
        (r"(\d+) other families come to (\w+)", lincoln.fill),
        (r"the family of (\w+) is at the door of (\w+)", lincoln.check_in),
        (r"the other families say how it was", lincoln.hear_others),
        (r"the school never wrote to them before", lincoln.forget_introduction),
        (r"the office is open from (\d+) to (\d+)", lincoln.set_office),
        (r"(\w+) is told of dangers by SMS", lincoln.alert),
        (r"announce (\w+)(, urgent)?(?:, approved in (\w+) only)?", lincoln.announce),
        (r"announce (\w+) to those who said how (\w+) was", lincoln.tell_what_was_done),
        (r"the announcement is stopped", lincoln.stop),
        (r"(\w+) hands the request over to (\w+)", lincoln.hand_over),
        (r"(\w+) leaves the school", lincoln.leave),
        (r"the school's number sends one text a minute", lincoln.send_slowly),
    )
)
"""Each direction, as it stands in brackets in a script, and what it does."""


async def direct(stage: Stage, what: str) -> None:
    """Carry out what stands in brackets. Raises ValueError where it says nothing that is known, or was refused."""
    for pattern, direction in DIRECTIONS:
        if match := pattern.fullmatch(what):
            stage.happens(what)
            given: tuple[Any, ...] = match.groups()
            try:
                await direction(stage, *given)
            except Refusal as refusal:
                raise ValueError(f"{what}: {refusal}") from refusal
            return
    raise ValueError(what)
