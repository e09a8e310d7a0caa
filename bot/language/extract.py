"""Collects the texts and word lists of the code into ``locales/``: ``python -m bot.language.extract``.

``sobremesa.pot`` is written anew; each language's file gets the entries that it lacks and keeps all that
its translator wrote, its header included. What the code no longer uses is kept at the end of the file.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages import Catalog as Entries
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.language.pofile import WORDS

_PACKAGES = ("bot", "flows")
_TEXTS = {"_": None, "plural": (1, 2)}
_WORD_LISTS = {"words": None}

_HEADER = r"""# What Sobremesa says and understands, for translators.
#
# Copy this file to locales/<language>/LC_MESSAGES/sobremesa.po, fill in this header and the entries.
# Entries with the context "words" are lists of what families type, with commas between.
#
#   Language        the code of the language, such as pt
#   X-Locale        whose dates and times are written: pt_BR, es_US
#   X-Language-Name what the language calls itself: português
#   X-Day           how a day is written without its year: EEEE, d 'de' MMMM
msgid ""
msgstr ""
"Project-Id-Version: Sobremesa\n"
"Language: \n"
"X-Locale: \n"
"X-Language-Name: \n"
"X-Day: \n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"""


def main() -> None:
    """Bring the catalogs of this checkout up to the code."""
    root = Path(__file__).parent.parent.parent
    update(root / "locales", collect(root))


def collect(root: Path) -> Entries:
    """Every text and word list of the code under ``root``, with its comments for translators."""
    entries = Entries()
    for package in _PACKAGES:
        for context, keywords in ((None, _TEXTS), (WORDS, _WORD_LISTS)):
            found = extract_from_dir(
                root / package, keywords=keywords, comment_tags=("Translators:",), strip_comment_tags=True
            )
            for name, _line, message, comments, _context in found:
                place = (f"{package}/{name}", 0)
                entries.add(message, locations=[place], auto_comments=comments, context=context)
    return entries


def update(folder: Path, entries: Entries) -> None:
    """Write ``sobremesa.pot`` in ``folder`` and bring every language's file there up to it."""
    (folder / "sobremesa.pot").write_text(_HEADER + "\n" + _written(entries), "utf-8")
    for path in sorted(folder.glob("*/LC_MESSAGES/sobremesa.po")):
        path.write_text(updated(path.read_text("utf-8"), entries), "utf-8")


def updated(po: str, entries: Entries) -> str:
    """The text of a language's file with the entries of the code, and its translations kept."""
    header = po.partition("\n\n")[0] + "\n"
    translated = read_po(BytesIO(po.encode()), abort_invalid=True)
    for key, message in list(translated.obsolete.items()):
        if entries.get(message.id, message.context):  # the code uses it again
            translated[message.id] = translated.obsolete.pop(key)
    translated.update(entries, no_fuzzy_matching=True)
    return header + "\n" + _written(translated)


def _written(entries: Entries) -> str:
    file = BytesIO()
    write_po(file, entries, width=100, omit_header=True, include_lineno=False)
    return file.getvalue().decode()


if __name__ == "__main__":
    main()
