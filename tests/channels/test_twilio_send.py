"""The real Twilio SDK against its Messages API, played on loopback."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels.twilio import Twilio
from bot.channels.twilio_codes import CODES, describe_code
from bot.errors import Blocked, DeadNumber, NotSent, Refused, TryLater, Unsure
from bot.messages import Outgoing
from tests.wire.twilio import (
    CUT,
    HALF,
    RESET_AFTER,
    RESET_BEFORE,
    SCHOOL,
    SILENT,
    Fault,
    TwilioWire,
    answer,
    error,
)

FAMILY = "+15125550143"


@pytest.fixture
async def wire() -> AsyncIterator[TwilioWire]:
    async with TwilioWire() as wire:
        yield wire


@pytest.fixture
async def twilio(wire: TwilioWire) -> AsyncIterator[Twilio]:
    channel = of(wire)
    yield channel
    await channel.close()


def of(wire: TwilioWire, **others: object) -> Twilio:
    values = {
        "account_sid": wire.account_sid,
        "auth_token": wire.auth_token,
        "public_url": wire.public_url,
        "api_base_url": wire.base_url,
        "seconds": 1.0,
    }
    return Twilio(**(values | others))  # type: ignore[arg-type]


def text(body: str = "Gracias", address: str = f"sms:{FAMILY}", account: str = f"sms:{SCHOOL}") -> Outgoing:
    return Outgoing(id=42, channel="twilio", account=account, address=address, body=body)


async def failed(channel: Twilio, message: Outgoing | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await channel.send(message or text())
    return caught.value


# What goes out


async def test_a_text_goes_out_from_the_number_that_the_family_wrote_to(wire: TwilioWire, twilio: Twilio):
    provider_id = await twilio.send(text("¿Viene su familia?", account="sms:+15125550177"))

    assert [(m.sid, dict(m.form)) for m in wire.sent] == [
        (
            provider_id,
            {
                "To": FAMILY,
                "From": "+15125550177",
                "Body": "¿Viene su familia?",
                "StatusCallback": "https://school.example/hooks/twilio/status?message=42",
            },
        )
    ]


async def test_a_whatsapp_text_keeps_its_prefixes(wire: TwilioWire, twilio: Twilio):
    await twilio.send(text(address=f"whatsapp:{FAMILY}", account=f"whatsapp:{SCHOOL}"))

    assert (wire.sent[0].to, wire.sent[0].sender) == (f"whatsapp:{FAMILY}", f"whatsapp:{SCHOOL}")


async def test_a_messaging_service_still_sends_from_the_schools_own_number(wire: TwilioWire):
    channel = of(wire, messaging_service="MG" + "1" * 32)
    await channel.send(text())
    await channel.send(text(address=f"whatsapp:{FAMILY}", account=f"whatsapp:{SCHOOL}"))
    await channel.close()

    sms, whatsapp = wire.sent
    assert (sms.form["MessagingServiceSid"], sms.sender) == ("MG" + "1" * 32, SCHOOL)
    assert "MessagingServiceSid" not in whatsapp.form


async def test_without_a_public_url_no_reports_are_asked_for(wire: TwilioWire):
    channel = of(wire, public_url=None)
    await channel.send(text())
    await channel.close()

    assert wire.sent[0].callback is None


async def test_an_sms_goes_out_in_the_spelling_that_costs_least(wire: TwilioWire, twilio: Twilio):
    await twilio.send(text("“6:00\u202fp.\u00a0m.” – café…"))
    await twilio.send(text("“6:00\u202fp. m.”", f"whatsapp:{FAMILY}", f"whatsapp:{SCHOOL}"))

    assert [m.body for m in wire.sent] == ['"6:00 p. m." - café...', "“6:00\u202fp. m.”"]


async def test_a_text_arrives_character_by_character(wire: TwilioWire, twilio: Twilio):
    body = "a=b&c d+e%20\nñ 👨‍👩‍👧 مرحبا"
    await twilio.send(text(body))

    assert wire.sent[0].body == body


async def test_the_delivery_report_of_a_text_leads_back_to_it(wire: TwilioWire, twilio: Twilio):
    provider_id = await twilio.send(text())
    [report] = twilio.read_status(wire.status(wire.sent[0], "delivered").request())

    assert (report.provider_id, report.message_id) == (provider_id, 42)


async def test_a_text_of_1600_characters_goes_out_and_one_more_is_refused_unsent(wire: TwilioWire, twilio: Twilio):
    await twilio.send(text("x" * 1600))
    assert isinstance(await failed(twilio, text("x" * 1601)), Refused)

    assert wire.calls == 1


async def test_a_closed_channel_opens_again(wire: TwilioWire, twilio: Twilio):
    await twilio.send(text())
    await twilio.close()
    await twilio.close()
    await twilio.send(text())

    assert len(wire.sent) == 2


# What a failed call means


async def test_a_refused_connection_is_tried_later_and_works_again(wire: TwilioWire, twilio: Twilio):
    await wire.go_down()
    assert isinstance(await failed(twilio), TryLater)

    await wire.come_up()
    await twilio.send(text())
    assert len(wire.sent) == 1


async def test_a_name_that_is_not_found_is_tried_later(wire: TwilioWire):
    channel = of(wire, api_base_url="http://twilio.invalid", seconds=5)

    assert isinstance(await failed(channel), TryLater)
    await channel.close()


@pytest.mark.parametrize(
    "fault",
    [
        RESET_BEFORE,
        RESET_AFTER,
        SILENT,
        HALF,
        CUT,
        answer(""),
        answer("[]"),
        answer("null"),
        answer("{}"),
        answer('{"sid": 7}'),
        answer("<html>ok</html>"),
        answer('{"sid": "SM1"}', status=302),
        error(500, 20500),
        error(502),
        error(503, 20429),
        error(504),
    ],
    ids=lambda fault: f"{fault.status} {fault.end} {fault.body!r}"[:40],
)
async def test_whatever_leaves_it_open_is_unsure_and_called_once(wire: TwilioWire, twilio: Twilio, fault: Fault):
    wire.next(fault)

    assert isinstance(await failed(twilio), Unsure)
    assert wire.calls == 1


async def test_a_silent_twilio_is_given_up_after_the_time_set(wire: TwilioWire, twilio: Twilio):
    wire.next(SILENT)
    begun = asyncio.get_running_loop().time()
    await failed(twilio)

    assert 0.4 < asyncio.get_running_loop().time() - begun < 3


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (error(400, 21610), Blocked),
        (error(400, 21211), DeadNumber),
        (error(400, 21614), DeadNumber),
        (error(400, 21635), DeadNumber),
        (error(400, 21408), Refused),
        (error(400, 63016), Refused),
        (error(400, 21617), Refused),
        (error(400, 29999), Refused),
        (error(429, 20429), TryLater),
        (error(429), TryLater),
        (error(401, 20003), TryLater),
        (error(403, 20008), TryLater),
        (error(404, 20404), TryLater),
        (error(400, 21660), TryLater),
        (error(407), TryLater),
        (error(404), TryLater),
    ],
)
async def test_a_refusal_means_what_the_table_says(
    wire: TwilioWire, twilio: Twilio, fault: Fault, outcome: type[NotSent]
):
    wire.next(fault)

    assert type(await failed(twilio)) is outcome
    assert wire.calls == 1


async def test_an_error_in_the_newer_form_of_twilio_means_the_same(wire: TwilioWire, twilio: Twilio):
    wire.next(Fault(400, '{"type": "about:blank", "title": "Stopped", "status": 400, "code": 21610}'))

    assert isinstance(await failed(twilio), Blocked)


async def test_a_wrong_token_is_tried_later_with_words_for_the_operator(wire: TwilioWire):
    channel = of(wire, auth_token="yesterday's")
    error_ = await failed(channel)
    await channel.close()

    assert isinstance(error_, TryLater)
    assert "TWILIO_AUTH_TOKEN" in error_.reason


@pytest.mark.parametrize(
    ("header", "after"),
    [
        (None, None),
        (7, timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("9" * 40, None),
    ],
)
async def test_the_wait_that_twilio_asks_for_is_passed_on(
    wire: TwilioWire, twilio: Twilio, header: int | str | None, after: timedelta | None
):
    wire.next(error(429, 20429, retry_after=header))
    error_ = await failed(twilio)

    assert isinstance(error_, TryLater)
    assert (error_.after, error_.code) == (after, 20429)


async def test_each_failure_keeps_its_code(wire: TwilioWire, twilio: Twilio):
    wire.next(error(400, 21610), error(400, 29999))

    assert [(await failed(twilio)).code for _ in range(2)] == [21610, 29999]


@pytest.mark.parametrize(
    "code",
    [21610, 21211, 21614, 21635, 21408, 30003, 30004, 30005, 30006, 30007, 30008, 30034, 20429, 63016, 21608, 30032],
)
def test_every_code_of_the_field_has_words_for_staff(code: int):
    assert describe_code(code) == CODES[code].words


def test_an_unknown_code_says_where_to_look_and_no_code_says_so():
    assert describe_code(12345) == "Twilio's reason stands at twilio.com/docs/api/errors"
    assert describe_code(None) == "Twilio gave no reason"


# Privacy


@pytest.mark.parametrize(
    "fault",
    [None, error(400, 21211), error(400, 29999), error(500, 20500), HALF, CUT, RESET_AFTER, SILENT],
)
async def test_neither_logs_nor_errors_hold_words_or_numbers(
    wire: TwilioWire, twilio: Twilio, fault: Fault | None, caplog: pytest.LogCaptureFixture
):
    for name in ("", "twilio", "twilio.async_http_client", "twilio.http_client", "aiohttp.client"):
        caplog.set_level(logging.DEBUG, name)
    private = (FAMILY, FAMILY[1:], "cacahuate", "Hola", wire.auth_token, wire.account_sid)
    message, told = text("la niña no come cacahuate"), ""
    wire.next(*[fault] if fault else [])
    try:
        await twilio.send(message)
    except NotSent as error_:
        told = "".join(traceback.format_exception(error_))

    assert [word for word in private if word in caplog.text + told] == []
    assert bool(told) == bool(fault)


# The wire itself, which other tests lean on


async def test_the_wire_counts_how_many_calls_for_one_number_run_together(wire: TwilioWire):
    wire.seconds = 0.05
    channel = of(wire)
    await asyncio.gather(*(channel.send(text()) for _ in range(3)))
    await channel.send(text(address="sms:+15125550144"))
    await channel.close()

    assert (wire.most_at_once[FAMILY], wire.most_at_once["+15125550144"]) == (3, 1)


async def test_the_wire_refuses_whom_the_carrier_has_stopped(wire: TwilioWire, twilio: Twilio):
    wire.opted_out.add(FAMILY)

    assert isinstance(await failed(twilio), Blocked)
    assert wire.sent == []


async def test_the_wire_lists_what_it_took_by_recipient_sender_and_day(wire: TwilioWire, twilio: Twilio):
    await twilio.send(text("uno"))
    await twilio.send(text("dos", address="sms:+15125550144"))
    day = wire.sent[0].at.date()
    listed = twilio._open().messages.list_async

    assert [m.body for m in await listed(to=FAMILY, from_=SCHOOL, date_sent=day)] == ["uno"]
    assert [m.body for m in await listed(date_sent_after=day)] == ["dos", "uno"]
    assert await listed(date_sent=day - timedelta(days=1)) == []
