"""Every tutorial, block by block, in an empty folder.

Those that begin with a forecast that was made get the folder of the first tutorial. The fast lane follows those that begin with
nothing with made-up posteriors in the place of fits, and without figures, its commands answered within the process of the test;
the slow lane all of them so, and typed into a shell (``-k made_up``, three minutes), and all with fits (half an hour with an
empty cache; ``FORECAST_CACHE`` names another).
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs import in_r, stand_in
from tests.docs.tutorial import LANGUAGES, follow, languages
from tests.readme.reader import ROOT, Reader, new_reader

FOLDER = ROOT / "docs" / "tutorials"
FIRST = FOLDER / "first_forecast.md"
ALONE, AFTER = ("own_dyad",), ("what_if", "trust_report", "paper")
IN_R = FOLDER / "r.md"
NEAR = "within this process"
SECONDS = {NEAR: 900, "tests.docs.stand_in": 900, "cli": 4 * 3600}


TYPED = [pytest.param(one, marks=pytest.mark.slow) for one in ("tests.docs.stand_in", "cli")]


@pytest.fixture(scope="module", params=[NEAR, *TYPED], ids=["near_made_up", "made_up", "fitted"])
def lane(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def reader(lane, tmp_path_factory) -> Reader:
    cache, module = os.environ.get("FORECAST_CACHE") if lane == "cli" else None, stand_in.__name__ if lane == NEAR else lane
    found = new_reader(tmp_path_factory.mktemp("reader"), Path(cache) if cache else None, module, fresh=lane == "cli")
    return replace(found, answer=stand_in.answer) if lane == NEAR else found


@pytest.fixture(scope="module")
def within(reader, tmp_path_factory):
    """Follow a page in an empty folder, or in a copy of what another left."""
    def followed(page: Path, lane: str, after: Path | None = None) -> Path:
        place = tmp_path_factory.mktemp(page.stem) / "place"
        shutil.copytree(after, place) if after else place.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            for name, value in (("FORECAST_CACHE", str(reader.cache)), ("COLUMNS", "80"), ("NO_COLOR", "1")):
                patch.setenv(name, value)
            assert follow(page, place, reader, SECONDS[lane], fitted=lane == "cli") > 3
        return place

    return followed


@pytest.fixture(scope="module")
def first(within, lane) -> Path:
    return within(FIRST, lane)


def test_the_first_forecast(first, lane):
    assert (first / "forecast_run" / "report.html").is_file() == (lane == "cli")


@pytest.mark.parametrize("name", ALONE)
def test_a_tutorial_from_nothing(within, lane, name):
    within(FOLDER / f"{name}.md", lane)


@pytest.mark.slow
@pytest.mark.parametrize("name", AFTER)
def test_a_tutorial_that_goes_on_from_the_first(within, lane, first, name):
    within(FOLDER / f"{name}.md", lane, first)


@pytest.mark.parametrize("section", in_r.sections(IN_R))
def test_a_section_of_the_tutorial_in_r(first, monkeypatch, section):
    code = in_r.sections(IN_R)[section]
    if why := in_r.lacking(code):
        pytest.skip(f"{section} of {IN_R.name} is not run: {why}")
    monkeypatch.chdir(first)
    assert in_r.differences(code) == []


def test_every_tutorial_is_followed_and_every_block_is_of_a_known_kind():
    pages = {page.stem: page for page in FOLDER.glob("*.md")}
    assert set(pages) == {FIRST.stem, *ALONE, *AFTER, IN_R.stem}
    assert languages(IN_R) == {"r"}
    assert {name: found for name, page in pages.items() if page != IN_R and (found := languages(page) - LANGUAGES)} == {}
