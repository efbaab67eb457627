"""What CONTRIBUTING.md says is to be touched exists, and is no more than it promises."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from forecast.errors import InputError
from forecast.report.page import PLATES
from forecast.report.plots import Plots

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MOST = {"component": 3, "dyad": 0, "election": 1, "scenario effect": 4, "figure": 2, "score": 3, "language": 1}
SECTION = re.compile(r"^### Add an? ([a-z ]+): (\d+) places?\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
PATH = re.compile(r"`((?:forecast|tests|priors|scenarios|docs|benchmarks)/[\w./]*|[\w.]+\.(?:toml|txt|md))`")


def promised() -> dict[str, tuple[int, list[str]]]:
    return {name: (int(many), PLACE.findall(body)) for name, many, body in SECTION.findall(TEXT)}


def test_every_kind_of_change_has_its_places():
    assert promised().keys() == MOST.keys()


@pytest.mark.parametrize("kind", MOST)
def test_the_places_are_as_many_as_the_heading_says_and_no_more_than_allowed(kind):
    many, places = promised()[kind]
    assert len(set(places)) == many <= MOST[kind]


def test_every_path_that_is_named_is_there():
    named = PATH.findall(TEXT)
    assert len(set(named)) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert all((ROOT / path).is_dir() == path.endswith("/") for path in named)


def test_targets_of_make_that_are_named_exist():
    named = set(re.findall(r"`make ([\w-]+)`", TEXT))
    assert {"test", "lint", "slow", "lock"} <= named
    assert named <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_figure_can_be_drawn_from_python():
    """One that is added stands on the page, and ``Run.plot.draw`` takes its name; methods are for names that are typed often."""
    methods = {name for name in vars(Plots) if not name.startswith("_")} - {"names", "draw"}
    assert methods <= {plate.name for plate in PLATES}
    assert len(methods) > 10


def test_a_figure_that_is_added_needs_no_line_of_python_to_be_drawn(monkeypatch):
    content, added = SimpleNamespace(panel=SimpleNamespace(about=())), replace(PLATES[0], name="added", draw=lambda _: "drawn")
    monkeypatch.setattr("forecast.report.page.PLATES", (*PLATES, added))
    monkeypatch.setattr("forecast.report.page.plates", lambda _: (added,))
    plot = Plots(lambda _: content)
    assert plot.draw("added") == "drawn"
    with pytest.raises(InputError, match=r"plot\.draw: argument name: .* found 'ad'.*added"):
        plot.draw("ad")
    with pytest.raises(InputError, match=r"plot\.update: figure: .* This run has: added\."):
        plot.draw("update")
