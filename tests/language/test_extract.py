"""What the code says reaches the translators."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(path for package in ("bot", "flows") for path in (ROOT / package).rglob("*.py"))


def said(source: str) -> Iterator[str]:
    """The first words of every call of ``_`` and ``plural`` in a source, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "plural"):
            text = node.args[0] if node.args else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def known() -> set[str]:
    """The texts of the template that translators work from."""
    with (ROOT / "locales/sobremesa.pot").open("rb") as file:
        return {entry.id[0] if isinstance(entry.id, tuple) else entry.id for entry in read_po(file) if entry.id}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_of_the_code_is_in_the_template(path: Path) -> None:
    # Babel does not see a text inside the gaps of another: it needs a line of its own.
    assert set(said(path.read_text(encoding="utf-8"))) <= known()
