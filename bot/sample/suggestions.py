"""What a parent might text next, to be tapped: as families write, without accents and with a thank you."""

from __future__ import annotations

from collections.abc import Mapping

from bot.records import Conversation, Rsvp, Stage
from flows.core.replay import Memory
from flows.facts import Contact, Event

STRANGER = ("Hola", "Hello", "quiero hablar con alguien")
SPANISH: Mapping[str, tuple[str, ...]] = {
    "stopped": ("ALTA", "quiero hablar con una persona"),
    "not invited": ("hola", "quiero hablar con una persona", "ALTO"),
    "invited": ("si vamos 2 grandes y 3 niños", "tal vez", "no podemos"),
    "party": ("2 adultos y 1 niño", "2", "ninguno"),
    "child-care": ("sí por favor 🙏", "no gracias", "in English please"),
    "food": ("la niña no come cacahuate", "no", "in English please"),
    "coming": ("al final somos 5", "ya no podemos ir", "quiero hablar con una persona"),
    "not coming": ("al final si vamos 2", "quiero hablar con una persona", "in English please"),
}
ENGLISH: Mapping[str, tuple[str, ...]] = {
    "stopped": ("START", "I want to talk to a person"),
    "not invited": ("hi", "I want to talk to a person", "STOP"),
    "invited": ("yes, 2 adults and 3 kids", "maybe", "sorry, no"),
    "party": ("2 adults and 1 child", "2", "none"),
    "child-care": ("yes please 🙏", "no thanks", "en español por favor"),
    "food": ("no peanuts for Ana please", "no", "en español por favor"),
    "coming": ("actually 4 adults", "we can't come", "I want to talk to a person"),
    "not coming": ("actually 2 adults", "I want to talk to a person", "en español por favor"),
}


def suggestions(
    contact: Contact | None, event: Event | None, talk: Conversation | None, answer: Rsvp | None
) -> tuple[str, ...]:
    """A few texts in the language of a contact.

    ``event`` is the one that its household is invited to, ``talk`` the contact's conversation about it, ``answer``
    what the household said so far.
    """
    if contact is None or contact.language is None:
        return STRANGER
    texts = SPANISH if contact.language == "es" else ENGLISH
    if contact.stopped_at is not None:
        return texts["stopped"]
    if event is None:
        return texts["not invited"]
    return texts[_open_question(event, talk, answer) or _standing(answer)]


def _open_question(event: Event, talk: Conversation | None, answer: Rsvp | None) -> str | None:
    if talk is None or talk.stage is not Stage.OPEN:
        return None
    answered = Memory.load(talk.record).answers
    if "coming" not in answered:
        return None
    if answer is None or answer.coming != "yes":
        return "party"
    asks = [("child-care", event.child_care and bool(answer.children)), ("food", event.food)]
    return next((key for key, asked in asks if asked and key not in answered), None)


def _standing(answer: Rsvp | None) -> str:
    if answer is None:
        return "invited"
    return "coming" if answer.coming == "yes" else "not coming"
