"""A sweep is read back as it was written, or refused in one message; what the page needs of it fits."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.outputs import sha256
from forecast.report import sliders as module
from forecast.report.sliders import files_of_sweep, load_sweep, path_label, sliders
from tests.fixture.record import RECORD, frozen_panel
from tests.report.made_sweep import AS_OF, COARSE, GRID, SAMPLE, TWO, write_sweep

NAMED = {"contact": {"all": "All ranks"}, "share": {}}


@pytest.fixture
def folder(tmp_path):
    write_sweep(tmp_path / "sweep")
    return tmp_path / "sweep"


def refused(folder):
    """What is said about a folder."""
    try:
        files_of_sweep(folder, frozen_panel(AS_OF), RECORD)
    except InputError as error:
        return str(error)
    return "taken"


def signed(folder, name, change):
    """A file with other content, and the hash that belongs to it."""
    (folder / name).write_text(change((folder / name).read_text()))
    said = json.loads((folder / "manifest.json").read_text())
    said["files"][name] = sha256(folder / name)
    (folder / "manifest.json").write_text(json.dumps(said))


def test_a_sweep_of_the_same_record_is_taken(folder):
    found = files_of_sweep(folder, frozen_panel(AS_OF), RECORD)
    assert found == {f"sweep {name}": folder / name for name in ("manifest.json", "points.csv", "points_mcse.csv")}


@pytest.mark.parametrize(("changed", "words"), [
    ({"dyad": "us_uz"}, "key dyad: expected us_kz, as of the run, found us_uz"),
    ({"as_of": "2022-11-08"}, "key as_of: expected 2024-11-04, as of the run, found 2022-11-08"),
    ({"hashes": {"data us_kz/contacts.csv": "0" * 64}}, "as of the run, found 000"),
    ({"hashes": {}}, "as of the run, found none"),
    ({"sweep": {"name": "x"}}, "key sweep.title: expected this key, found nothing"),
    ({"seed": None}, "key seed: expected a whole number, found null"),
])
def test_a_sweep_of_something_else_is_refused(tmp_path, changed, words):
    write_sweep(tmp_path / "sweep", **changed)
    assert words in refused(tmp_path / "sweep")


def test_another_folder_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    assert "an output of this program of the kind 'sweep'" in refused(tmp_path / "other")


def test_a_sweep_that_was_changed_or_cut_is_refused(folder):
    (folder / "points.csv").write_text((folder / "points.csv").read_text().replace("9", "8", 1))
    assert "points.csv: whole file: expected the file as the program wrote it, found another content" in refused(folder)


@pytest.mark.parametrize(("name", "change", "words"), [
    ("points.csv", lambda text: "\n".join(text.splitlines()[:-1]) + "\n", "rows: expected 72, one for every point"),
    ("points_mcse.csv", lambda text: "\n".join([*text.splitlines()[:1], *text.splitlines()[:0:-1]]), "found another order"),
    ("points.csv", lambda text: text.replace("default,8", "default,x", 1), "column trump: contacts: expected a number"),
    ("points_mcse.csv", lambda text: text.replace("trump: contacts", "trump: other"), "columns: expected those of points.csv"),
    ("points.csv", lambda text: text.replace("priors", "prior", 1), "columns: expected adjustments.rate.president, "),
    ("points.csv", lambda text: "", "whole file: expected a table of a sweep"),
])
def test_a_sweep_that_was_made_up_is_refused(folder, name, change, words):
    signed(folder, name, change)
    assert words in refused(folder)


def test_a_grid_that_no_page_holds_is_refused_at_once(folder, monkeypatch):
    monkeypatch.setattr(module, "MOST_POINTS", 70)
    assert "expected at most 70 points of a grid, found 72" in refused(folder)


@pytest.mark.parametrize(("path", "words"), [
    ("adjustments.rate.cabinet", "Rate, cabinet"), ("events.summit.effects.rate.president", "Summit, rate, president"),
    ("priors", "Prior set"), ("outcome.first", "Outcome, first"), ("cabinet.minister.share", "Minister, share"),
])
def test_assumptions_have_names(path, words):
    assert path_label(path) == words


def test_values_that_are_numbers_ascend(folder):
    axes = {axis["path"]: axis for axis in sliders(load_sweep(folder), NAMED)["axes"]}
    trade = axes["adjustments.topic.trade"]
    assert (trade["values"], trade["data"]["order"], trade["shape"]) == (["-0.5", "0", "0.5", "1"], [1, 2, 3, 0], "range")
    assert (axes["priors"]["values"], axes["priors"]["shape"]) == (["Default", "Sceptical"], "choice")


def test_between_values_that_a_scenario_does_not_take_nothing_lies(tmp_path):
    write_sweep(tmp_path / "sweep", between=[])
    trade = sliders(load_sweep(tmp_path / "sweep"), NAMED)["axes"][1]["data"]
    assert (trade["steps"], trade["levels"]) == (1, [-0.5, 0, 0.5, 1])


@pytest.mark.parametrize(("design", "known", "good"), [
    (GRID, True, True), (SAMPLE, True, True), (COARSE, True, False), (TWO, False, False)])
def test_the_error_of_interpolation_is_told(tmp_path, design, known, good):
    write_sweep(tmp_path / "sweep", design)
    found = sliders(load_sweep(tmp_path / "sweep"), NAMED)
    assert (found["error"] is not None) == known
    assert (known and found["error"] <= found["bound"]) == good
    assert found["two_values"] == ([] if known else ["Topic, trade"])


def test_numbers_dealt_out_to_other_points_are_too_far_off(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    write_sweep(tmp_path / "sweep", SAMPLE)
    given = load_sweep(tmp_path / "sweep")
    shuffled = given.points.assign(**{name: rng.permutation(given.points[name].to_numpy()) for name in given.quantities})
    found = sliders(replace(given, points=shuffled), NAMED)
    assert found["error"] > 10 * found["bound"]


def test_what_takes_too_much_room_is_left_out_and_counted(folder, monkeypatch):
    whole = sliders(load_sweep(folder), NAMED)
    size = sum(len(whole["data"][key]) for key in ("values", "errors"))
    monkeypatch.setattr(module, "ROOM", size // 2)
    found = sliders(load_sweep(folder), NAMED)
    assert sum(len(found["data"][key]) for key in ("values", "errors")) <= size // 2
    assert len(found["data"]["rows"]) == len(whole["data"]["rows"]) - found["left_out"] > 0
    assert found["data"]["rows"][0]["quantity"] == "trump: contacts"


def test_a_quantity_without_a_number_somewhere_has_none_in_the_page(tmp_path):
    write_sweep(tmp_path / "sweep", SAMPLE)
    given = load_sweep(tmp_path / "sweep")
    cells = given.points["trump: share of trade"].where(given.points.index != 3, "")
    rows = sliders(replace(given, points=given.points.assign(**{"trump: share of trade": cells})), NAMED)["data"]["rows"]
    assert {row["quantity"]: row["error"] for row in rows}["trump: share of trade"] is None
    assert pd.notna([row["error"] for row in rows if row["quantity"] != "trump: share of trade"]).all()
