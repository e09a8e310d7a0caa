"""Real shapes of Telegram's updates, with invented people."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.channels.base import Chore
from bot.channels.telegram import Telegram
from bot.channels.telegram_updates import KINDS, Brought, read
from bot.errors import NotGenuine, Unreadable
from bot.messages import Inbound, Media, OptOut, Request
from tests.wire.telegram_updates import (
    ANA,
    BOT_ID,
    GROUP,
    LUIS,
    NOON,
    SECONDS,
    TelegramUpdates,
    chat,
    malformed,
    person,
)

ACCOUNT = f"telegram:{BOT_ID}"
SECRET = "a-secret-for-tests"
BOT = {"id": BOT_ID, "is_bot": True, "first_name": "Escuela Lincoln"}
SHOWN = {"message_id": 41, "from": BOT, "chat": chat(), "date": SECONDS, "text": "¿Viene su familia?"}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def telegram() -> TelegramUpdates:
    return TelegramUpdates()


def brought(update: object) -> Brought:
    return read(update, ACCOUNT, NOON)


def inbound(update: object) -> Inbound:
    [one] = brought(update).inbound
    return one


# Words


def test_a_text_arrives_whole(telegram: TelegramUpdates):
    assert brought(telegram.message(ANA, "Sí, 2 adultos y 3 niños 🙏")) == Brought(
        (
            Inbound(
                channel="telegram",
                account=ACCOUNT,
                address=f"telegram:{ANA}",
                provider_id=f"{ANA}:101",
                text="Sí, 2 adultos y 3 niños 🙏",
                received_at=NOON,
                language_hint="es",
                name="Ana",
            ),
        )
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana María", "Ana María"),
        ("🌹 Rosa ✨", "Rosa"),
        ("Rosa\u0301\n 2", "Rosá"),
        ("रोज़ा", "रोज़ा"),
        ("O'Neil-Paz Jr.", "O'Neil-Paz Jr"),
        ("👑", None),
        ("...", None),
        ("x" * 64, "x" * 40),
        (12, None),
    ],
)
def test_the_name_in_the_app_is_kept_in_its_letters(telegram: TelegramUpdates, name: Any, kept: str | None):
    found = inbound(telegram.message(writer=person(name=name), text="hola"))
    assert found.name == kept
    assert "Rosa" not in repr(found)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/door", True),
        ("/door, please", True),
        ("/help", True),
        ("door", False),
        ("1/2 hora", False),
        ("/ hola", False),
    ],
)
def test_what_begins_with_a_slash_is_marked_as_a_command(telegram: TelegramUpdates, text: str, *, command: bool):
    assert inbound(telegram.message(text=text)).command is command


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("si\u0301\x00\r\nvamos", "sí\nvamos"),
        ("x" * 10_001, "x" * 10_000),
        ("نعم، سنأتي", "نعم، سنأتي"),
        ("<b>Hola</b> _x_ *y*", "<b>Hola</b> _x_ *y*"),
        ("Hola \ud800", "Hola "),
        ("/help", "HELP"),
        ("/STOP@lincoln_school_bot", "STOP"),
        ("/menu", "MENU"),
        ("/menu please", "MENU"),
        ("/eventos", "eventos"),
        ("/persona por favor", "persona por favor"),
        ("/", ""),
        ("/ 5", " 5"),
        ("1/2", "1/2"),
    ],
)
def test_any_words_have_a_clear_outcome(telegram: TelegramUpdates, sent: str, text: str):
    found = brought(telegram.message(text=sent)).inbound

    assert [one.text for one in found] == ([text] if text else [])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("/start", ""),
        ("/start abc-DEF_123", "abc-DEF_123"),
        ("/start@lincoln_school_bot x1", "x1"),
        ("/START x1 ", "x1"),
        ("/start " + "x" * 64, "x" * 64),
        ("/start " + "x" * 65, ""),
        ("/start hola a todos", ""),
        ("/start <b>", ""),
        ("start", None),
        ("Hola", None),
    ],
)
def test_a_start_link_brings_its_code_and_no_words(telegram: TelegramUpdates, sent: str, code: str | None):
    found = inbound(telegram.message(text=sent))

    assert found.start == code
    assert found.text == ("" if code is not None else sent)


@pytest.mark.parametrize(
    ("code", "hint"),
    [("es", "es"), ("es-419", "es"), ("pt-br", "pt"), ("EN", "en"), ("zh-hans", "zh"), (None, None), ("?", None)],
)
def test_the_language_of_the_app_is_a_hint(telegram: TelegramUpdates, code: str | None, hint: str | None):
    sender = person(language=code)

    assert inbound(telegram.message(text="Hola", writer=sender)).language_hint == hint


def test_a_language_that_is_none_is_passed_over(telegram: TelegramUpdates):
    assert inbound(telegram.message(text="Hola", writer=person() | {"language_code": 7})).language_hint is None


def test_a_reply_says_which_message_it_replies_to(telegram: TelegramUpdates):
    assert inbound(telegram.message(text="ahí sí", reply_to_message=SHOWN)).quoted == f"{ANA}:41"


@pytest.mark.parametrize("replied", [7, {}, {"message_id": "41"}, {"message_id": None}])
def test_an_odd_reply_is_a_text_all_the_same(telegram: TelegramUpdates, replied: object):
    found = inbound(telegram.message(text="Hola", reply_to_message=replied))

    assert (found.text, found.quoted) == ("Hola", None)


def test_an_edited_text_says_so_and_each_edit_is_one_of_its_own(telegram: TelegramUpdates):
    sent = telegram.message(text="2 adultos")
    first, second = telegram.edit(sent, "3 adultos"), telegram.edit(sent, "4 adultos", later=120)

    found = [inbound(update) for update in (sent, first, second)]
    assert [(one.text, one.edited) for one in found] == [
        ("2 adultos", False),
        ("3 adultos", True),
        ("4 adultos", True),
    ]
    assert len({one.provider_id for one in found}) == 3
    assert inbound(telegram.edit(sent, "3 adultos")).provider_id == found[1].provider_id


def test_an_edited_text_is_known_by_the_text_that_it_was(telegram: TelegramUpdates):
    sent = telegram.message(text="2 adultos")
    first, second = inbound(telegram.edit(sent, "3 adultos")), inbound(telegram.edit(sent, "4 adultos", later=120))

    assert first.original == second.original == first.source == inbound(sent).provider_id
    assert (inbound(sent).original, inbound(sent).source) == (None, inbound(sent).provider_id)


def test_an_edit_starts_no_chat_and_a_place_that_moves_says_nothing(telegram: TelegramUpdates):
    sent = telegram.message(text="Hola")
    moved = telegram.edit(telegram.message(location={"latitude": 30.2672, "longitude": -97.7431}), "")

    assert brought(telegram.edit(sent, "/start x1")) == Brought()
    assert brought(moved) == Brought()


# Photos, voice notes, and the rest


def test_of_a_photo_the_largest_size_comes_and_its_caption_is_the_text(telegram: TelegramUpdates):
    found = inbound(telegram.photo(caption="2 adultos"))

    assert (found.text, found.media) == ("2 adultos", (Media("telegram-file:photo:AgACAgEAAx800", "image/jpeg"),))


def test_a_voice_note_is_kept(telegram: TelegramUpdates):
    found = inbound(telegram.voice())

    assert (found.text, found.media) == ("", (Media("telegram-file:voice:AwACAgEAAx7", "audio/ogg"),))


@pytest.mark.parametrize(
    ("fields", "media"),
    [
        ({"video": {"file_id": "v1", "mime_type": "video/quicktime"}}, ("telegram-file:video:v1", "video/quicktime")),
        ({"video_note": {"file_id": "n1", "length": 240}}, ("telegram-file:video_note:n1", "video/mp4")),
        ({"audio": {"file_id": "a1"}}, ("telegram-file:audio:a1", "audio/mpeg")),
        (
            {"document": {"file_id": "d1", "mime_type": "application/pdf"}},
            ("telegram-file:document:d1", "application/pdf"),
        ),
        ({"document": {"file_id": "d1"}}, ("telegram-file:document:d1", "application/octet-stream")),
        (
            {"animation": {"file_id": "g1"}, "document": {"file_id": "g1", "mime_type": "video/mp4"}},
            ("telegram-file:animation:g1", "video/mp4"),
        ),
        ({"location": {"latitude": 30.2672, "longitude": -97.7431}}, ("geo:30.267200,-97.743100", "application/x-geo")),
    ],
)
def test_every_kind_of_file_is_kept_with_its_type(
    telegram: TelegramUpdates, fields: dict[str, Any], media: tuple[str, str]
):
    found = inbound(telegram.message(**fields))

    assert (found.text, found.media) == ("", (Media(*media),))


@pytest.mark.parametrize(
    "fields",
    [
        {"dice": {"emoji": "🎲", "value": 4}},
        {"poll": {"id": "1", "question": "¿?"}},
        {"story": {}},
        {"game": {}},
        {"venue": {"title": "Gimnasio"}},
    ],
)
def test_a_sticker_or_a_game_is_a_text_without_words(telegram: TelegramUpdates, fields: dict[str, Any]):
    for update in (telegram.sticker(), telegram.message(**fields)):
        found = inbound(update)
        assert (found.text, found.media) == ("", ())


@pytest.mark.parametrize("number", ["15125550143", "+1 512 555 0143", "+15125550143", "1 (512) 555-0143"])
def test_the_own_number_is_taken_where_its_owner_shares_it(telegram: TelegramUpdates, number: str):
    found = inbound(telegram.contact(number=number))

    assert (found.phone, found.text, found.media) == ("+15125550143", "", ())


@pytest.mark.parametrize("number", ["no number", ""])
def test_an_own_number_that_is_none_is_not_taken(telegram: TelegramUpdates, number: str):
    found = inbound(telegram.contact(number=number))

    assert (found.phone, found.text) == (None, "")


@pytest.mark.parametrize("owner", [LUIS, 0])
def test_the_number_of_somebody_else_is_not_taken_but_known_to_have_been_shared(telegram: TelegramUpdates, owner: int):
    found = inbound(telegram.contact(owner=owner))

    assert (found.phone, found.text) == ("", "")


def test_a_number_without_an_owner_is_somebody_elses(telegram: TelegramUpdates):
    found = inbound(telegram.message(contact={"phone_number": "15125550143", "first_name": "Luis"}))

    assert found.phone == ""


# Buttons


def test_a_button_is_read_as_its_words_and_quotes_its_message(telegram: TelegramUpdates):
    update = telegram.press(SHOWN, "coming=👍")
    found = brought(update)

    [one] = found.inbound
    query = update["callback_query"]["id"]
    assert (one.text, one.button, one.quoted) == ("👍", "coming=👍", f"{ANA}:41")
    assert (one.address, one.provider_id, one.language_hint) == (f"telegram:{ANA}", f"cb:{query}", "es")
    assert found.chores == (Chore("answer-button", query),)


@pytest.mark.parametrize("data", ["claim:12", "coming=", "="])
def test_a_button_that_names_no_question_is_read_as_it_is(telegram: TelegramUpdates, data: str):
    one = inbound(telegram.press(SHOWN, data))

    assert (one.text, one.button) == (data, data)


def test_a_button_of_a_message_that_telegram_forgot_still_counts(telegram: TelegramUpdates):
    old = {"message_id": 41, "chat": chat(), "date": 0}

    assert inbound(telegram.press(old, "1")).quoted == f"{ANA}:41"


@pytest.mark.parametrize(
    "fields",
    [
        {"message": None, "inline_message_id": "AAAA"},
        {"data": None, "game_short_name": "chess"},
        {"data": ""},
        {"data": 7},
        {"message": {"message_id": "x"}},
        {"from": None},
        {"from": person() | {"is_bot": True}},
    ],
)
def test_a_button_that_says_nothing_to_us_is_answered_all_the_same(telegram: TelegramUpdates, fields: dict[str, Any]):
    update = telegram.press(SHOWN, "1", **fields)

    assert brought(update) == Brought(chores=(Chore("answer-button", update["callback_query"]["id"]),))


# Groups, bots, blocks


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
@pytest.mark.parametrize("status", ["member", "administrator", "restricted"])
def test_a_group_is_left_with_a_word(telegram: TelegramUpdates, kind: str, status: str):
    found = brought(telegram.join(kind=kind, status=status))

    assert found == Brought(chores=(Chore("say-and-leave", str(GROUP)),))


def test_a_group_that_is_left_already_needs_no_more(telegram: TelegramUpdates):
    assert brought(telegram.join(status="left")) == brought(telegram.join(status="kicked")) == Brought()


def test_what_is_said_in_a_group_is_nobodys_text(telegram: TelegramUpdates):
    said = telegram.message(text="Hola", chat=chat(GROUP))
    pressed = telegram.press(SHOWN | {"chat": chat(GROUP)}, "1", **{"from": person()})

    for update in (said, telegram.edit(said, "adiós")):
        assert brought(update) == Brought(chores=(Chore("leave", str(GROUP)),))
    assert brought(pressed).inbound == ()
    assert brought(pressed).chores[1] == Chore("leave", str(GROUP))


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_an_administrator_without_a_name_is_not_answered_either(telegram: TelegramUpdates, kind: str):
    # Telegram puts a bot of its own in their place, and the group itself as the sender.
    nobody = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    group = chat(GROUP) | {"type": kind}
    said = telegram.message(text="Hola", chat=group, writer=nobody, sender_chat=group)

    assert brought(said) == Brought(chores=(Chore("leave", str(GROUP)),))


def test_a_text_without_a_sender_is_nobodys(telegram: TelegramUpdates):
    said = telegram.message(text="Hola")
    del said["message"]["from"]

    assert brought(said) == Brought()


@pytest.mark.parametrize(
    "kind",
    ["channel_post", "edited_channel_post", "business_message", "message_reaction", "chat_member", "poll_answer"],
)
def test_what_was_not_asked_for_is_nothing(telegram: TelegramUpdates, kind: str):
    assert kind not in KINDS
    assert brought(telegram.update(kind, telegram.message(text="Hola")["message"])) == Brought()


def test_other_bots_are_not_answered(telegram: TelegramUpdates):
    assert brought(telegram.message(text="Hola", writer=person() | {"is_bot": True})) == Brought()


def test_a_block_is_a_stop_that_needs_no_answer(telegram: TelegramUpdates):
    found = inbound(telegram.kicked())

    assert (found.opt_out, found.keyword_answered, found.text) == (OptOut.STOP, True, "")
    assert found.provider_id == f"member:{ANA}:{SECONDS}:kicked"


def test_the_end_of_a_block_is_silent(telegram: TelegramUpdates):
    assert brought(telegram.unblocked()) == Brought()


@pytest.mark.parametrize(
    "fields", [{"pinned_message": SHOWN}, {"message_auto_delete_timer_changed": {}}, {"write_access_allowed": {}}, {}]
)
def test_what_telegram_itself_notes_in_a_chat_is_no_text(telegram: TelegramUpdates, fields: dict[str, Any]):
    assert brought(telegram.message(**fields)) == Brought()


# Whatever comes


def test_an_unknown_kind_is_nothing(telegram: TelegramUpdates):
    assert brought(telegram.unknown()) == Brought()


@pytest.mark.parametrize("update", malformed(), ids=lambda update: repr(update)[:60])
def test_an_odd_update_is_nothing_or_unreadable_and_says_nothing_of_its_words(update: Any):
    try:
        said = repr(brought(update).inbound)
    except Unreadable as error:
        said = f"() {error}"

    assert said.startswith("()")
    assert "Hola" not in said


@given(
    kind=st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]),
    name=st.sampled_from(["from", "chat", "text", "photo", "contact", "message", "id", "date", "new_chat_member"]),
    value=ANYTHING,
)
def test_whatever_stands_in_a_field_nothing_else_is_raised(kind: str, name: str, value: Any):
    telegram = TelegramUpdates()
    update = {
        "message": telegram.message(text="Hola"),
        "edited_message": telegram.edit(telegram.message(text="Hola"), "adiós"),
        "callback_query": telegram.press(SHOWN, "1"),
        "my_chat_member": telegram.kicked(),
    }[kind]
    update[kind][name] = value
    try:
        brought(update)
    except Unreadable:
        return


def test_the_same_update_twice_is_one(telegram: TelegramUpdates):
    for update in (telegram.message(text="Hola"), telegram.press(SHOWN, "1"), telegram.kicked()):
        assert inbound(update).provider_id == inbound(json.loads(json.dumps(update))).provider_id


# The webhook


def channel(secret: str | None = SECRET) -> Telegram:
    return Telegram(bot_token=f"{BOT_ID}:x", webhook_secret=secret, public_url="https://school.example")


def request(update: object, secret: str | None = SECRET, body: bytes | None = None) -> Request:
    headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    raw = json.dumps(update).encode() if body is None else body
    return Request((), CIMultiDict(headers), "/hooks/telegram", "", NOON, raw)


def test_an_update_that_shows_the_secret_is_read(telegram: TelegramUpdates):
    found = channel().read(request(telegram.press(SHOWN, "1")))

    assert [type(one) for one in found] == [Inbound, Chore]


@pytest.mark.parametrize("secret", [None, "", "a-guess", SECRET + "x", SECRET.upper(), "ñ"])
def test_an_update_without_the_secret_is_not_genuine(telegram: TelegramUpdates, secret: str | None):
    with pytest.raises(NotGenuine):
        channel().read(request(telegram.message(text="Hola"), secret))


def test_without_a_secret_of_ours_nothing_is_genuine(telegram: TelegramUpdates):
    assert channel(None).hooks() == ()
    with pytest.raises(NotGenuine):
        channel(None).read(request(telegram.message(text="Hola"), ""))


@pytest.mark.parametrize("body", [b"", b"Hola", b'{"update_id": 1', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_unreadable(body: bytes):
    with pytest.raises(Unreadable):
        channel().read(request(None, body=body))


@pytest.mark.parametrize("update", malformed(), ids=lambda update: repr(update)[:60])
def test_an_odd_update_is_taken_as_nothing_lest_telegram_bring_it_for_ever(
    update: Any, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    assert [one for one in channel().read(request(update)) if isinstance(one, Inbound)] == []
    assert "Hola" not in caplog.text


def test_no_repr_shows_words_or_numbers(telegram: TelegramUpdates):
    found = channel().read(request(telegram.contact())) + channel().read(request(telegram.join()))
    shown = f"{found!r} {channel()!r} {request(telegram.message(text='tiene un IEP'))!r}"

    for private in ("IEP", "5125550143", f"{BOT_ID}:x", "Chore(name='say-and-leave', which"):
        assert private not in shown
