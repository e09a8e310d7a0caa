"""What an import would change, decided without touching anything: ``decide`` is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot import phones
from bot.families.cells import TAKES_NONE, language_name
from bot.families.homes import Homes, Known, same, settle
from bot.families.sheet import Remark, Row, Sheet
from bot.spreadsheets import cleaned
from flows.facts import Contact, Household, Permission, School

GIVEN = Permission.GIVEN
SAID = {Permission.UNKNOWN: None, Permission.GIVEN: "yes", Permission.REFUSED: "no"}
LEFT = "left as they asked"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that gets another value; ``old`` is None where there was none."""

    column: str
    old: str | None = field(repr=False)
    new: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the sheet, as the school has them (None: not yet) and as it will."""

    line: int
    before: Contact | None
    after: Contact
    changes: tuple[Change, ...]
    """What is different; for somebody new, everything that is known of them."""
    row: Row
    chat: Contact | None = None
    """The chat of the same person as it will be, where it changes with them; it has the permission of both."""

    @property
    def moves(self) -> bool:
        """Whether this person leaves one household for another."""
        return bool(self.before and self.before.household_id and self.before.household_id != self.after.household_id)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each there are; those who move are among the changed."""

    new_households: int
    renamed_households: int
    new_contacts: int
    changed_contacts: int
    moved_contacts: int
    unchanged_contacts: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A preview. With a problem in it nothing is imported; notes only tell. Both are ordered by line."""

    people: tuple[Person, ...] = ()
    new_households: tuple[Household, ...] = ()
    """They have negative ids until they are made."""
    renamed_households: tuple[tuple[Household, Household], ...] = ()
    """Each as it is and as it will be."""
    problems: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()

    @property
    def counts(self) -> Counts:
        """The whole in numbers."""
        known = [person for person in self.people if person.before]
        changed = sum(bool(person.changes) for person in known)
        return Counts(
            new_households=len(self.new_households),
            renamed_households=len(self.renamed_households),
            new_contacts=len(self.people) - len(known),
            changed_contacts=changed,
            moved_contacts=sum(person.moves for person in known),
            unchanged_contacts=len(known) - changed,
        )

    @property
    def changes_anything(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.new_households or self.renamed_households or any(p.changes for p in self.people))


def decide(school: School, sheet: Sheet, known: Known, now: datetime) -> Plan:
    """What this sheet would change at this school, for what is known of it at this moment."""
    return _Deciding(school, known, now).decide(sheet)


class _Deciding:
    def __init__(self, school: School, known: Known, now: datetime) -> None:
        self._school = school
        self._known = known
        self._now = now
        self._names = {home.id: home.name for home in known.households}
        self._problems: list[Remark] = []
        self._notes: list[Remark] = []
        self._addresses: set[str] = set()

    def decide(self, sheet: Sheet) -> Plan:
        rows = [row for row in self._once(sheet.rows) if self._is_theirs(row) and self._is_offered(row)]
        self._addresses = {row.address for row in rows}
        homes = settle(self._school.id, rows, self._known)
        return Plan(
            people=tuple(self._person(row, homes) for row in rows),
            new_households=tuple(homes.new),
            renamed_households=tuple(
                (replace(home, name=self._names.get(id_)), home) for id_, home in homes.renamed.items()
            ),
            problems=tuple(sorted([*sheet.problems, *self._problems, *homes.problems], key=_line)),
            notes=tuple(sorted([*sheet.notes, *self._notes, *homes.notes], key=_line)),
        )

    def _once(self, rows: Iterable[Row]) -> Iterable[Row]:
        """Each address once; two lines that say different things of it are a problem."""
        found: dict[str, Row] = {}
        for row in rows:
            first = found.setdefault(row.address, row)
            if first is row:
                continue
            if different := [*_differences(first, row)]:
                sentence = f"Lines {first.line} and {row.line} have the same phone, but not the same"
                self._problems.append(Remark(row.line, "phone", f"{sentence} {' and '.join(different)}."))
            else:
                found[row.address] = _merged(first, row)
                self._note(row, "phone", f"This is the person of line {first.line} again, taken once.")
        return found.values()

    def _is_theirs(self, row: Row) -> bool:
        contact = self._known.contacts.get(row.address)
        if contact is None or contact.wrong_number_at is None:
            return True
        self._note(row, "phone", "This is a wrong number, as its owner told us; left out. Ask for the new one.")
        return False

    def _is_offered(self, row: Row) -> bool:
        contact = self._known.contacts.get(row.address)
        if row.language in {None, contact and contact.language, *self._school.languages}:
            return True
        offered = " and ".join(map(language_name, self._school.languages))
        sentence = f"{language_name(row.language or '')} is not offered yet; this school writes in {offered}."
        self._problems.append(Remark(row.line, "language", sentence))
        return False

    def _person(self, row: Row, homes: Homes) -> Person:
        before = self._known.contacts.get(row.address)
        contact = before or Contact(0, self._school.id, None, row.address)
        if contact.id in self._known.dead and (row.stopped or not row.takes_none):
            # Staff say that it is the number: it is tried again, or the family wants no messages, which is its own.
            contact = replace(contact, stopped_at=None)
        home = homes.of.get(row.line)
        language, chosen = self._language(row, contact)
        chat = self._known.chats.get(contact.id)
        permission = self._permission(row, chat or contact)
        after = replace(
            contact,
            household_id=home.id if home else contact.household_id,
            name=row.name if row.name and row.name != cleaned(contact.name or "") else contact.name,
            role=row.role or contact.role,
            language=language,
            language_chosen=chosen,
            permission=contact.permission if chat else permission,
            stopped_at=self._now if row.stopped and not contact.stopped_at else contact.stopped_at,
        )
        moved = chat and self._moved(chat, permission, after.household_id)
        changes = [*self._changes(row, before, after, home), *self._permission_changes(chat, moved)]
        return Person(row.line, before, after, tuple(changes), row, moved)

    def _moved(self, chat: Contact, permission: Permission, household_id: int | None) -> Contact | None:
        """The chat of a person of the sheet, where it changes; one with a line of its own changes by that alone."""
        after = replace(chat, permission=permission, household_id=household_id)
        return None if chat.address in self._addresses or after == chat else after

    def _permission_changes(self, chat: Contact | None, moved: Contact | None) -> Iterator[Change]:
        if chat and moved and chat.permission is not moved.permission:
            yield Change("permission", SAID[chat.permission], SAID[moved.permission])

    def _language(self, row: Row, contact: Contact) -> tuple[str | None, bool]:
        if row.language is None or row.language == contact.language:
            return contact.language, contact.language_chosen
        if contact.language and contact.language_chosen and contact.last_inbound_at:
            self._note(row, "language", f"They write to us in {language_name(contact.language)}; {LEFT}.")
            return contact.language, True
        return row.language, True

    def _permission(self, row: Row, contact: Contact) -> Permission:
        if contact.stopped_at and not row.stopped and (row.stopped is False or row.permission is GIVEN):
            self._note(row, "permission", f"This person has stopped all messages; {LEFT}.")
        elif contact.permission is Permission.REFUSED and row.permission is GIVEN:
            self._note(row, "permission", f"This person said no to event news; {LEFT}.")
        left = row.permission is GIVEN and (contact.stopped_at or contact.permission is Permission.REFUSED)
        return contact.permission if left or row.permission is None else row.permission

    def _changes(self, row: Row, before: Contact | None, after: Contact, home: Household | None) -> Iterator[Change]:
        lived_in = before.household_id if before else None
        if home and home.id != lived_in:
            yield Change("household", self._names.get(lived_in or 0), home.name)
        old = _shown(before, self._known.dead)
        new = _shown(after, () if row.stopped else self._known.dead)
        for column, value in new.items():
            if value != old.get(column):
                yield Change(column, old.get(column), value)

    def _note(self, row: Row, column: str, sentence: str) -> None:
        self._notes.append(Remark(row.line, column, sentence))


def _line(remark: Remark) -> int:
    return remark.line


def stopped_cell(contact: Contact, dead: Collection[int]) -> str | None:
    """What a sheet says of who gets no texts; ``dead`` are the ids of contacts of whom it is the number."""
    if contact.stopped_at is None:
        return None
    return TAKES_NONE if contact.id in dead else "yes"


def _shown(contact: Contact | None, dead: Collection[int]) -> dict[str, str | None]:
    """A contact's fields as they stand in a sheet, but for the household."""
    if contact is None:
        return {}
    return {
        "name": contact.name,
        "phone": phones.written(contact.address) or contact.address,
        "language": contact.language,
        "role": contact.role,
        "permission": SAID[contact.permission],
        "stopped": stopped_cell(contact, dead),
    }


def _differences(first: Row, second: Row) -> Iterator[str]:
    """The columns in which two lines contradict each other; a blank cell contradicts nothing."""
    if first.household and second.household and same(first.household) != same(second.household):
        yield "household"
    if first.name and second.name and same(first.name) != same(second.name):
        yield "name"
    for column in ("language", "role", "permission", "stopped"):
        if len({getattr(first, column), getattr(second, column)} - {None}) > 1:
            yield column


def _merged(first: Row, second: Row) -> Row:
    """Two lines about one person, put together."""
    how = second if first.permission is None else first
    return replace(
        first,
        household=first.household or second.household,
        name=first.name or second.name,
        language=first.language or second.language,
        role=first.role or second.role,
        permission=how.permission,
        permission_words=how.permission_words,
        stopped=second.stopped if first.stopped is None else first.stopped,
        takes_none=first.takes_none or second.takes_none,
    )
