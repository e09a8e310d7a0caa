"""Which conversation a text belongs to.

The router stands before every flow and is the same for all channels. It asks the steps below in their order; the
first one that knows what the text is decides. No flow can switch off danger, STOP, START, HELP or the language.
The router only looks: what it decides is carried out in ``bot.turn``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.messages import OptOut
from bot.turn.routes import (
    Answer,
    AskAgain,
    AskEarly,
    Begin,
    Change,
    Correction,
    ForStaff,
    Help,
    LeaveNews,
    Nothing,
    NotThem,
    NotUnderstood,
    OldButton,
    Reopen,
    Restart,
    Route,
    Speak,
    Stop,
    Thread,
    Which,
)
from bot.turn.situation import A_WORD_OR_TWO, Situation
from flows import FLOWS
from flows.core.listen import Corrected, Understood
from flows.core.question import Unsure
from flows.core.words import words

JUST_NOW = timedelta(minutes=10)
"""How long a question stays the thing that a text most likely answers."""

A_DAY = timedelta(days=1)
TWO_WEEKS = timedelta(days=14)

# Translators: what a family texts to get no more messages, as a whole message. Never a word that also means "no".
STOP = words("stop")
# Translators: what a family texts to get messages again, as a whole message.
START = words("start")
# Translators: what a family texts to get no more event news, but urgent messages still. Several words count anywhere.
NO_NEWS = words("no event news")
# Translators: what a family texts to learn who writes and how to stop, as a whole message.
HELP = words("help command")
# Translators: what a family texts to see what the school can do for it, as a whole message.
MENU = words("menu")
# Translators: what a family texts to learn which events are coming up, as a whole message.
EVENTS = words("events command")
# Translators: what a family texts to change an answer, as a whole message.
CHANGE = words("change")
# Translators: what a family texts to talk to a person. One word counts as a whole message, several words anywhere.
PERSON = words("person")
# Translators: how somebody begins to ask for a person, "I want to", "could I": beside it they say no more than that.
WISHES = words("wishes")
# Translators: what a family texts to be called after it told how it was received, as a whole message: "CALL".
CALL = words("call me")
# Translators: what somebody texts who is not the family. Several words count anywhere.
WRONG_NUMBER = words("wrong number")
# Translators: how a family asks for your language: its name in your language and in English, "in … please".
THIS_LANGUAGE = words("this language")

DANGER = {
    # Translators: direct words of wanting to hurt or kill oneself; found anywhere in a text.
    "self-harm": words("danger self-harm"),
    # Translators: direct words of being beaten or abused at home; found anywhere in a text.
    "abuse": words("danger abuse"),
    # Translators: direct threats to hurt or kill somebody; found anywhere in a text.
    "violence": words("danger violence"),
    # Translators: a gun, knife or bomb at school; found anywhere in a text.
    "weapon": words("danger weapon"),
    # Translators: somebody needs a doctor now; found anywhere in a text.
    "medical": words("danger medical"),
}


def danger(at: Situation) -> str | None:
    """The kind of danger that the text speaks of; looked at first, and it stops no other step."""
    heard = {span.key for span in at.reply.find(*DANGER.values())}
    return next((kind for kind, phrases in DANGER.items() if phrases.key in heard), None)


def route(at: Situation) -> Route:
    """What to do with the text; always something."""
    for step in STEPS:
        decided = step(at)
        if decided is not None:
            return decided
    return Begin("menu")


def stop(at: Situation) -> Route | None:
    """STOP in any language of the school, or as the carrier marked it."""
    if at.inbound.opt_out is OptOut.STOP or at.is_whole(STOP):
        return Stop()
    return None


def start(at: Situation) -> Route | None:
    """START; also YES, where the carrier took it for one after a stop. A YES to a question is not one."""
    marked = at.inbound.opt_out is OptOut.START and at.contact.stopped_at is not None
    return Restart() if marked or at.is_whole(START) else None


def leave_news(at: Situation) -> Route | None:
    """ "Only urgent messages": event news ends, and a closed school is still told.

    To the question how it was received, "no more events so late" is a family's answer, which is kept without its name.
    """
    asked = any(key[1] == "pulse" and at.was_said(key) for key in at.open_keys())
    return LeaveNews() if at.is_whole(NO_NEWS) or (not asked and at.is_almost_only(NO_NEWS)) else None


def help_(at: Situation) -> Route | None:
    """HELP: who writes, how often, what it may cost, how to stop."""
    if at.inbound.opt_out is OptOut.HELP or at.is_whole(HELP):
        return Help()
    return None


def language(at: Situation) -> Route | None:
    """A clear wish for one of the school's languages, as the whole message."""
    for code in at.family.school.languages if at.reply.find(THIS_LANGUAGE) else ():
        if at.is_whole(THIS_LANGUAGE, only_in=code):
            return Speak(code)
    return None


def no_words(at: Situation) -> Route | None:
    """A photo, a sticker, nothing at all: kept, and no conversation is moved."""
    return Nothing() if at.reply.empty else None


def wrong_number(at: Situation) -> Route | None:
    """ "Wrong number" as the whole message, or almost; "I put the wrong number, we are 5" is none."""
    return NotThem() if at.is_whole(WRONG_NUMBER) or at.is_almost_only(WRONG_NUMBER) else None


def edited(at: Situation) -> Route | None:
    """A text that was changed after it was sent: it corrects what it had answered.

    It is read anew where it was not understood. It never answers the question that was asked because of it.
    """
    if not at.inbound.edited:
        return None
    decided = commands(at) or correction(at)
    if isinstance(decided, Correction) and decided.corrected.before == decided.corrected.now is not None:
        return Nothing()
    if decided is None and at.was_misunderstood():
        return None
    return decided or thread(at) or for_staff(at) or Nothing()


def button(at: Situation) -> Route | None:
    """A tap on a button answers the question that it stands under, and no other."""
    if at.inbound.button is None or at.quoted is None:
        return None
    heard = at.tap()
    return OldButton() if heard is None else Answer(at.quoted, heard)


def which(at: Situation) -> Route | None:
    """The answer to "which one do you mean?", asked a moment ago."""
    key = (at.contact.id, "which", 0)
    if key not in at.open_keys():
        return None
    heard = at.hear(key)
    return Answer(key, heard) if isinstance(heard, Understood) else None


def commands(at: Situation) -> Route | None:
    """The menu, a change, a person: as whole messages, a person also inside a sentence."""
    if at.is_whole(MENU):
        return Begin("menu")
    if at.is_whole(EVENTS):
        return Begin("events")
    if at.is_whole(CHANGE):
        return Change()
    if at.is_whole(CALL) and at.was_in("pulse", TWO_WEEKS) and not at.newest_is_staff(JUST_NOW):
        return Begin("call")
    if at.is_whole(PERSON, WISHES) or (at.is_whole(CALL) and at.thread is None):
        return Begin("help")
    if at.says_in_several_words(PERSON):
        return Begin("help", with_words=True)
    return None


def quoted(at: Situation) -> Route | None:
    """A reply to one of our messages: the conversation that the message belongs to."""
    if at.quoted is None or at.quoted not in at.open_keys():
        return None
    heard = at.hear(at.quoted)
    return Answer(at.quoted, heard) if isinstance(heard, Understood) else None


def correction(at: Situation) -> Route | None:
    """A text with a cue ("actually 4"), or one that names another answered question ("4 adults").

    What is settled is not changed by a story that happens to count: "my 3 children are ill today".
    """
    if at.newest_is_staff(JUST_NOW):
        return None
    found = {}
    for key in at.correctable_keys():
        corrected = at.correct(key)
        if isinstance(corrected, Corrected) and (corrected.exact or not at.is_settled(key) or at.has_cue()):
            found[key] = corrected
    if not found:
        return None
    said = at.just_said(JUST_NOW)
    if len(said) == 1 and FLOWS[said[0][1]].about == "request" and said[0] in at.others_that_take_it(found):
        return None  # asked whether it is settled, "not yet" is no perhaps to an invitation
    just_now = [key for key in found if key in said]
    fits = just_now if len(just_now) == 1 else [*found, *at.others_that_take_it(found)]
    return Correction(fits[0], found[fits[0]]) if len(fits) == 1 else Which(tuple(fits))


def newest(at: Situation) -> Route | None:
    """The one thing that was said to the family since its last text, if that was a moment ago.

    A message from staff counts as an open question. Where several were said, the next steps decide.
    """
    if at.newest_is_staff(JUST_NOW):
        return Thread()
    said = at.just_said(JUST_NOW)
    if len(said) != 1 or at.only_greets():
        return None
    heard = at.hear(said[0])
    if not isinstance(heard, Understood):
        return None
    if not heard.exact and FLOWS[said[0][1]].about == "request":
        return None  # "yes, but…" settles nothing, and a person reads it
    if FLOWS[said[0][1]].passing and at.takes_any_words(said[0]):
        return None  # asked about a photo, a family may answer what was asked before it
    if not heard.exact:  # it takes any words, or not all of these: they may name another question
        for other in at.open_keys():
            named = at.hear_naming(other) if other != said[0] and at.was_said(other) else None
            if isinstance(named, Understood) and named.exact:
                return Answer(other, named)
    return Answer(said[0], heard)


def exact(at: Situation) -> Route | None:
    """Open questions whose reader takes the whole text.

    While a person is in the thread, they take only a text that names what it is about: "2 adults", not "yes".
    """
    if at.only_greets():
        return None
    fits = {key: heard for key in at.open_keys() if (heard := at.hear_exactly(key)) is not None}
    if len(fits) > 1 and not FLOWS[next(iter(fits))[1]].passing:
        return Which(tuple(fits))
    for key, heard in fits.items():
        return Answer(key, heard)
    return None


def thread(at: Situation) -> Route | None:
    """An open help request takes what no other conversation claimed."""
    return Thread() if at.thread is not None else None


def greeting(at: Situation) -> Route | None:
    """A bare greeting: the open question is said again, else the family is greeted back."""
    if not at.only_greets():
        return None
    asked = at.open_keys()
    return AskAgain(asked[0]) if asked and at.was_said(asked[0]) else None


def free_text(at: Situation) -> Route | None:
    """Questions that take any words; and partly fitting answers to the newest open question.

    What was promised to be read without a name comes first, whatever was asked since.
    """
    for key in sorted(at.open_keys(), key=lambda key: FLOWS[key[1]].about != "pulse"):
        heard = at.hear(key)
        if isinstance(heard, Understood):
            return Answer(key, heard)
    return None


def reopened(at: Situation) -> Route | None:
    """More about what was settled this week, or never: "nobody called me", which no other conversation claims.

    While a question is open it takes more than a word or two: those may be a slip of the finger in its answer. Thanks,
    a greeting and an "ok" open nothing again.
    """
    if not (at.was_settled_lately() or at.was_never_settled()):
        return None
    if at.reply.is_only() or at.only_greets() or at.only_agrees() or at.is_claimed():
        return None
    asked = any(at.was_said(key) and not FLOWS[key[1]].passing for key in at.open_keys())
    return None if asked and not at.says_more_than(A_WORD_OR_TWO) else Reopen()


def not_understood(at: Situation) -> Route | None:
    """The newest open question was not answered: say so with an example, and then in other words.

    What is more than a word or two, long after a menu was shown, was not meant for it.
    """
    if at.only_greets():
        return None
    for key in at.open_keys():
        if FLOWS[key[1]].passing and at.is_for_a_person() and not at.was_just_asked(key, JUST_NOW):
            continue
        if at.was_said(key):
            heard = at.hear(key)
            return NotUnderstood(key, heard if isinstance(heard, Unsure) else Unsure())
    return None


def call(at: Situation) -> Route | None:
    """ "Yes, please" to the last words of a pulse, which offer a person, asks for one as CALL does."""
    return Begin("call") if at.says_yes() and at.has_just_ended("pulse", A_DAY) else None


def courtesy(at: Situation) -> Route | None:
    """Thanks, or an "ok" after something came to its end: nothing is asked, and nothing need be said."""
    asked = any(at.was_said(key) and not FLOWS[key[1]].passing for key in at.open_keys())
    if asked or at.only_greets() or at.contact.introduced_at is None:
        return None
    if at.says_yes() and at.stays_away():
        return Change()  # "sí" after a no: perhaps they come after all
    return Nothing() if at.reply.is_only() or (at.only_agrees() and at.just_finished(A_DAY)) else None


def waiting(at: Situation) -> Route | None:
    """What would answer a question that waits for its time: it is said now, to be sure."""
    keys = [key for key in at.open_keys() if not at.was_said(key)]
    if not keys or (at.only_agrees() and not at.says_yes() and at.just_finished(JUST_NOW)):
        return None
    return AskEarly(keys[0]) if at.answers_early(keys[0]) else None


def for_staff(at: Situation) -> Route | None:
    """Words that nothing asked for, "what time does it end?": kept for a person, not answered by a menu."""
    return ForStaff() if at.is_for_a_person() else None


def first_contact(at: Situation) -> Route | None:
    """Nobody has greeted this contact yet."""
    return Begin("first_contact") if at.contact.introduced_at is None else None


STEPS: tuple[Callable[[Situation], Route | None], ...] = (
    stop,
    start,
    leave_news,
    help_,
    language,
    no_words,
    wrong_number,
    edited,
    button,
    which,
    commands,
    quoted,
    correction,
    newest,
    exact,
    thread,
    greeting,
    call,
    waiting,
    courtesy,
    reopened,
    free_text,
    not_understood,
    first_contact,
    for_staff,
)
