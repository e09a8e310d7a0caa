"""``sobremesa announce write``, ``import``, ``translate``, ``approve``: its words in each language, and who answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import announcement_rows as rows
from bot.commands.announcing import Id, Language, Texts, acting, texts_given, texts_of
from bot.commands.opening import Desk, desk, run
from bot.commands.options import As, OfSchool, Yes
from bot.commands.terminal import confirm, progress, say, tell
from bot.errors import Refusal

if TYPE_CHECKING:
    from bot.announcements import Announcement, AnnouncementText
    from bot.language.translation import Translator
    from bot.language.translation.draft import Draft
    from bot.records import StaffMember
    from flows.core.text import Text


def write(announcement: Id, text: Texts = None, me: As = None, school: OfSchool = None) -> None:
    """Write, or write anew, its text in a language; whoever approves it approves these words."""
    run(_write(announcement, texts_given(text), "written", me, school))


def import_(
    announcement: Id,
    file: Annotated[Path, typer.Argument(help="A sheet with the columns language and text.")],
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Take its texts from a sheet, as a translator sends it back."""
    run(_write(announcement, texts_of(file), "imported", me, school))


def translate(
    announcement: Id,
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="LANGUAGE", help="Which; every one that has no text yet.")
    ] = None,
    yes: Yes = False,
    me: As = None,
    school: OfSchool = None,
) -> None:
    """Have a machine draft the other languages. A draft goes to nobody before a person approved it."""
    run(_translate(announcement, to or [], yes, me, school))


def approve(announcement: Id, language: Language, yes: Yes = False, me: As = None, school: OfSchool = None) -> None:
    """Answer by your name for its words in a language, after reading them."""
    run(_approve(announcement, language, yes, me, school))


def unapprove(announcement: Id, language: Language, yes: Yes = False, me: As = None, school: OfSchool = None) -> None:
    """Take an approval back: nobody gets these words any more, also in the middle of sending."""
    run(_unapprove(announcement, language, yes, me, school))


# By hand


async def _write(announcement: int, given: dict[str, str], origin: str, me: str | None, school: str | None) -> None:
    from bot import announcements
    from bot.app import clock

    async with desk(school) as at, at.database.write() as db:
        member, now = await acting(db, at, me), clock()
        before = await announcements.find(db, at.school, announcement)
        for language, text in given.items():
            await announcements.write_text(db, at.school, before.id, language, text, origin, member, now)
        found = await announcements.find(db, at.school, announcement)
        names = await rows.people(db, at.school)
    for language in given:
        was = before.texts.get(language)
        say(f"{language}: {_kept(was, found.texts[language], rows.approver(was, names) if was else '')}")
        if long := announcements.warning(at.school, found.texts[language].body):
            say(f"{language}: {long}")
    for language in sorted(before.approved - found.approved - given.keys()):
        name = rows.approver(before.texts[language], names)
        say(
            f"{language}: {name} had approved it beside the words before, so that is taken back. "
            "Please read it again, and mend it where it says something else."
        )
    _tell_what_is_left(at, found)


def _kept(was: AnnouncementText | None, now: AnnouncementText, name: str) -> str:
    if was is None:
        return "kept."
    if was.body == now.body:
        return f"the same words as before, approved by {name}." if now.is_approved else "the same words as before."
    return f"kept. {name} had approved other words." if was.is_approved else "kept, in place of the words before."


def _tell_what_is_left(at: Desk, found: Announcement) -> None:
    if found.state == "scheduled" and found.send_at is not None and found.texts.keys() - found.approved:
        local = found.send_at.astimezone(at.school.timezone)
        say(f"It goes out at {local:%Y-%m-%d %H:%M}, to nobody in a language that is not approved by then.")
    for line in rows.left_to_do(found, at.school):
        say(line)


# By a machine


async def _translate(announcement: int, to: list[str], yes: bool, me: str | None, school: str | None) -> None:
    from bot import announcements
    from bot.app import translator

    async with desk(school) as at:
        if (machine := translator(at.settings)) is None:
            raise Refusal("No translator is set up; SOBREMESA_TRANSLATOR names one. By hand: sobremesa announce write")
        try:
            async with at.database.read() as db:
                member = await acting(db, at, me)
                found = await announcements.find(db, at.school, announcement)
            wanted = _wanted(at, found, to, yes)
            for language in wanted:
                with progress(f"Translating into {language}"):
                    made = await _draft(at, machine, found, language, member)
                _tell_draft(found, language, made)
        finally:
            await machine.close()
        async with at.database.read() as db:
            _tell_what_is_left(at, await announcements.find(db, at.school, announcement))


def _wanted(at: Desk, found: Announcement, to: list[str], yes: bool) -> list[str]:
    """The languages to draft, each once. Raises Refusal where that would make no sense; asks before words are lost."""
    from bot.announcements import CHANGEABLE

    wanted = list(dict.fromkeys(to)) or [language for language in at.school.languages if language not in found.texts]
    if found.state not in CHANGEABLE:
        raise Refusal(f"Announcement {found.id} has begun to go out; draft a new one.")
    if not wanted:
        raise Refusal("Every language of the school has a text. To have one drafted anew, name it: --to LANGUAGE.")
    if found.language in wanted:
        raise Refusal(f"It was written in {found.language}; that is translated from, and not into.")
    if strange := [language for language in wanted if language not in at.school.languages]:
        raise Refusal(
            f"{at.school.name} does not write in {', '.join(strange)}; it writes in {', '.join(at.school.languages)}."
        )
    if by_people := [code for code in wanted if code in found.texts and found.texts[code].origin != "machine"]:
        confirm(f"A person wrote the text in {', '.join(by_people)}. Put a machine's draft in its place?", yes)
    return wanted


async def _draft(at: Desk, machine: Translator, found: Announcement, language: str, member: StaffMember) -> Draft:
    """One language drafted and kept as such."""
    from bot import announcements
    from bot.app import clock
    from bot.language.translation import draft

    original = found.texts[found.language].body
    (made,) = await draft(machine, [original], found.language, language)
    async with at.database.write() as db:
        again = await announcements.find(db, at.school, found.id)
        if again.texts[found.language].body != original or again.texts.get(language) != found.texts.get(language):
            raise Refusal("Somebody has just changed this text; nothing was kept. Please try again.")
        await announcements.write_text(db, at.school, found.id, language, made.text, "machine", member, clock())
    return made


def _tell_draft(found: Announcement, language: str, made: Draft) -> None:
    """The draft with the original beside it, for whoever approves it."""
    _tell_text(found.language, found.texts[found.language].body)
    _tell_text(f"{language}, {rows.ORIGINS['machine']}", made.text)
    _tell_warnings(made.warnings)


def _tell_text(named: str, body: str) -> None:
    tell(f"{named}:")
    for line in body.split("\n"):
        tell(f"    {line}")


def _tell_warnings(warnings: tuple[Text, ...]) -> None:
    from zoneinfo import ZoneInfo

    from bot.language.catalogs import ENGLISH, Catalogs

    if warnings:
        english = Catalogs.load((ENGLISH,))
        for one in warnings:
            say(f"Look at this: {english.render(one, ENGLISH, ZoneInfo('UTC'))}")


# Answered for


async def _approve(announcement: int, language: str, yes: bool, me: str | None, school: str | None) -> None:
    from bot import announcements
    from bot.app import clock

    async with desk(school) as at:
        async with at.database.read() as db:
            member = await acting(db, at, me)
            found = await announcements.find(db, at.school, announcement)
            names = await rows.people(db, at.school)
        said = _text_of(found, language)
        _tell_both(found, said)
        if said.is_approved:
            say(f"{rows.approver(said, names)} has approved these words already.")
            return
        confirm(f"{member.name}, do you answer for these words in {language}?", yes)
        async with at.database.write() as db:
            # The words that were shown, and no others that somebody wrote meanwhile.
            again = await announcements.find(db, at.school, announcement)
            if again.texts[language].body != said.body:
                raise Refusal("Somebody has just changed this text; please read it again.")
            await announcements.approve(db, at.school, announcement, language, member, clock())
            again = await announcements.find(db, at.school, announcement)
    say(f"Approved in {language} by {member.name}.")
    _tell_what_is_left(at, again)


def _text_of(found: Announcement, language: str) -> AnnouncementText:
    if language not in found.texts:
        has = ", ".join(sorted(found.texts))
        raise Refusal(f"Announcement {found.id} has no text in {language} yet; it has one in {has}.")
    return found.texts[language]


def _tell_both(found: Announcement, said: AnnouncementText) -> None:
    """The words of a language, with the original above them, and what is odd about a machine's draft."""
    from bot.language.translation.draft import warnings

    original = found.texts[found.language].body
    machine = said.origin == "machine"
    if said.language != found.language:
        _tell_text(found.language, original)
    _tell_text(f"{said.language}, {rows.ORIGINS['machine']}" if machine else said.language, said.body)
    if machine:
        _tell_warnings(tuple(warnings(original, said.body)))


async def _unapprove(announcement: int, language: str, yes: bool, me: str | None, school: str | None) -> None:
    from bot import announcements
    from bot.app import clock

    async with desk(school) as at:
        async with at.database.read() as db:
            member = await acting(db, at, me)
            found = await announcements.find(db, at.school, announcement)
        if not _text_of(found, language).is_approved:
            say(f"Nobody has approved the text in {language}; nobody gets it.")
            return
        if found.state == "sending":
            confirm(f"It is going out. Who reads {language} and has not got it yet never does. Go ahead?", yes)
        async with at.database.write() as db:
            await announcements.take_approval_back(db, at.school, announcement, language, member, clock())
    say(f"Nobody gets the text in {language} any more, until it is approved again.")
