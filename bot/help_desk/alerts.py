"""What families write for staff reaches them: on Telegram, and in danger on every channel that the adults have.

It is written in the transaction of the text itself, so nothing is passed on that was not kept, and nothing kept is
forgotten. A text goes to who has the request, else to all who are linked. By SMS goes only that a family is in danger,
since a phone shows it to whoever is near.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import notices, staff
from bot.arrivals import TELEGRAM
from bot.family import Family
from bot.help_desk import alert_words
from bot.help_desk.calls import Call, begun_at_desk
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.messages import Kind
from bot.notices import Notice, may_be_told
from bot.records import HelpRequest, PassedOn, StaffMember
from bot.store import help_requests
from flows.core.text import ByLanguage, Text
from flows.facts import Contact

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Team:
    """The staff of one school, with the contacts through which each can be told something."""

    voice: Voice
    members: Sequence[StaffMember]
    contacts: Mapping[int, Sequence[Contact]]

    def reached(self, member: StaffMember, prefix: str | None = None) -> list[Contact]:
        """Where this person can be told something: on all channels, or on one kind."""
        return [one for one in self.contacts.get(member.id, ()) if prefix in (None, one.prefix)]

    def linked(self) -> list[StaffMember]:
        """Everyone who works on Telegram."""
        return [member for member in self.members if self.reached(member, "telegram")]

    def owner(self, request: HelpRequest) -> StaffMember | None:
        """Who has the request, where that person can be written to on Telegram."""
        return next((member for member in self.linked() if member.id == request.owner_id), None)

    def named(self) -> list[StaffMember]:
        """The adults who are told of a danger: those named for it, else the admins, else whoever can be reached."""
        here = [member for member in self.members if self.reached(member)]
        named = [member for member in here if member.alerted]
        return named or [member for member in here if member.role == "admin"] or here

    def beside(self, colleague: Contact, request: HelpRequest) -> Team:
        """Who hears of a danger that one of them is in: who has the request, else the adults, and nobody else."""
        others = self._without(colleague)
        return others if others.owner(request) is not None else replace(others, members=self.adults(colleague))

    def adults(self, colleague: Contact) -> list[StaffMember]:
        """Those beside who writes in this chat whom a danger of theirs is for, also once somebody has it.

        By SMS alone nobody may hear of it, so that on Telegram an admin does, or whoever is there.
        """
        others = self._without(colleague)
        named, linked = others.named(), others.linked()
        if not any(member in named for member in linked):
            named += [member for member in linked if member.role == "admin"] or linked
        return named

    def may_know(self, member: StaffMember, call: Call) -> bool:
        """Whether a request is this person's business. That of a colleague in danger is so to few."""
        if not call.began_at_desk:
            return True
        others = {one.id for one in self._without(call.contact).members}
        told = {one.id for one in self.adults(call.contact)} | {one.id for one in self.members if one.alerted}
        return member.id in others and (member.id in told or member.id == call.request.owner_id)

    def _without(self, colleague: Contact) -> Team:
        chat = colleague.address.removeprefix(TELEGRAM)
        return replace(self, members=[member for member in self.members if member.telegram_chat != chat])


async def pass_on(
    db: AsyncConnection,
    catalogs: Catalogs,
    passed_on: Sequence[PassedOn],
    known: Mapping[int, Family],
    now: datetime,
) -> None:
    """Tell the staff what a batch passed on, once it is written; ``known`` are its families, by contact."""
    if not passed_on:
        return
    written = await help_requests.standing_of(db, {one.contact_id for one in passed_on}, now)
    schools = {known[one.contact_id].school.id: known[one.contact_id].school for one in passed_on}
    teams = {school.id: await team(db, Voice(catalogs, school), now) for school in schools.values()}
    told: list[Notice] = []
    announced: set[int] = set()
    private = await begun_at_desk(db, written)
    for one in passed_on:
        request = _found(one, written)
        if request is None:
            continue
        is_new = one.request_id == 0 and request.id not in announced
        announced.add(request.id)
        family = known[one.contact_id]
        at = teams[family.school.id]
        if request.id in private:  # of one who was at the desk then, and writes as anybody now
            at = at.beside(family.contacts[one.contact_id], request)
        told += _notices(at, one, request, family, is_new=is_new)
    await notices.queue(db, told, now)


async def pass_on_of_staff(
    db: AsyncConnection, voice: Voice, one: PassedOn, known: Family, now: datetime
) -> HelpRequest | None:
    """The same for words of danger of one of the staff themselves, once they are written; the request that they are in.

    Such words are for the adults who are named for a danger, not for every colleague.
    """
    request = _found(one, await help_requests.standing_of(db, [one.contact_id], now))
    if request is not None:
        at = (await team(db, voice, now)).beside(known.contacts[one.contact_id], request)
        await notices.queue(db, _notices(at, one, request, known, is_new=one.request_id == 0), now)
    return request


async def handed_over(
    db: AsyncConnection,
    voice: Voice,
    call: Call,
    last_words: Sequence[str],
    by: StaffMember,
    to: StaffMember,
    now: datetime,
) -> None:
    """Tell who has the request from now on, where that person is linked; ``last_words`` are the family's."""
    at = await team(db, voice, now, [to])
    request, asked = call.request, call.contact.household_id is not None
    lines = alert_words.handed_over(by.name, call.household, call.contact, request, last_words)
    seen = (f"open:{request.id}", voice.say(alert_words.THREAD, to.language))
    buttons = (seen, *_buttons(voice, request, to, claimed=True, asked=asked))
    await _tell(db, at, to, _said(voice, lines, to.language), request, now, buttons)


async def closed_by_silence(db: AsyncConnection, voice: Voice, call: Call, now: datetime) -> None:
    """Tell who had a request that a week of silence closed it, where that person is linked."""
    if call.owner is None or not call.is_taken:
        return
    at = await team(db, voice, now, [call.owner])
    text = alert_words.closed_by_silence(call.household, call.contact, call.request.id)
    await _tell(db, at, call.owner, voice.say(text, call.owner.language), call.request, now)


async def _tell(
    db: AsyncConnection,
    at: Team,
    member: StaffMember,
    body: str,
    request: HelpRequest,
    now: datetime,
    buttons: tuple[tuple[str, str], ...] = (),
) -> None:
    chats = at.reached(member, "telegram")
    told = [Notice(chat, body, Kind.NOTICE, buttons=buttons, request_id=request.id) for chat in chats]
    await notices.queue(db, told, now)


async def team(db: AsyncConnection, voice: Voice, now: datetime, members: Iterable[StaffMember] | None = None) -> Team:
    """The staff of a school, or these of them, and where each can be reached."""
    people = await staff.present(db, voice.school.id) if members is None else list(members)
    found = await staff.staff_contacts(db, voice.school, people, now)
    able = {id_: [contact for contact in contacts if may_be_told(contact)] for id_, contacts in found.items()}
    return Team(voice, people, able)


def _found(one: PassedOn, written: Iterable[HelpRequest]) -> HelpRequest | None:
    """The request as it was written; a new one is known by who made it and why."""
    mine = [request for request in written if request.contact_id == one.contact_id]
    if one.request_id:
        return next((request for request in mine if request.id == one.request_id), None)
    return max((r for r in mine if r.reason == one.reason), key=lambda request: request.id, default=None)


def _notices(at: Team, one: PassedOn, request: HelpRequest, family: Family, *, is_new: bool) -> Iterator[Notice]:
    contact = family.contacts[one.contact_id]
    number = _number(contact, family)
    urgent = _who_in_danger(at, request) if one.urgent else []
    claimed = any(member.id == request.owner_id for member in at.members)  # who left has nothing
    for member, kind in _recipients(at, one, request, urgent):
        language = _language(at.voice, contact) if contact.language != member.language else None
        lines = alert_words.notice(one, request, contact, language, number, is_new=is_new)
        buttons = _buttons(at.voice, request, member, claimed=claimed, asked=contact.household_id is not None)
        body = _said(at.voice, lines, member.language)
        instead = at.voice.say(alert_words.not_shown(request.id), member.language)
        answer = at.voice.say(alert_words.ANSWER, member.language)
        media = tuple(replace(m, instead=instead, tap=f"answer:{request.id}", label=answer) for m in one.media)
        for chat in at.reached(member, "telegram"):
            taps = buttons if one.news != "settled" else ()
            yield Notice(chat, body, kind, buttons=taps, request_id=request.id, media=media)
    if not (one.urgent and is_new):
        return
    if not urgent:
        log.error("nobody can be alerted of a danger", extra={"request": request.id, "contact": contact.id})
    for member in urgent:
        alert = alert_words.alert(family.school, one, number, request.id)
        for phone in at.reached(member, "sms"):
            yield Notice(phone, at.voice.say(alert, member.language), Kind.URGENT, request_id=request.id)


def _who_in_danger(at: Team, request: HelpRequest) -> list[StaffMember]:
    """Who is told at any hour: who has the request already, else the adults who are named for it."""
    owner = at.owner(request)
    return [owner] if owner else at.named()


def _recipients(
    at: Team, one: PassedOn, request: HelpRequest, urgent: Sequence[StaffMember]
) -> list[tuple[StaffMember, Kind]]:
    owner = at.owner(request)
    if one.news == "settled":
        return [(owner, Kind.NOTICE)] if owner else []
    told = [owner] if owner else at.linked()
    woken = [member for member in told if member in urgent]
    if urgent and not woken:  # an SMS may reach nobody, or the school sends none: somebody here hears of it by night
        woken = [member for member in told if member.role == "admin"] or told
    return [(member, Kind.URGENT if member in woken else Kind.NOTICE) for member in told]


def _buttons(
    voice: Voice, request: HelpRequest, member: StaffMember, *, claimed: bool, asked: bool
) -> tuple[tuple[str, str], ...]:
    """What this person can do with a tap; ``bot.desk`` reads it. A family is ``asked`` whether it is settled."""
    wanted: list[tuple[str, Text]] = []
    may_end = request.owner_id == member.id or staff.may(member, "settle")
    if not claimed and (request.is_thread or not may_end):
        wanted.append((f"claim:{request.id}", alert_words.claim()))
    if may_end and (end := alert_words.close(request, asked=asked)) is not None:
        wanted.append((f"close:{request.id}", end))
    return tuple((reply, voice.say(label, member.language)) for reply, label in wanted)


def _language(voice: Voice, contact: Contact) -> ByLanguage | None:
    """What the family writes in, as each reader calls it; None where nobody knows."""
    return None if contact.language is None else voice.catalogs.called(contact.language)


def _number(contact: Contact, family: Family) -> str:
    """Where the family can be called: the contact itself, else another adult at home; empty where there is no phone."""
    for one in (contact, *family.contacts.values()):
        if one.prefix in alert_words.CALLED and (one is contact or one.wrong_number_at is None):
            return alert_words.readable(one)
    return ""


def _said(voice: Voice, lines: Iterable[Text], language: str) -> str:
    return "\n".join(voice.say(line, language) for line in lines)
