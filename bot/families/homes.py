"""Which household each person of a sheet belongs to.

People of one household stand under one name in the sheet, and a name that the school knows already is that
household. A person whose household bears the name already stays in it, so that two families García are kept
apart. Where the school does not know a name, and those under it are all that live in some household, that
household is renamed, and keeps its answers; else a new one is made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.families.sheet import Remark, Row
from bot.spreadsheets import cleaned
from flows.facts import Contact, Household

Key: TypeAlias = str | int
"""A household of the sheet: its name as it is compared, or the line of a person who stands alone."""

CROWD = 6
"""More people than this under one name are hardly one household."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the school knows already: contacts by address, its named households, how many people live in each.

    ``dead`` are the ids of contacts whose number takes no texts, as their carrier said. ``chats`` are by the id of a
    phone the chat of the same person, who has moved there with the permission and counts once among the residents.
    """

    contacts: Mapping[str, Contact] = field(repr=False)
    households: Sequence[Household] = field(repr=False)
    residents: Mapping[int, int]
    dead: Collection[int] = frozenset()
    chats: Mapping[int, Contact] = field(default_factory=dict, repr=False)

    @property
    def moved_to(self) -> set[int]:
        """The ids of the chats that are a phone's person as well."""
        return {chat.id for chat in self.chats.values()}


@dataclass(slots=True)
class Homes:
    """Where people go: ``of`` by the line of each who is not left where they are.

    New households have negative ids. ``renamed`` holds the new names, by id.
    """

    of: dict[int, Household] = field(default_factory=dict)
    new: list[Household] = field(default_factory=list)
    renamed: dict[int, Household] = field(default_factory=dict)
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


def same(name: str) -> str:
    """A household's name as it is compared: capitals and spaces do not count, accents do."""
    return " ".join(cleaned(name).split()).casefold()


def settle(school_id: int, rows: Iterable[Row], known: Known) -> Homes:
    """Find, rename or make the household of every person whose line names one, or who is new."""
    return _Settling(school_id, known).settle(rows)


class _Settling:
    def __init__(self, school_id: int, known: Known) -> None:
        self._school_id = school_id
        self._known = known
        self._names = {home.id: home.name for home in known.households if home.name}
        self._ids: defaultdict[Key, list[int]] = defaultdict(list)
        for id_, name in self._names.items():
            self._ids[same(name)].append(id_)
        self._homes = Homes()

    def settle(self, rows: Iterable[Row]) -> Homes:
        groups: defaultdict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            if key := self._key(row):
                groups[key].append(row)
        for key, group in groups.items():
            self._place(key, group, self._find(key, group), groups.keys())
        return self._homes

    def _key(self, row: Row) -> Key | None:
        if row.household:
            return same(row.household)
        if row.address in self._known.contacts:
            return None
        if row.name is None:
            self._refuse(row, "Whose phone is this? Write a household or a name.")
            return None
        return row.line

    def _find(self, key: Key, group: Sequence[Row]) -> list[int]:
        """The households that bear the name; of several the one in which people of these lines live."""
        found = self._ids.get(key, [])
        lived_in = {self._home_of(row) for row in group}
        theirs = [id_ for id_ in found if id_ in lived_in]
        return theirs if len(theirs) == 1 else found

    def _place(self, key: Key, group: Sequence[Row], found: Sequence[int], keys: Iterable[Key]) -> None:
        coming = [row for row in group if self._home_of(row) not in found]
        if len(found) > 1:
            for row in coming:
                self._refuse(row, "Several households have this name; give each a name of its own first.")
            return
        home = self._known_home(found[0], group) if found else self._home_without_name(group, keys)
        self._homes.of.update({row.line: home for row in coming})
        if len(group) > CROWD:
            sentence = f"{len(group)} people share this household. Where they are several, name each differently."
            self._homes.notes.append(Remark(group[0].line, "household", sentence))

    def _known_home(self, id_: int, group: Sequence[Row]) -> Household:
        """A household by its id; its name is spelled as these lines of people who live in it agree to."""
        home = Household(id_, self._school_id, self._names[id_])
        spellings = {row.household for row in group}
        if len(spellings) > 1 or spellings == {cleaned(self._names[id_])}:
            return home
        if all(self._home_of(row) != id_ for row in group):
            return home
        return self._rename(id_, group[0].household)

    def _home_without_name(self, group: Sequence[Row], keys: Iterable[Key]) -> Household:
        """A household that is only theirs, under its new name, else a new one."""
        living = Counter(filter(None, (self._home_of(row) for row in group if not self._is_second(row))))
        theirs = [id_ for id_, count in living.items() if count == self._known.residents.get(id_)]
        free = [id_ for id_ in theirs if same(self._names.get(id_, "")) not in keys]
        name = group[0].household or group[0].name
        if free:
            return self._rename(min(free), name)
        self._homes.new.append(Household(-1 - len(self._homes.new), self._school_id, name))
        return self._homes.new[-1]

    def _rename(self, id_: int, name: str | None) -> Household:
        self._homes.renamed[id_] = Household(id_, self._school_id, name)
        return self._homes.renamed[id_]

    def _home_of(self, row: Row) -> int | None:
        contact = self._known.contacts.get(row.address)
        return contact.household_id if contact else None

    def _is_second(self, row: Row) -> bool:
        """Whether a line is the chat of a person who counts by the phone."""
        contact = self._known.contacts.get(row.address)
        return contact is not None and contact.id in self._known.moved_to

    def _refuse(self, row: Row, sentence: str) -> None:
        self._homes.problems.append(Remark(row.line, "household", sentence))
