"""Real shapes of Twilio's webhooks, with invented people."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.channels.twilio import Keywords, Twilio
from bot.errors import NotGenuine, Unreadable
from bot.messages import Inbound, Media, OptOut, Request, State, StatusReport
from tests.wire.twilio_posts import NOON, SCHOOL, Post, Sent, TwilioPosts

FAMILY = "+15125550143"
WHATSAPP_FAMILY, WHATSAPP_SCHOOL = f"whatsapp:{FAMILY}", f"whatsapp:{SCHOOL}"
PHOTO = ("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1", "image/jpeg")
VOICE = ("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME2", "audio/ogg")
ANY_TEXT = st.text(st.characters() | st.characters(categories=["Cs"]))


@pytest.fixture
def posts() -> TwilioPosts:
    return TwilioPosts()


def channel(keywords: Keywords = "default", public_url: str | None = "https://school.example") -> Twilio:
    return Twilio(account_sid="AC" + "1" * 32, auth_token="a-token-for-tests", public_url=public_url, keywords=keywords)


def read(post: Post, keywords: Keywords = "default") -> Inbound:
    [inbound] = channel(keywords).read(post.request())
    return inbound


def sent(callback: str = "https://school.example/hooks/twilio/status?message=42") -> Sent:
    form = {"To": FAMILY, "From": SCHOOL, "Body": "Gracias", "StatusCallback": callback}
    return Sent("SM" + "a" * 32, form, NOON)


# What arrives


def test_a_text_arrives_whole(posts: TwilioPosts):
    assert read(posts.inbound(FAMILY, "Sí, 2 adultos y 3 niños 🙏")) == Inbound(
        channel="twilio",
        account=f"sms:{SCHOOL}",
        address=f"sms:{FAMILY}",
        provider_id="SM" + "1".zfill(32),
        text="Sí, 2 adultos y 3 niños 🙏",
        received_at=NOON,
    )


def test_a_whatsapp_text_keeps_its_prefix_on_both_sides(posts: TwilioPosts):
    inbound = read(posts.inbound(WHATSAPP_FAMILY, "Hola", to=WHATSAPP_SCHOOL))

    assert (inbound.address, inbound.account) == (WHATSAPP_FAMILY, WHATSAPP_SCHOOL)


def test_photos_and_voice_notes_come_with_the_text_or_without_one(posts: TwilioPosts):
    inbound = read(posts.inbound(FAMILY, media=(PHOTO, VOICE)))

    assert inbound.text == ""
    assert inbound.media == (Media(*PHOTO), Media(*VOICE))
    assert inbound.provider_id.startswith("MM")


def test_a_photo_whose_type_twilio_did_not_learn_is_kept_all_the_same(posts: TwilioPosts):
    inbound = read(posts.inbound(FAMILY, media=(PHOTO,), more={"MediaContentType0": None}))

    assert inbound.media == (Media(PHOTO[0], "application/octet-stream"),)


def test_a_whatsapp_button_gives_its_words_and_its_payload(posts: TwilioPosts):
    others = {"ButtonText": "Sí, vamos", "ButtonPayload": "coming:yes", "MessageType": "button"}
    inbound = read(posts.inbound(WHATSAPP_FAMILY, "", to=WHATSAPP_SCHOOL, more=others))

    assert (inbound.text, inbound.button) == ("Sí, vamos", "coming:yes")


def test_a_whatsapp_list_gives_the_chosen_row(posts: TwilioPosts):
    others = {"ListTitle": "Español", "ListId": "language:es", "MessageType": "interactive"}
    inbound = read(posts.inbound(WHATSAPP_FAMILY, "Español", to=WHATSAPP_SCHOOL, more=others))

    assert (inbound.text, inbound.button) == ("Español", "language:es")


def test_a_quoting_text_says_which_message_it_quotes(posts: TwilioPosts):
    others = {"OriginalRepliedMessageSid": "SM" + "b" * 32, "OriginalRepliedMessageSender": WHATSAPP_SCHOOL}
    inbound = read(posts.inbound(WHATSAPP_FAMILY, "ahí sí", to=WHATSAPP_SCHOOL, more=others))

    assert inbound.quoted == "SM" + "b" * 32


def test_a_shared_place_is_a_text_without_words(posts: TwilioPosts):
    others = {"Latitude": "30.2672", "Longitude": "-97.7431", "MessageType": "location"}

    assert read(posts.inbound(WHATSAPP_FAMILY, "", to=WHATSAPP_SCHOOL, more=others)).text == ""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ("si\u0301\x00\r\nvamos", "sí\nvamos"),
        ("  con espacios  ", "  con espacios  "),
        ("x" * 10_001, "x" * 10_000),
        ("نعم، سنأتي", "نعم، سنأتي"),
        ("a=b&c=d%20+", "a=b&c=d%20+"),
    ],
    ids=["empty", "control characters", "spaces", "very long", "right-to-left", "signs of a form"],
)
def test_any_body_has_a_clear_outcome(posts: TwilioPosts, body: str, text: str):
    assert read(posts.inbound(FAMILY, body)).text == text


@pytest.mark.parametrize(
    "sender",
    [
        "32665",
        "AMAZON",
        "+0",
        "+15125550143x",
        "rcs:+15125550143",
        "messenger:1234",
        "whatsapp:US.13491208655302",
    ],
)
def test_who_cannot_be_answered_is_not_taken_in(posts: TwilioPosts, sender: str):
    assert channel().read(posts.inbound(sender, "Your code is 1234").request()) == []


def test_a_delivery_report_at_the_wrong_address_is_not_taken_for_a_text(posts: TwilioPosts):
    report = posts.status(sent("https://school.example/hooks/twilio"), "delivered")

    assert channel().read(report.request()) == []


@pytest.mark.parametrize("name", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_genuine_request_without_its_essentials_is_unreadable(posts: TwilioPosts, name: str, value: str | None):
    post = posts.inbound(FAMILY, "Hola", more={name: value})

    with pytest.raises(Unreadable, match=name):
        channel().read(post.request())


# Signatures


def test_parameters_that_nobody_has_seen_before_take_part_in_the_signature(posts: TwilioPosts):
    post = posts.inbound(FAMILY, "Hola", more={"NewIn2031": " with space "})
    changed = replace(post, form=tuple((k, v.strip()) for k, v in post.form))

    assert read(post).text == "Hola"
    with pytest.raises(NotGenuine):
        channel().read(changed.request())


def test_a_repeated_parameter_is_signed_with_all_its_values(posts: TwilioPosts):
    form = (*posts.inbound(FAMILY, "Hola").form, ("Tag", "b"), ("Tag", "a"))
    post = posts.post("/hooks/twilio", form)

    assert read(post).text == "Hola"
    with pytest.raises(NotGenuine):
        channel().read(replace(post, form=form[:-1]).request())


def test_the_query_takes_part_in_the_signature(posts: TwilioPosts):
    post = posts.inbound(FAMILY, "Hola", path="/hooks/twilio?school=lincoln&a=%20b")

    assert read(post).text == "Hola"
    with pytest.raises(NotGenuine):
        channel().read(replace(post, url="/hooks/twilio?school=roosevelt").request())


def test_a_public_url_may_have_a_port_a_path_and_a_slash_at_its_end():
    posts = TwilioPosts(public_url="https://school.example:8443/texts")
    twilio = channel(public_url="https://school.example:8443/texts/")

    assert len(twilio.read(posts.inbound(FAMILY, "Hola").request())) == 1


def test_forwarded_headers_do_not_change_what_is_checked():
    genuine = TwilioPosts(public_url="https://elsewhere.example").inbound(FAMILY, "Hola").request()
    forged = {
        "Host": "elsewhere.example",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Forwarded-Proto": "https",
    }
    request = replace(genuine, headers=CIMultiDict({**genuine.headers, **forged}))

    with pytest.raises(NotGenuine):
        channel().read(request)


@pytest.mark.parametrize("signature", [None, "", "=", "bm90IHRoZSBvbmU=", "ñ\udcff"])
def test_a_missing_or_wrong_signature_is_not_genuine(posts: TwilioPosts, signature: str | None):
    post = replace(posts.inbound(FAMILY, "Hola"), signature=signature)

    with pytest.raises(NotGenuine):
        channel().read(post.request())
    with pytest.raises(NotGenuine):
        channel().read_status(post.request())


def test_a_body_changed_on_the_way_is_not_genuine(posts: TwilioPosts):
    post = posts.inbound(FAMILY, "2 adultos")
    changed = tuple((k, v.replace("2", "9")) if k == "Body" else (k, v) for k, v in post.form)

    with pytest.raises(NotGenuine):
        channel().read(replace(post, form=changed).request())


def test_without_a_public_url_nothing_is_genuine(posts: TwilioPosts):
    with pytest.raises(NotGenuine, match="SOBREMESA_PUBLIC_URL"):
        channel(public_url=None).read(posts.inbound(FAMILY, "Hola").request())


@given(
    form=st.lists(st.tuples(st.text(st.characters()), st.text(st.characters() | st.characters(categories=["Cs"])))),
    path=st.text(),
    query=st.text(),
    signature=st.text(st.characters() | st.characters(categories=["Cs"])),
)
def test_whatever_comes_unsigned_is_not_genuine(form: list[tuple[str, str]], path: str, query: str, signature: str):
    request = Request(tuple(form), {"X-Twilio-Signature": signature}, path, query, NOON)

    with pytest.raises(NotGenuine):
        channel().read(request)


@given(body=st.text(), others=st.dictionaries(st.text(min_size=1), st.text()))
def test_whatever_comes_signed_is_taken_in(body: str, others: dict[str, str]):
    essentials = {"MessageSid": "SM1", "From": FAMILY, "To": SCHOOL, "SmsStatus": "received"}
    essentials["Body"] = body
    post = TwilioPosts().post("/hooks/twilio", tuple({**others, **essentials, "SmsStatus": "received"}.items()))

    assert len(channel().read(post.request())) == 1


# Keywords


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop\n", "UNSUBSCRIBE", "End", "QUIT", "StopAll"])
def test_by_default_twilio_answers_a_stop_itself(posts: TwilioPosts, word: str):
    inbound = read(posts.inbound(FAMILY, word))

    assert (inbound.opt_out, inbound.keyword_answered) == (OptOut.STOP, True)


@pytest.mark.parametrize("word", ["START", "Yes", "unstop"])
def test_by_default_an_opt_in_word_is_left_for_us_to_answer(posts: TwilioPosts, word: str):
    inbound = read(posts.inbound(FAMILY, word))

    assert (inbound.opt_out, inbound.keyword_answered) == (OptOut.START, False)


@pytest.mark.parametrize("word", ["HELP", "info"])
def test_by_default_twilio_answers_help_itself(posts: TwilioPosts, word: str):
    inbound = read(posts.inbound(FAMILY, word))

    assert (inbound.opt_out, inbound.keyword_answered) == (OptOut.HELP, True)


@pytest.mark.parametrize("words", ["STOP PLEASE", "opt out", "ALTO", "no más", "STOP.", "sí", "AYUDA", ""])
def test_other_words_reach_us_unhandled(posts: TwilioPosts, words: str):
    inbound = read(posts.inbound(FAMILY, words))

    assert (inbound.opt_out, inbound.keyword_answered) == (None, False)


def test_whatsapp_has_no_keywords_of_twilio_by_default(posts: TwilioPosts):
    inbound = read(posts.inbound(WHATSAPP_FAMILY, "STOP", to=WHATSAPP_SCHOOL))

    assert (inbound.opt_out, inbound.keyword_answered) == (None, False)


@pytest.mark.parametrize("sender", [FAMILY, WHATSAPP_FAMILY])
@pytest.mark.parametrize("opt_out", list(OptOut))
def test_advanced_opt_out_says_what_it_took_a_text_for(posts: TwilioPosts, sender: str, opt_out: OptOut):
    inbound = read(posts.inbound(sender, "baja", more={"OptOutType": opt_out.name}), "advanced")

    assert (inbound.opt_out, inbound.keyword_answered) == (opt_out, True)


@pytest.mark.parametrize("others", [{}, {"OptOutType": ""}, {"OptOutType": "PAUSE"}])
def test_advanced_opt_out_that_says_nothing_known_has_done_nothing(posts: TwilioPosts, others: dict[str, str]):
    inbound = read(posts.inbound(FAMILY, "STOP", more=others), "advanced")

    assert (inbound.opt_out, inbound.keyword_answered) == (None, False)


def test_where_keywords_are_ours_twilio_has_done_nothing(posts: TwilioPosts):
    inbound = read(posts.inbound(FAMILY, "STOP"), "ours")

    assert (inbound.opt_out, inbound.keyword_answered) == (None, False)


# Delivery reports


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", State.ACCEPTED),
        ("scheduled", State.ACCEPTED),
        ("queued", State.ACCEPTED),
        ("sending", State.ACCEPTED),
        ("sent", State.ACCEPTED),
        ("delivered", State.DELIVERED),
        ("read", State.DELIVERED),
        ("undelivered", State.FAILED),
        ("failed", State.FAILED),
        ("canceled", State.FAILED),
    ],
)
def test_a_delivery_report_names_the_message_by_both_ids(posts: TwilioPosts, status: str, state: State):
    request = posts.status(sent(), status).request()

    assert channel().read_status(request) == [StatusReport("SM" + "a" * 32, state, message_id=42)]


def test_a_failure_carries_its_code(posts: TwilioPosts):
    [report] = channel().read_status(posts.status(sent(), "undelivered", 30003).request())

    assert report.code == 30003


@pytest.mark.parametrize(
    ("code", "blocked", "dead"),
    [
        *((code, True, True) for code in (30005, 30006, 21211, 21614, 21635, 63003)),
        (21610, True, False),
        *((code, False, False) for code in (30003, 30004, 30007, 30008, 30034, 39999, None)),
    ],
)
@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_a_failure_says_what_its_code_says_of_the_number(
    posts: TwilioPosts, status: str, code: int | None, blocked: bool, dead: bool
):
    [report] = channel().read_status(posts.status(sent(), status, code).request())

    assert (report.blocked, report.dead) == (blocked, dead)


def test_a_code_in_a_status_that_is_no_failure_says_nothing_of_the_number(posts: TwilioPosts):
    [report] = channel().read_status(posts.status(sent(), "delivered", 30006).request())

    assert (report.blocked, report.dead) == (False, False)


@pytest.mark.parametrize("status", ["received", "partially_delivered", "teleported"])
def test_a_status_that_is_new_to_us_is_no_report(posts: TwilioPosts, status: str):
    assert channel().read_status(posts.status(sent(), status).request()) == []


@pytest.mark.parametrize(
    "query", ["school=1", "message=", "message=x", "message=-1", "message=٣", "message=" + "9" * 30]
)
def test_a_report_without_a_number_of_ours_still_counts_by_twilios_id(posts: TwilioPosts, query: str):
    report = posts.status(sent(f"https://school.example/hooks/twilio/status?{query}"), "sent")

    assert channel().read_status(report.request()) == [StatusReport("SM" + "a" * 32, State.ACCEPTED)]


@pytest.mark.parametrize("name", ["MessageSid", "MessageStatus"])
def test_a_report_without_its_essentials_is_unreadable(posts: TwilioPosts, name: str):
    with pytest.raises(Unreadable, match=name):
        channel().read_status(posts.status(sent(), "sent", more={name: None}).request())


# Privacy


def test_no_repr_shows_words_or_numbers(posts: TwilioPosts):
    post = posts.inbound(FAMILY, "tiene un IEP", media=(PHOTO,))
    shown = f"{read(post)!r} {post.request()!r} {channel()!r}"

    for private in (FAMILY, "IEP", PHOTO[0], "a-token-for-tests"):
        assert private not in shown
