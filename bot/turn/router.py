"""Which conversation a text belongs to.

The router stands before every flow and is the same for all channels. It asks the steps below in their order; the
first one that knows what the text is decides. No flow can switch off danger, STOP, START, HELP or the language.
The router only looks: what it decides is carried out in ``bot.turn``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from bot.family import Key
from bot.messages import OptOut
from bot.turn.routes import (
    Answer,
    AskAgain,
    AskAnew,
    AskEarly,
    Begin,
    Change,
    Correction,
    Counted,
    ForStaff,
    Help,
    KeepAside,
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
from bot.turn.situation import A_DAY, A_WORD_OR_TWO, JUST_NOW, Situation
from bot.turn.wish_words import (
    CALL,
    CHANGE,
    DANGER,
    EVENTS,
    HELP,
    MENU,
    NO_NEWS,
    PERSON,
    START,
    STOP,
    THIS_LANGUAGE,
    WISHES,
    WRONG_NUMBER,
)
from flows import FLOWS
from flows.core.edits import Same, Withdrawn
from flows.core.listen import Corrected, Understood
from flows.core.question import Unsure

__all__ = ["DANGER", "EVENTS", "HELP", "MENU", "START", "STOP", "THIS_LANGUAGE", "route"]

FOR_A_PERSON = {"help": "help", "media": "media"}
"""Flows whose answers a person reads, with the reason for which it is called."""

TWO_WEEKS = timedelta(days=14)


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
    answers = any(at.is_unsigned(key) and at.was_said(key) for key in at.open_keys()) or at.changes_what_has_no_name()
    return LeaveNews() if at.is_whole(NO_NEWS) or (not answers and at.is_almost_only(NO_NEWS)) else None


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
    """A text that was changed after it was sent: what it answered is answered anew.

    It is read anew where it was not understood. It never answers the question that was asked because of it.
    """
    if not at.inbound.edited:
        return None
    if at.is_kept_aside():
        return commands(at) or KeepAside()
    key = at.answered_before()
    if key is not None:
        return _answered_anew(at, key)
    if at.changes_what_has_no_name():
        return commands(at) or _unsigned_anew(at)
    return _changed(at)


def _answered_anew(at: Situation, key: Key) -> Route:
    """The text had answered something in this conversation, and is silently passed over nowhere."""
    if key[1] in FOR_A_PERSON:
        return Thread() if at.thread else ForStaff(FOR_A_PERSON[key[1]])
    if (wish := commands(at)) is not None:
        return wish
    if not at.live(at.family.conversations[key]):
        return Reopen() if key[1] == "settled" and at.was_settled_lately() else _changed(at) or Nothing()
    if _names_another_event(at, key):
        # What was answered first stays: nobody said no to it, and an empty chair is kinder than a family without one.
        return by_name(at) or _for_a_person(at)
    match at.edit(key):
        case Corrected() as corrected:
            return Correction(key, corrected)
        case Withdrawn() as withdrawn:
            return AskAnew(key, withdrawn)
        case Same(exact):
            return Nothing() if exact else _for_a_person(at)
        case None:
            return _changed(at) or ForStaff()


def _names_another_event(at: Situation, key: Key) -> bool:
    """Whether the text names events, and the one that it had answered for is not among them."""
    named = {event_id for _contact, _flow, event_id in at.named()} if FLOWS[key[1]].about == "event" else set()
    return bool(named) and key[2] not in named


def _for_a_person(at: Situation) -> Route:
    return Thread() if at.thread else ForStaff()


def _unsigned_anew(at: Situation) -> Route:
    """The text had been written without a name: a score is mended while it still can be found.

    Where a pulse did not understand it, it is read anew there, and by no other question.
    """
    key, unread = at.newest_unsigned(), at.was_misunderstood()
    heard = at.hear(key) if key is not None and (unread or at.is_score()) else None
    if key is not None and isinstance(heard, Understood) and (unread or heard.exact):
        return Answer(key, heard)
    return Counted() if at.has_told() else Nothing()


def _changed(at: Situation) -> Route | None:
    """A text of which nobody knows what it answered: what it corrects by its own words, or it is read anew."""
    decided = commands(at) or correction(at)
    if isinstance(decided, Correction) and decided.corrected.before == decided.corrected.now is not None:
        return Nothing()
    if decided is None and at.was_misunderstood():
        return None
    return decided or (Thread() if at.thread else for_staff(at) or Nothing())


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


def by_name(at: Situation) -> Route | None:
    """What names the event of an invitation goes there, whatever was asked since: "to the workshop, 2 adults".

    Where nothing was asked that takes any words, it may say more. To name an event answers nothing yet: "the workshop
    was so nice" goes on its way.
    """
    if at.newest_is_staff(JUST_NOW):
        return None
    found = {key: route for key in at.named() if (route := _for_the_named(at, key)) is not None}
    if len(found) > 1:
        return Which(tuple(found))
    return next(iter(found.values()), None)


def _for_the_named(at: Situation, key: Key) -> Route | None:
    heard = at.hear(key) if key in at.open_keys() else Unsure()
    if isinstance(heard, Understood) and (heard.exact or (at.thread is None and not at.is_asked_for_words())):
        return Answer(key, heard)
    for corrected in (at.correct(key), at.take_back(key)):
        if isinstance(corrected, Corrected) and corrected.exact:
            return Correction(key, corrected)
    return None


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
        return perhaps_a_score(at) or Thread()
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
    # It takes any words, or not all of these: they may name another question.
    return (None if heard.exact else another(at, said[0])) or Answer(said[0], heard)


def another(at: Situation, newest: Key) -> Route | None:
    """What names another open question than the ``newest``, and nothing else: "2 adults 1 child"."""
    found = {}
    for key in at.open_keys():
        named = at.hear_naming(key) if key != newest and at.was_said(key) else None
        if isinstance(named, Understood) and named.exact:
            found[key] = named
    if len(found) > 1:
        return Which(tuple(found))
    return next((Answer(key, named) for key, named in found.items()), None)


def perhaps_a_score(at: Situation) -> Route | None:
    """A bare score while a person is in the thread, who may have asked for a number: which one it is, is asked."""
    if at.closing is None or not at.is_score():
        return None
    keys = [key for key in at.open_keys() if at.is_unsigned(key) and at.hear_exactly(key) is not None]
    return Which((*keys, at.closing)) if keys else None


def exact(at: Situation) -> Route | None:
    """Open questions whose reader takes the whole text.

    What was asked before a person came, or wrote, takes only a text that names what it is about: "2 adults", not "yes".
    But a score is for no person to read: it is taken, and where a person may have asked for a number, asked about.
    """
    if at.only_greets():
        return None
    fits = {key: heard for key in at.open_keys() if (heard := at.hear_exactly(key)) is not None}
    keys = [*fits]
    if at.closing is not None and at.newest_is_staff() and any(map(at.is_unsigned, fits)):
        keys.append(at.closing)
    if len(keys) > 1 and not FLOWS[keys[0][1]].passing:
        return Which(tuple(keys))
    for key, heard in fits.items():
        return Answer(key, heard)
    return None


def counted(at: Situation) -> Route | None:
    """ "Sorry, I meant 2" to a pulse that is over: said so, and for no person to read."""
    return Counted() if at.takes_back_a_score() else None


def thread(at: Situation) -> Route | None:
    """An open help request takes what no other conversation claimed, and nothing that answers a pulse said since."""
    if at.thread is None:
        return None
    key = at.newest_unsigned()
    if key is not None and isinstance(heard := at.hear(key), Understood):
        return Answer(key, heard)
    return Thread()


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
    for key in sorted(at.open_keys(), key=at.is_unsigned, reverse=True):
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
    by_name,
    correction,
    newest,
    exact,
    counted,
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
