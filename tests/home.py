"""One invented school and household in memory, and a phone to text from: turns without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

from bot import turn
from bot.family import Changes, Family, Key, Said
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from bot.messages import Inbound, Media, OptOut
from bot.turn import router, routes
from bot.turn.situation import Situation
from bot.turn.turn import Turn
from flows.core.text import ByLanguage
from flows.facts import Contact, Event, Household, Permission, School

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
SCHOOL = School(1, "Lincoln School", CHICAGO, ("en", "es"))
DINNER = Event(
    id=10,
    school_id=1,
    starts=datetime(2027, 3, 12, 18, 0, tzinfo=CHICAGO),
    ends=datetime(2027, 3, 12, 20, 0, tzinfo=CHICAGO),
    title=ByLanguage(en="Family dinner", es="Cena de familias"),
    place=ByLanguage(en="gym", es="gimnasio"),
    child_care=True,
    food=True,
)
WORKSHOP = replace(
    DINNER,
    id=11,
    starts=DINNER.starts + timedelta(days=3),
    ends=DINNER.ends + timedelta(days=3),
    title=ByLanguage(en="Reading workshop", es="Taller de lectura"),
    child_care=False,
    food=False,
)
ANA = Contact(
    21,
    1,
    20,
    "sms:+15125550101",
    account="sms:+15125550199",
    name="Ana",
    language="es",
    language_chosen=True,
    permission=Permission.GIVEN,
    introduced_at=NOW,
)
LUIS = replace(ANA, id=22, address="sms:+15125550102", name="Luis", language="en")
STRANGER = Contact(23, 1, 24, "sms:+15125550103", account="sms:+15125550199")
ACCOUNT = "sms:+15125550199"


@cache
def catalogs() -> Catalogs:
    """The real catalogs, read once."""
    return Catalogs.load(("en", "es"))


@dataclass
class Home:
    """A household of one school, as a batch would know it, and a clock that the test moves."""

    contacts: tuple[Contact, ...] = (ANA, LUIS)
    events: tuple[Event, ...] = (DINNER, WORKSHOP)
    now: datetime = NOW
    family: Family = field(init=False)
    changes: Changes = field(default_factory=Changes)
    ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def __post_init__(self) -> None:
        household = Household(self.contacts[0].household_id or 0, 1, "Rojas" if self.contacts[0].name else None)
        self.family = Family(
            SCHOOL,
            household,
            {contact.id: contact for contact in self.contacts},
            events={event.id: event for event in self.events},
        )

    @property
    def voice(self) -> Voice:
        """How the school speaks."""
        return Voice(catalogs(), SCHOOL)

    def later(self, **time: float) -> None:
        """Move the clock: ``later(hours=2)``."""
        self.now += timedelta(**time)

    def invite(self, event: Event = DINNER) -> list[str]:
        """Invite everyone to an event; what they hear, by contact."""
        heard = []
        for contact in self.contacts:
            begun = turn.begin(self.family, contact.id, "rsvp", event.id, self.now, self.voice)
            heard += self._keep(begun)
        return [said.body for said in heard]

    def inbound(
        self, contact: Contact, text: str, *, media: bool = False, opt_out: OptOut | None = None, answered: bool = False
    ) -> Inbound:
        """A text as the channel would bring it."""
        photo = (Media("https://example.org/1", "image/jpeg"),) if media else ()
        return Inbound("phone", ACCOUNT, contact.address, f"t{self.ids()}", text, self.now, photo, opt_out, answered)

    def route(
        self, text: str, contact: Contact = ANA, *, quoted: Key | None = None, **how: bool | OptOut
    ) -> routes.Route:
        """What the router says of a text, with nothing carried out."""
        begun = Turn(self.family, contact.id, self.now, self.voice)
        inbound = self.inbound(contact, text, **how)  # type: ignore[arg-type]  # passed on by name
        return router.route(Situation(begun.family, contact.id, inbound, self.now, self.voice, begun.start, quoted))

    def texts(self, text: str, contact: Contact = ANA, *, quoted: Key | None = None, **how: bool | OptOut) -> list[str]:
        """Send a text and take its turn, a moment later; what the contact hears."""
        self.later(minutes=1)
        inbound = self.inbound(contact, text, **how)  # type: ignore[arg-type]  # passed on by name
        taken = turn.take(self.family, contact.id, inbound, self.now, self.voice, quoted)
        return [said.body for said in self._keep(taken) if said.contact_id == contact.id]

    def wakes(self, contact: Contact, flow: str, subject: int, key: str) -> list[str]:
        """A timer's time came; what the contact hears."""
        return [
            said.body
            for said in self._keep(turn.wake(self.family, (contact.id, flow, subject), key, self.now, self.voice))
        ]

    def _keep(self, taken: Turn) -> list[Said]:
        changes = taken.finish()
        self.family = taken.family
        self.changes.add(changes)
        return changes.said

    def heard_by(self, contact: Contact) -> list[str]:
        """All that a contact heard so far."""
        return [said.body for said in self.changes.said if said.contact_id == contact.id]
