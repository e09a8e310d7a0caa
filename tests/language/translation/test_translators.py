"""LibreTranslate and DeepL over HTTP: what goes out, what comes back, and each way that it can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientTimeout

from bot.errors import NotTranslated
from bot.language.translation import Translator
from bot.language.translation.calls import Calls
from bot.language.translation.deepl import DeepL
from bot.language.translation.libretranslate import LibreTranslate
from tests.wire.translators import HALF, KEY, RESET, SILENT, DeepLWire, Fault, LibreTranslateWire

SECRET = "Rosa's boy is ill"
"""Words of a text, which no error may hold."""
QUICK = ClientTimeout(total=0.3)
AT_ONCE = (0.0, 0.0)


@pytest.fixture
async def libre() -> AsyncIterator[LibreTranslateWire]:
    async with LibreTranslateWire() as wire:
        yield wire


@pytest.fixture
async def deepl() -> AsyncIterator[DeepLWire]:
    async with DeepLWire() as wire:
        yield wire


@pytest.fixture(params=["libretranslate", "deepl"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[LibreTranslateWire | DeepLWire]:
    """Each of the two in turn."""
    async with LibreTranslateWire() if request.param == "libretranslate" else DeepLWire() as wire:
        yield wire


def translator(wire: LibreTranslateWire | DeepLWire) -> Translator:
    """A client that does not wait long."""
    if isinstance(wire, LibreTranslateWire):
        return LibreTranslate(wire.base_url, None, Calls("LibreTranslate", wire.base_url, {}, QUICK, AT_ONCE))
    headers = {"Authorization": f"DeepL-Auth-Key {wire.key}"}
    return DeepL(wire.base_url, wire.key, Calls("DeepL", wire.base_url, headers, QUICK, AT_ONCE))


async def translated(made: Translator, *texts: str, source: str = "en", target: str = "es") -> list[str]:
    try:
        return await made.translate(texts, source, target)
    finally:
        await made.close()


async def failure(made: Translator, *texts: str, source: str = "en", target: str = "es") -> str:
    """The words of the error, which hold none of the text's and not the key."""
    with pytest.raises(NotTranslated) as raised:
        await translated(made, *(texts or (SECRET,)), source=source, target=target)
    assert SECRET not in str(raised.value)
    assert KEY not in str(raised.value)
    return str(raised.value)


async def test_libretranslate_is_given_plain_text_and_no_key_where_there_is_none(libre: LibreTranslateWire):
    assert await translated(LibreTranslate(libre.base_url), "Hello", "Bye") == ["[es] Hello", "[es] Bye"]
    assert [(one.source, one.target, one.lines) for one in libre.asked] == [("en", "es", ["Hello", "Bye"])]
    assert "api_key" not in libre.asked[0].body


async def test_deepl_is_given_the_key_in_a_header_and_asked_for_usted(deepl: DeepLWire):
    assert await translated(DeepL(deepl.base_url, deepl.key), "Hello", "Bye") == ["[ES] Hello", "[ES] Bye"]
    (asked,) = deepl.asked
    assert (asked.source, asked.target, asked.lines) == ("EN", "ES", ["Hello", "Bye"])
    assert asked.body["formality"] == "prefer_more"
    assert asked.body["context"] == "Hello\nBye"
    assert deepl.key not in str(asked.body)


@pytest.mark.parametrize(
    ("source", "target", "codes"),
    [
        ("es", "en", ("ES", "EN-US")),
        ("en", "en_GB", ("EN", "EN-GB")),
        ("en", "pt", ("EN", "PT-BR")),
        ("en", "pt_BR", ("EN", "PT-BR")),
        ("pt_BR", "es", ("PT", "ES")),
        ("en", "es_419", ("EN", "ES-419")),
    ],
)
async def test_deepl_has_codes_of_its_own(deepl: DeepLWire, source: str, target: str, codes: tuple[str, str]):
    await translated(DeepL(deepl.base_url, deepl.key), "Ana", source=source, target=target)

    assert (deepl.asked[0].source, deepl.asked[0].target) == codes


@pytest.mark.parametrize(("ours", "theirs"), [("pt_BR", "pt-BR"), ("pt_BR", "pb"), ("pt_BR", "pt"), ("es_MX", "es")])
async def test_libretranslate_is_asked_for_the_closest_language_that_it_has(
    libre: LibreTranslateWire, ours: str, theirs: str
):
    libre.offer = {"en": [theirs]}
    assert await translated(LibreTranslate(libre.base_url), "Hello", target=ours) == [f"[{theirs}] Hello"]


async def test_libretranslate_is_asked_for_its_languages_once(libre: LibreTranslateWire):
    made = LibreTranslate(libre.base_url)
    await made.translate(["Hello"], "en", "es")
    assert await translated(made, "Bye") == ["[es] Bye"]
    assert libre.looked == 1


async def test_lines_stay_where_they_were_whatever_the_machine_does(wire: LibreTranslateWire | DeepLWire):
    wire.words = {"Dinner": "La\ncena ", "Bring a dish": " Traiga un plato"}
    text = "Dinner\n\n  Bring a dish  \n6:00 - 8:00\n"

    assert await translated(translator(wire), text) == ["La cena\n\n  Traiga un plato  \n6:00 - 8:00\n"]
    assert [line for one in wire.asked for line in one.lines] == ["Dinner", "Bring a dish"]


async def test_what_has_no_words_is_not_sent_at_all(wire: LibreTranslateWire | DeepLWire):
    texts = ["", "\n", "512 555 0100", "👍"]
    assert await translated(translator(wire), *texts) == texts
    assert wire.asked == []


async def test_many_lines_go_in_batches_and_come_back_in_order(wire: LibreTranslateWire | DeepLWire):
    wire.words = {f"line {n}": f"línea {n}" for n in range(130)}
    texts = ["\n".join(f"line {n}" for n in range(start, start + 65)) for start in (0, 65)]

    assert await translated(translator(wire), *texts) == [text.replace("line", "línea") for text in texts]
    assert len(wire.asked) == (3 if isinstance(wire, DeepLWire) else 6)


async def test_large_texts_stay_within_what_deepl_takes_at_once(deepl: DeepLWire):
    texts = ["ñ" * 20_000, '"' * 5_000 + "a", "b" * 30_000]
    assert await translated(translator(deepl), *texts) == [f"[ES] {text}" for text in texts]
    assert len(deepl.asked) == 3
    assert "too long for DeepL" in await failure(translator(deepl), "a" * 70_000)


async def test_a_wrong_key_is_named_and_not_shown(deepl: DeepLWire):
    assert (
        await failure(DeepL(deepl.base_url, "mine:fx")) == "DeepL does not accept SOBREMESA_TRANSLATOR_KEY (HTTP 403)"
    )


async def test_libretranslate_says_whether_the_key_is_wrong_or_missing(libre: LibreTranslateWire):
    libre.key = "sesame"
    wrong, missing = [await failure(LibreTranslate(libre.base_url, key)) for key in ("mine", None)]

    assert wrong.startswith("LibreTranslate does not accept SOBREMESA_TRANSLATOR_KEY")
    assert missing == "LibreTranslate wants SOBREMESA_TRANSLATOR_KEY (HTTP 400)"
    assert await translated(LibreTranslate(libre.base_url, "sesame"), "Hello") == ["[es] Hello"]


async def test_a_month_that_is_used_up_is_said(deepl: DeepLWire):
    deepl.left = 3
    assert "the characters of this month at DeepL are used up" in await failure(translator(deepl))


async def test_a_language_that_is_not_offered_is_named(libre: LibreTranslateWire, deepl: DeepLWire):
    assert await failure(translator(libre), target="so") == "this LibreTranslate server does not translate en to so"
    assert await failure(translator(libre), source="so") == "this LibreTranslate server does not offer the language so"
    assert await failure(translator(deepl), target="so") == "DeepL does not offer the language so (HTTP 400)"
    assert await failure(translator(deepl), source="so") == "DeepL does not offer the language so (HTTP 400)"


async def test_a_text_that_is_too_long_for_the_server_is_said(libre: LibreTranslateWire):
    libre.most = 5
    assert "too long for this LibreTranslate server" in await failure(translator(libre))


async def test_a_server_that_is_not_there_is_named_with_its_address(wire: LibreTranslateWire | DeepLWire):
    made, address = translator(wire), wire.base_url
    await wire.go_down()
    assert f"cannot be reached at {address}" in await failure(made)


@pytest.mark.parametrize("fault", [Fault(429), Fault(503), Fault(529)], ids=lambda fault: str(fault.status))
async def test_a_server_that_is_busy_is_asked_again(wire: LibreTranslateWire | DeepLWire, fault: Fault):
    wire.next(fault, fault)
    assert len(await translated(translator(wire), "Hello")) == 1
    assert wire.calls == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (RESET, "broke off"),
        (SILENT, "did not answer in time"),
        (HALF, "is not"),
        (Fault(200, "[]"), "is not"),
        (Fault(200, '{"translations": [], "translatedText": []}'), "is not"),
        (Fault(200, '{"translations": [{"text": 5}], "translatedText": [5]}'), "is not"),
        (Fault(200, '{"translatedText": "Hola"}'), "is not"),
        (Fault(500), "has a fault of its own"),
        (Fault(404), "is not"),
        (Fault(302, "", headers={"Location": "https://example.org"}), "is not"),
        (Fault(400), "refused the request"),
        (Fault(418), "refused the request"),
    ],
)
async def test_a_failure_is_a_sentence_and_the_call_is_not_repeated(
    wire: LibreTranslateWire | DeepLWire, fault: Fault, words: str
):
    wire.next(fault)
    assert words in await failure(translator(wire))
    assert wire.calls == 1


async def test_a_server_that_stays_busy_is_given_up(wire: LibreTranslateWire | DeepLWire):
    wire.next(*[Fault(429)] * 3)
    assert "is busy; try again in some minutes" in await failure(translator(wire))
    assert wire.calls == 3


async def test_a_closed_translator_opens_again(wire: LibreTranslateWire | DeepLWire):
    made = translator(wire)
    await translated(made, "Hello")
    assert len(await translated(made, "Bye")) == 1
