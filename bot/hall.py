"""The places of one event: who has them, who waits for them, how many are left for whom. Pure counting."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from bot.records import Rsvp
from flows.facts import Room

ENOUGH = 1_000_000
"""How many places an event has that is not limited (any more)."""


@dataclass(slots=True)
class Hall:
    """The places of an event while its row is held. All families of a batch share it, and see each other's answers.

    ``taken`` are the places of all who come. ``rows`` are, by household, all that wait and those of the families at
    hand. The line is strict but not stubborn: the first whose party fits is next; one that is too large for what is
    free keeps its turn, and holds up nobody behind it.
    """

    event_id: int
    places: int
    taken: int = 0
    rows: dict[int, Rsvp] = field(default_factory=dict)
    free_at_first: int = 0
    changed: bool = False

    @classmethod
    def of(cls, event_id: int, places: int, taken: int, rows: dict[int, Rsvp]) -> Hall:
        """The places of an event as they are before anybody answers."""
        hall = cls(event_id, places, taken, rows)
        hall.free_at_first = hall.free
        return hall

    @property
    def free(self) -> int:
        """Places that are neither taken nor kept for anybody; less than none where staff took some away."""
        return self.places - self.taken - sum(rsvp.lacks for rsvp in self.rows.values() if rsvp.is_offered)

    def keep(self, rsvp: Rsvp) -> None:
        """A household answered: from now on this counts."""
        before = self.rows.get(rsvp.household_id)
        self.taken += rsvp.holds - (before.holds if before else 0)
        self.rows[rsvp.household_id] = rsvp
        self.changed = True

    def line(self) -> list[Rsvp]:
        """The households on the waiting list that are offered nothing at the moment, the first one first."""
        waiting = (rsvp for rsvp in self.rows.values() if rsvp.waiting_since is not None and not rsvp.is_offered)
        return sorted(waiting, key=lambda rsvp: (rsvp.waiting_since, rsvp.household_id))

    def next_in_line(self, *, freed: bool, but: Collection[int] = ()) -> list[Rsvp]:
        """The households to offer the free places to, ``but`` these.

        Those who let an offer pass are among them only where places were ``freed``: the same ones are not offered to
        them again and again.
        """
        found, left = [], self.free
        for rsvp in self.line():
            passed_over = rsvp.household_id in but or (rsvp.ran_out and not freed)
            if 0 < rsvp.lacks <= left and not passed_over:
                left -= rsvp.lacks
                found.append(rsvp)
        return found

    def needed(self) -> list[Rsvp]:
        """The offers whose places somebody in the line is waiting for, those that end first.

        A household that let an offer pass waits for what is freed, and takes nothing from others.
        """
        left, found = self.free, list[Rsvp]()
        others = [rsvp for rsvp in self.rows.values() if rsvp.is_offered]
        others.sort(key=lambda rsvp: (rsvp.offered_until, rsvp.waiting_since, rsvp.household_id), reverse=True)
        for waiting in self.line():
            fits = 0 < waiting.lacks <= left + sum(rsvp.lacks for rsvp in others)
            if waiting.ran_out or not fits:
                continue
            while left < waiting.lacks:
                found.append(others.pop())
                left += found[-1].lacks
            left -= waiting.lacks
        return found

    @property
    def was_freed(self) -> bool:
        """Whether more is free than when the counting began."""
        return self.free > self.free_at_first

    def room_for(self, household_id: int) -> Room:
        """Where a household stands. What is free for it is what those before it in the line leave."""
        mine, left = self.rows.get(household_id), self._left_for(household_id)
        if mine is None:
            return Room(left)
        comes = mine.coming == "yes"
        return Room(
            free=mine.holds + (mine.lacks if mine.is_offered else 0) + left,
            adults=(mine.adults or 0) if comes else 0,
            children=(mine.children or 0) if comes else 0,
            asks_for=mine.asks_for,
            listed=mine.waiting_since is not None,
            since=mine.waiting_since,
            kept_until=mine.offered_until if mine.is_offered else None,
            passed_at=mine.waiting_since if mine.ran_out else None,
        )

    def _left_for(self, household_id: int) -> int:
        left = self.free
        for rsvp in self.line():
            if rsvp.ran_out:
                continue
            if rsvp.household_id == household_id:
                break
            left -= rsvp.lacks if rsvp.lacks <= left else 0
        return max(left, 0)
