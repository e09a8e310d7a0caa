"""How many people a household brings, whole or known in part."""

from __future__ import annotations

from dataclasses import dataclass

from flows.core.question import Json


@dataclass(frozen=True, slots=True)
class PartySize:
    """Adults, children and all together; None where it is not known. Made by ``PartySize.of``."""

    adults: int | None = None
    children: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, adults: int | None = None, children: int | None = None, total: int | None = None) -> PartySize | None:
        """The party with the third number found from any two; None where they contradict each other.

        At least one person comes, and nobody counts less than zero. One alone is an adult: who writes to us.
        """
        if adults is not None and children is not None:
            if total not in (None, adults + children):
                return None
            total = adults + children
        elif total is not None and adults is not None:
            children = total - adults
        elif total is not None and children is not None:
            adults = total - children
        elif total == 1:
            adults, children = 1, 0
        party = cls(adults, children, total)
        return None if total == 0 or any(count < 0 for count in party.known.values()) else party

    @property
    def known(self) -> dict[str, int]:
        """The numbers that are known, by their names."""
        counts = {"adults": self.adults, "children": self.children, "total": self.total}
        return {name: count for name, count in counts.items() if count is not None}

    @property
    def whole(self) -> bool:
        """True when adults and children are both known."""
        return self.adults is not None and self.children is not None

    def dump(self) -> Json:
        """This party as JSON."""
        return {"adults": self.adults, "children": self.children, "total": self.total}
