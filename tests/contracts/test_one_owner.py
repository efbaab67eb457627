"""Nobody but a component knows its insides: others import what components share, and ask the registry for the rest.

Nor do components know one another, by whatever way of imports.
"""

import ast
from pathlib import Path

import pytest

import forecast
from forecast.components.registry import ACROSS, BESIDE, COMPONENT, PROJECTING
from tests.contracts.test_house import module_of, sources

ROOT = Path(forecast.__file__).parent
OUTSIDE = [path for path in sorted(ROOT.rglob("*.py")) if path.parent.relative_to(ROOT).parts[:1] != ("components",)]
OWNERS = {type(one).__module__.removesuffix(".model") for one in {**COMPONENT, **PROJECTING, **ACROSS, **BESIDE}.values()}
"""Module or package of every component of the registry."""
OWNED = tuple(owner.removeprefix("forecast.components.") for owner in sorted(OWNERS))
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


def imports(files: dict[str, str]) -> dict[str, set[str]]:
    """Modules that each module imports at any depth of it, also for types alone; what of a package is imported is its own."""
    known = {module_of(path) for path in files}
    graph: dict[str, set[str]] = {}
    for path, text in files.items():
        found = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
        graph[module_of(path)] = found & known
    return graph


def led_to(graph: dict[str, set[str]], owners: set[str]) -> set[tuple[str, str]]:
    """Pairs of components of which the first imports the second, itself or by way of others."""
    def part_of(owner: str) -> set[str]:
        return {name for name in graph if name == owner or name.startswith(f"{owner}.")}

    found = set()
    for owner in owners:
        reached, todo = set(), part_of(owner)
        while todo:
            reached |= todo
            todo = set().union(*(graph[name] for name in todo)) - reached
        found |= {(owner, other) for other in owners - {owner} if reached & part_of(other)}
    return found


def literals(text: str) -> set[str]:
    """Strings of a module that are nothing but a name."""
    return {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_insides_of_components_are_imported_where_it_is_said_why_and_nowhere_else():
    found = {(path.relative_to(ROOT).as_posix(), name) for path in OUTSIDE for name in owned_imports(path.read_text("utf-8"))}
    assert found == EXCEPTIONS


def test_no_component_leads_to_another_by_any_import():
    """All of the registry, so that one that is added is among them without being listed anywhere."""
    graph = imports(sources())
    assert len(OWNERS) > 5
    assert all(len(graph[owner]) > 1 for owner in OWNERS)  # it saw them, and what they import
    assert led_to(graph, OWNERS) == set()


def test_a_component_that_leads_to_another_is_found():
    files = {"one.py": "def late():\n    from forecast.shared import x\n", "shared.py": "from forecast import two\n",
             "two/__init__.py": "", "two/part.py": "if TYPE_CHECKING:\n    import forecast.three\n", "three.py": "x = 1\n"}
    found = led_to(imports(files), {"forecast.one", "forecast.two", "forecast.three"})
    assert found == {("forecast.one", "forecast.two"), ("forecast.two", "forecast.three")}


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
