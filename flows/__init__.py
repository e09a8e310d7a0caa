"""The conversations, one a file. A new flow is its file and its line here."""

from datetime import timedelta

from flows.consent import consent
from flows.core import _
from flows.core.flow import Flow
from flows.events import events
from flows.first_contact import first_contact
from flows.help import help as help_
from flows.media import media
from flows.menu import menu
from flows.pulse import call, pulse
from flows.rsvp import rsvp
from flows.settled import settled
from flows.which import which

FLOWS = {
    flow.name: flow
    for flow in (
        Flow("first_contact", first_contact, passing=True, lasting=True),
        Flow("menu", menu, passing=True, lasting=True),
        Flow("events", events, label=_("Events"), on_menu=True, passing=True),
        Flow("rsvp", rsvp, about="event"),
        Flow("help", help_, label=_("Talk to a person"), on_menu=True),
        Flow("media", media, passing=True, lasts=timedelta(days=1)),
        Flow("pulse", pulse, about="pulse", label=_("Tell us how you were received"), on_menu=True),
        Flow("call", call),
        Flow("settled", settled, about="request", label=_("Your question to a person")),
        Flow("consent", consent, label=_("Event news")),
        Flow("which", which, passing=True),
    )
}
