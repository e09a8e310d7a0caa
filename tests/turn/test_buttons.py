"""The same conversation on a channel with buttons: the same words, without how to type an answer."""

from dataclasses import replace

from bot import turn
from bot.family import Said
from flows.facts import Permission
from tests.home import ANA, DINNER, LUIS, STRANGER, Home

TAPS = replace(LUIS, id=31, address="telegram:7001", account="telegram:55")
MENU = ["Events", "Talk to a person", "Tell us how you were received"]


def tap(home: Home, contact, label: str, on: Said) -> list[str]:
    """Tap the button with this label under a message; what the contact hears."""
    (pressed,) = [reply for reply, words in on.buttons if words == label]
    inbound = replace(home.inbound(contact, pressed.partition("=")[2]), button=pressed)
    home.later(minutes=1)
    before = len(home.changes.said)
    home._keep(turn.take(home.family, contact.id, inbound, home.now, home.voice, on.conversation))
    return [said.body for said in home.changes.said[before:] if said.contact_id == contact.id]


def last(home: Home, contact) -> Said:
    return [said for said in home.changes.said if said.contact_id == contact.id][-1]


def test_where_there_are_buttons_nothing_is_said_of_typing():
    home = Home(contacts=(ANA, TAPS))
    home.texts("menu", ANA)
    home.texts("menu", TAPS)

    assert last(home, ANA).body == (
        "Lincoln School: ¿en qué le ayudamos? Elija: 1 Eventos, 2 Hablar con una persona, 3 Decir si le tratamos bien."
    )
    assert last(home, TAPS).body == "Lincoln School: how can we help?"
    assert [label for _reply, label in last(home, TAPS).buttons] == MENU


def test_a_question_without_buttons_reads_the_same_everywhere():
    home = Home(contacts=(ANA, TAPS))
    home.invite()
    tap(home, TAPS, "Yes", last(home, TAPS))

    assert last(home, TAPS).body == "How many adults will come?"


def test_a_whole_invitation_by_buttons():
    home = Home(contacts=(TAPS,))
    home.invite()
    tap(home, TAPS, "Yes", last(home, TAPS))
    home.texts("2", TAPS)
    home.texts("1", TAPS)
    tap(home, TAPS, "Yes", last(home, TAPS))
    assert last(home, TAPS).body.startswith("Any allergies or special food?")
    tap(home, TAPS, "No", last(home, TAPS))

    rsvp = home.family.rsvps[DINNER.id]
    assert (rsvp.coming, rsvp.adults, rsvp.children, rsvp.child_care, rsvp.food) == ("yes", 2, 1, True, "")


def test_beside_the_buttons_of_an_invitation_stands_that_a_number_is_an_answer_too():
    home = Home(contacts=(LUIS, TAPS))
    home.invite()

    assert last(home, LUIS).body.endswith("Will your family come? Reply NO, or how many. E.g.: 2 adults 3 children")
    assert last(home, TAPS).body.endswith("Will your family come? Tap a button, or write how many: 2 adults 3 children")


def test_a_button_of_a_question_that_was_answered_answers_no_other():
    home = Home(contacts=(TAPS,))
    home.invite()
    invitation = last(home, TAPS)
    home.texts("2 adults 1 child", TAPS)

    assert last(home, TAPS).body.startswith("Child care")
    assert tap(home, TAPS, "No", invitation) == ["That question is answered already. To change anything, just write."]
    assert home.family.rsvps[DINNER.id].coming == "yes"
    assert home.family.rsvps[DINNER.id].child_care is None


def test_the_buttons_of_the_menu_can_be_tapped_at_any_time():
    home = Home(contacts=(TAPS,))
    home.texts("menu", TAPS)
    menu = last(home, TAPS)
    home.texts("2", TAPS)
    home.texts("about the kindergarten", TAPS)
    home.later(days=3)

    assert tap(home, TAPS, "Events", menu)[0].startswith("Which event?")


def test_the_buttons_of_somebody_else_answer_nothing():
    home = Home(contacts=(ANA, TAPS))
    home.invite()

    assert tap(home, TAPS, "Sí", last(home, ANA)) == [
        "That question is answered already. To change anything, just write."
    ]
    assert DINNER.id not in home.family.rsvps


def test_what_is_not_understood_is_asked_again_with_its_buttons():
    home = Home(contacts=(TAPS,))
    home.texts("menu", TAPS)

    assert home.texts("purple elephants", TAPS) == ["Please tap one of these buttons, or say it in other words."]
    assert [label for _reply, label in last(home, TAPS).buttons] == MENU


def test_the_language_is_chosen_by_buttons():
    stranger = replace(STRANGER, address="telegram:7002", account="telegram:55", language=None)
    home = Home(contacts=(stranger,))
    home.texts("🙂", stranger)

    assert last(home, stranger).body == (
        "Lincoln School: Thank you for writing! Choose your language: ¡Gracias por escribir! Elija su idioma:"
    )
    assert [label for _reply, label in last(home, stranger).buttons] == ["English", "Español"]


def test_the_first_greeting_has_a_button_for_each_other_language_and_says_nothing_of_typing_it():
    stranger = replace(STRANGER, address="telegram:7002", account="telegram:55", language=None)
    home = Home(contacts=(stranger,))
    home.texts("Hola", stranger)
    greeting = last(home, stranger)

    assert greeting.body == "Lincoln School: ¡gracias por escribir!"
    assert [label for _reply, label in greeting.buttons] == [
        "Eventos",
        "Hablar con una persona",
        "Decir si le tratamos bien",
        "English",
    ]

    assert tap(home, stranger, "English", greeting) == ["Lincoln School: thank you for writing!"]
    assert [label for _reply, label in last(home, stranger).buttons] == [*MENU, "Español"]
    assert home.family.contacts[stranger.id].language_chosen


def test_the_button_of_a_language_works_long_after_whatever_is_asked_now():
    home = Home(contacts=(replace(TAPS, introduced_at=None),))
    home.texts("Hello", TAPS)
    greeting = last(home, TAPS)
    home.later(days=3)
    home.invite()

    assert "¿Viene su familia?" in tap(home, TAPS, "Español", greeting)[0]


def test_permission_in_an_app_says_nothing_of_what_a_phone_company_takes():
    home = Home(contacts=(replace(TAPS, permission=Permission.UNKNOWN),))
    home._keep(turn.begin(home.family, TAPS.id, "consent", 0, home.now, home.voice))
    asked = last(home, TAPS)

    assert asked.body == (
        "May Lincoln School write to you here about events, about 4 messages a month? STOP to stop, HELP for help."
    )
    assert tap(home, TAPS, "Yes", asked) == [
        "Thank you! Lincoln School will write to you here about events, about 4 messages a month. "
        "Reply HELP for help, STOP to stop."
    ]
    assert home.changes.consents[-1].shown == asked.body, "the words are kept as they were shown"
