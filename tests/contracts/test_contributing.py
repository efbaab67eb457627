"""What CONTRIBUTING.md says is to be touched exists, and is no more than it promises."""

import re
import tomllib
from pathlib import Path

import pytest

from forecast.components.registry import ACROSS, BESIDE, COMPONENT, PROJECTING
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


def test_every_component_is_among_those_that_may_not_import_one_another():
    """The list stands in pyproject.toml, and nothing else would tell that one is missing."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (listed,) = (set(one["modules"]) for one in contracts if one["type"] == "independence")
    every = {type(one).__module__.removesuffix(".model") for one in {**COMPONENT, **PROJECTING, **ACROSS, **BESIDE}.values()}
    assert listed == every


def test_every_figure_can_be_drawn_from_python_and_shows_its_data():
    """A figure that is added stands on the page, has its data, and is a method of ``Run.plot``."""
    drawn = {name for name in vars(Plots) if not name.startswith("_")} - {"names"}
    assert {plate.name for plate in PLATES} == drawn
