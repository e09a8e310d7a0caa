"""What the code says reaches the translators."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
MODULES = sorted(path for package in ("bot", "flows") for path in (ROOT / package).rglob("*.py"))


def said(source: str) -> Iterator[tuple[str, ...]]:
    """The words of every call of ``_`` and ``plural`` in a source, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "plural"):
            words = node.args[: 1 if node.func.id == "_" else 2]
            if all(isinstance(text, ast.Constant) and isinstance(text.value, str) for text in words):
                yield tuple(str(text.value) for text in words if isinstance(text, ast.Constant))


def known() -> set[tuple[str, ...]]:
    """The texts of the template that translators work from."""
    with (ROOT / "locales/sobremesa.pot").open("rb") as file:
        ids = [entry.id for entry in read_po(file) if entry.id]
    return {(id_,) if isinstance(id_, str) else tuple(id_) for id_ in ids}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_of_the_code_is_in_the_template(path: Path) -> None:
    # Babel does not see a text inside the gaps of another: it needs a line of its own.
    assert set(said(path.read_text(encoding="utf-8"))) <= known()
