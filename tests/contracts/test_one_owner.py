"""Nobody but a component knows its insides: others import what components share, and ask the registry for the rest."""

import ast
from pathlib import Path

import pytest

import forecast
from forecast.components.registry import COMPONENT

ROOT = Path(forecast.__file__).parent
OUTSIDE = [path for path in sorted(ROOT.rglob("*.py")) if path.parent.relative_to(ROOT).parts[:1] != ("components",)]
OWNED = ("frequency", "agenda", "effectiveness", "media", "setting", "completeness", "poles", "registers")
EXCEPTIONS = {
    ("evaluation/compare_administrations.py", "completeness"),  # which era of recording a term belongs to
    ("simulation/prepare.py", "media_recorded"),  # the engine draws pages of single contacts as that module says
    ("evaluation/informed_priors.py", "registers"),  # the registers are fitted to inform priors, and this is how
    ("pipeline/backtest.py", "registers"),  # and are scored by a backtest of their own
}


def owned_imports(text: str) -> set[str]:
    """Components or their parts that a module imports from, at any depth of it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("forecast.components"):
            below = node.module.split(".")[2:3] or [one.name for one in node.names]
            found |= {name for name in below if name.startswith(OWNED)}
    return found


def literals(text: str) -> set[str]:
    """Strings of a module that are nothing but a name."""
    return {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_insides_of_components_are_imported_where_it_is_said_why_and_nowhere_else():
    found = {(path.relative_to(ROOT).as_posix(), name) for path in OUTSIDE for name in owned_imports(path.read_text("utf-8"))}
    assert found == EXCEPTIONS


def test_no_formulation_is_named_outside():
    variants = {name for name, one in COMPONENT.items() if one.variant}
    assert len(variants) > 1
    named = {path.relative_to(ROOT).as_posix(): variants & literals(path.read_text("utf-8")) for path in OUTSIDE}
    assert not any(named.values()), named


@pytest.mark.parametrize(("text", "found"), [
    ("from forecast.components.media import slope", {"media"}), ("from forecast.components import agenda", {"agenda"}),
    ("def f():\n    from forecast.components.frequency.checks import yearly", {"frequency"}),
    ("from forecast.components.registry import COMPONENT", set()), ("from forecast.components.likelihood import draw", set()),
])  # fmt: skip
def test_an_import_of_the_insides_is_seen(text, found):
    assert owned_imports(text) == found
    assert literals('x = {"frequency_drift": 1}') == {"frequency_drift"}
