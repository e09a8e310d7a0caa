"""What a family may say at any moment, whatever it is being asked: the word lists that the router looks for."""

from __future__ import annotations

from flows.core.words import words

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
