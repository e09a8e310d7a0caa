"""The catalogs: texts with their gaps and dates, what refuses the start, and the real files of each language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from shutil import copytree

import pytest

from bot.errors import BrokenCatalog
from bot.language.catalogs import Catalogs
from bot.language.extract import collect, update, updated
from bot.language.pofile import locales_folder, po_path, word_keys
from flows.core.text import ByLanguage, Text, _, plural, said_in
from tests.language.catalogs import CHICAGO, catalogs, say

ROOT = Path(__file__).parent.parent.parent
THURSDAY = datetime(2026, 3, 12, 23, 0, tzinfo=UTC)

HEADER = r"""msgid ""
msgstr ""
"Language: {language}\n"
"X-Locale: {locale}\n"
"X-Language-Name: {name}\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"Content-Type: text/plain; charset=utf-8\n"

msgctxt "words"
msgid "yes"
msgstr "yes"

"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small catalogs, English and Spanish, with one word list."""
    (tmp_path / "sobremesa.pot").write_text(HEADER.format(language="", locale="", name=""), "utf-8")
    for language, locale, name in (("en", "en_US", "English"), ("es", "es_US", "español")):
        path = po_path(tmp_path, language)
        path.parent.mkdir(parents=True)
        path.write_text(HEADER.format(language=language, locale=locale, name=name), "utf-8")
    return tmp_path


def add(folder: Path, entry: str) -> Path:
    """Write ``entry`` at the end of the Spanish catalog."""
    path = po_path(folder, "es")
    path.write_text(path.read_text("utf-8") + entry, "utf-8")
    return path


def spanish(folder: Path, text: Text) -> str:
    return Catalogs.load(["es", "en"], folder)["es"].render(text, CHICAGO)


@pytest.mark.parametrize(
    ("text", "english", "in_spanish"),
    [
        (_("See you {at:day}."), "See you Thursday, March 12.", "Hasta el jueves 12 de marzo."),
        (_("It starts at {at:time}."), "It starts at 6:00 PM.", "Empieza a las 6:00 p.m."),
        (_("On {at:date}."), "On March 12, 2026.", "El 12 de marzo de 2026."),
        (_("At {at}."), "At Thursday, March 12, 6:00 PM.", "A jueves 12 de marzo, 6:00 p.m."),
    ],
)
def test_a_time_is_said_in_the_schools_timezone_and_as_the_language_writes_it(
    tmp_path: Path, text: Text, english: str, in_spanish: str
) -> None:
    copytree(ROOT / "locales", tmp_path / "locales")
    msgstr = {"See": "Hasta el {at:day}.", "It": "Empieza a las {at:time}.", "On": "El {at:date}.", "At": "A {at}."}
    add(tmp_path / "locales", f'\nmsgid "{text.msgid}"\nmsgstr "{msgstr[text.msgid.split()[0]]}"\n')
    both = Catalogs.load(["en", "es"], tmp_path / "locales")

    filled = _(text.msgid, at=THURSDAY)
    assert both.render(filled, "en", CHICAGO) == english
    assert both.render(filled, "es", CHICAGO) == in_spanish


def test_a_gap_is_filled_in_the_language_of_the_reader(folder: Path) -> None:
    add(folder, 'msgid "{list} in {place}."\nmsgstr "En {place}: {list}."\n\nmsgid "child care"\nmsgstr "cuidado"\n')
    text = _("{list} in {place}.", list=(_("child care"), "nueces", 3), place=ByLanguage(en="gym", es="gimnasio"))

    assert spanish(folder, text) == "En gimnasio: cuidado, nueces, 3."


@pytest.mark.parametrize(("n", "said"), [(0, "0 niños"), (1, "un niño"), (2, "2 niños")])
def test_a_text_that_counts_has_the_form_of_its_number(folder: Path, n: int, said: str) -> None:
    add(
        folder,
        'msgid "{n} child"\nmsgid_plural "{n} children"\nmsgstr[0] "un niño"\nmsgstr[1] "{n} niños"\n',
    )

    assert spanish(folder, plural("{n} child", "{n} children", n=n)) == said


@pytest.mark.parametrize(
    "entry",
    [
        "",
        'msgid "Hello on {at:day}, {n}!"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "Hello on {at:day}, {n}!"\nmsgstr "¡Hola!"\n',
    ],
)
def test_a_missing_or_fuzzy_text_is_said_in_english_with_english_dates(folder: Path, entry: str) -> None:
    add(folder, entry)

    assert spanish(folder, _("Hello on {at:day}, {n}!", at=date(2026, 3, 12), n=2)) == (
        "Hello on Thursday, March 12, 2026, 2!"
    )
    assert spanish(folder, plural("{n} day", "{n} days", n=1)) == "1 day"
    assert spanish(folder, plural("{n} day", "{n} days", n=2)) == "2 days"


def test_spaces_that_do_not_break_become_plain_ones(folder: Path) -> None:
    add(folder, 'msgid "{name}!"\nmsgstr "¡Hola,\u00a0{name}!"\n')

    assert spanish(folder, _("{name}!", name="Ana\u202fMaría")) == "¡Hola, Ana María!"


def test_a_text_may_name_the_languages_it_is_said_in() -> None:
    text = said_in(_("Of course, we will write to you in English."), "en", "es")
    both = "Of course, we will write to you in English. Con gusto, le escribimos en español."

    assert say(text, "en") == say(text, "es") == both
    assert say(_("{school}: {thanks} {choices}", school="A", thanks=text, choices=""), "es") == f"A: {both} "


def test_a_language_that_is_not_spoken_here_falls_back_to_the_first() -> None:
    assert catalogs()["zz"].language == "en"
    assert [lexicon.language for lexicon in catalogs().lexicons("zz")] == ["en", "es"]
    assert [lexicon.language for lexicon in catalogs().lexicons("es")] == ["es", "en"]
    assert [catalogs()[code].name for code in ("en", "es")] == ["English", "español"]


@pytest.mark.parametrize("value", [datetime(2026, 3, 12, 18, 0), date(2026, 3, 12)])  # noqa: DTZ001 - the mistake itself
def test_a_time_that_is_not_known_is_never_said(value: date) -> None:
    with pytest.raises(ValueError, match="said"):
        say(_("At {at:time}.", at=value), "en")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('msgid "Hi {name}"\nmsgstr "Hola {nombre}"\n', "nothing fills the gap {nombre}"),
        ('msgid "Hi {name}"\nmsgstr "Hola"\n', "the gap {name} is missing"),
        ('msgid "Hi {name}"\nmsgstr "Hola {name.first}"\n', "{name.first} is not the name of a gap"),
        ('msgid "Hi {name}"\nmsgstr "Hola {name!r}"\n', "{name} is not the name of a gap"),
        ('msgid "Hi {name}"\nmsgstr "Hola {}"\n', "{} is not the name of a gap"),
        ('msgid "Hi {at}"\nmsgstr "Hola {at:hour}"\n', "{at:hour}: a date is written as day, date, time"),
        ('msgid "Hi {name}"\nmsgstr "Hola {name"\n', "expected '}' before end of string"),
        (
            'msgid "{n} of {all}"\nmsgid_plural "{n} of {all}"\nmsgstr[0] "uno"\nmsgstr[1] "{n} de {all}"\n',
            "the gap {all} is missing",
        ),
        (
            'msgid "{n} child"\nmsgid_plural "{n} children"\nmsgstr[0] "{m} niño"\nmsgstr[1] "{n} niños"\n',
            "nothing fills the gap {m}",
        ),
    ],
)
def test_a_wrong_gap_refuses_the_start_and_names_file_entry_and_reason(folder: Path, entry: str, reason: str) -> None:
    path = add(folder, entry)

    with pytest.raises(BrokenCatalog) as refused:
        Catalogs.load(["es"], folder)
    message = str(refused.value)
    assert str(path) in message
    assert entry.split('"')[1] in message
    assert reason in message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('msgstr "yes"', 'msgstr ""', 'the word list "yes" is missing'),
        ('msgctxt "words"', '#, fuzzy\nmsgctxt "words"', 'the word list "yes" is marked fuzzy'),
        ('msgid "yes"', 'msgid "si"', 'the word list "yes" is missing'),
        ("es_US", "nowhere", "the header X-Locale names no locale"),
        ('msgid "yes"', 'msgid "numbers"', "the word list"),
        ('msgctxt "words"', 'nonsense "words"', "cannot be read"),
    ],
)
def test_a_catalog_that_cannot_be_read_with_refuses_the_start(folder: Path, old: str, new: str, reason: str) -> None:
    path = po_path(folder, "es")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    with pytest.raises(BrokenCatalog, match=reason):
        Catalogs.load(["es"], folder)


def test_all_that_is_wrong_is_said_at_once(folder: Path) -> None:
    path = add(folder, 'msgid "Hi {name}"\nmsgstr "Hola"\n\nmsgid "Bye {name}"\nmsgstr "Adiós"\n')
    path.write_text(path.read_text("utf-8").replace('msgstr "yes"', 'msgstr ""'), "utf-8")

    with pytest.raises(BrokenCatalog) as refused:
        Catalogs.load(["es"], folder)
    assert len(str(refused.value).splitlines()) == 3


def test_a_number_without_its_name_refuses_the_start(folder: Path) -> None:
    add(folder, 'msgctxt "words"\nmsgid "numbers"\nmsgstr "2 dos, tres"\n')

    with pytest.raises(BrokenCatalog, match="2 dos"):
        Catalogs.load(["es"], folder)


@pytest.mark.parametrize("language", ["zz", "pt"])
def test_a_language_without_a_catalog_refuses_the_start(folder: Path, language: str) -> None:
    with pytest.raises(BrokenCatalog, match=language):
        Catalogs.load(["en", language], folder)


def test_the_catalogs_hold_every_entry_of_the_code_and_no_other(tmp_path: Path) -> None:
    copytree(ROOT / "locales", tmp_path / "locales")

    update(tmp_path / "locales", collect(ROOT))

    for path in [Path("sobremesa.pot"), *(po_path(Path(), language) for language in ("en", "es"))]:
        written = (tmp_path / "locales" / path).read_text("utf-8")
        assert written == (ROOT / "locales" / path).read_text("utf-8"), "run: python -m bot.language.extract"


def test_spanish_says_every_text() -> None:
    entries = collect(ROOT)
    texts = [message.id for message in entries if message.id and message.context is None]

    assert [msgid for msgid in texts if isinstance(msgid, str) and msgid not in catalogs()["es"].texts] == []
    assert [pair[0] for pair in texts if not isinstance(pair, str) and pair[0] not in catalogs()["es"].counted] == []


def test_no_text_asks_for_a_word_that_a_carrier_takes_for_a_stop() -> None:
    for language in ("en", "es"):
        said = " ".join(str(text) for text in catalogs()[language].texts.values())
        assert not {"CANCEL", "END", "QUIT", "INFO", "UNSUBSCRIBE"} & set(said.replace(".", " ").split())


@pytest.mark.parametrize("own", ["en", "es"])
def test_every_word_list_is_found_again_in_its_own_language(own: str) -> None:
    assert catalogs()[own].lexicon.keys == word_keys(locales_folder())


def test_a_translation_is_kept_when_the_code_changes_and_comes_back_when_it_is_wanted_again() -> None:
    entries = collect(ROOT)
    before = po_path(ROOT / "locales", "es").read_text("utf-8")
    fewer = collect(ROOT)
    fewer.delete("Events")

    without = updated(before, fewer)

    assert '#~ msgid "Events"\n#~ msgstr "Eventos"' in without
    assert updated(without, entries) == before


def test_a_language_is_called_as_its_reader_calls_it() -> None:
    catalogs = Catalogs.load(["en", "es"])
    spanish, english = catalogs.called("es"), catalogs.called("en", first=True)

    assert (spanish, english) == ({"en": "Spanish", "es": "español"}, {"en": "English", "es": "Inglés"})
