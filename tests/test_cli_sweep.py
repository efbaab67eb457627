"""``forecast sweep``: resumed, on Dask, and with files that are wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from forecast.errors import InputError
from forecast.pipeline import Request, sweep
from tests.conftest import some
from tests.fixture.made_up import write_made_up
from tests.fixture.record import RECORD

FILE = """\
name: small
title: Small
description: For a test.
scenarios: [trump, harris]
design: sobol
samples: 16
paths: 100
vary:
  - {path: adjustments.rate.president, over: {uniform: [-0.5, 0.5]}, reason: A test.}
  - {path: adjustments.topic.trade, values: [0, 1], reason: A test.}
"""
PROGRAM = "from cli import app\nif __name__ == '__main__':\n    app()"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # processes started here import this program
    (tmp_path / "small.yaml").write_text(FILE)
    return tmp_path / "small.yaml"


def call(*arguments):
    return CliRunner().invoke(app, ["sweep", *map(str, arguments)])


@pytest.mark.parametrize(("old", "new", "words"), [
    ("samples: 16", "samples: 17", "a power of two"), ("design: sobol", "design: sobl", "'grid' or 'sobol'"),
    ("path: adjustments.rate.president", "path: events.nobody.date", "that none of them has"),
    ("path: adjustments.rate.president", "path: adjustments.rate.presidnt", "Did you mean 'president'"),
    ("values: [0, 1]", "values: [much, more]", "a number, or one distribution"),
    ("paths: 100", "path: 100", "Did you mean 'paths'"),
    ("path: adjustments.rate.president", "path: title.x", "'title', which has no keys of its own"),
    ("values: [0, 1]", "values: [0, much, 1]", "small.yaml: line 10, key vary, path adjustments.topic.trade, value much"),
    ("path: adjustments.topic.trade, values: [0, 1]", "path: as_of, values: [2024-11-04, nonsense]", "YYYY-MM-DD"),
    ("path: adjustments.topic.trade, values: [0, 1]", "path: priors, values: [default, defualt]", "Did you mean 'default'"),
    ("scenarios: [trump, harris]", "scenarios: [trumpp]", "Did you mean 'trump'"),
    ("over: {uniform: [-0.5, 0.5]}", "over: {uniform: [1, 0]}", "the lower end first"), ("title: Small\n", "", "Add 'title'"),
])
def test_a_malformed_sweep_ends_in_one_message_before_anything_runs(file, old, new, words):
    import re

    file.write_text(FILE.replace(old, new))
    result = call(file, "--data", RECORD)
    assert result.exit_code == 2, result.output
    assert re.search(words, result.stderr)
    assert "Traceback" not in result.stderr
    assert [path.name for path in file.parent.iterdir()] == ["small.yaml"]


RICH = """\
name: rich
title: Rich
description: Every kind of key.
extends: trump.yaml
dyad: us_kz
adjustments: {rate: {all: 0.1, cabinet: 0.2}, topic: {trade: 0.1}, outcome: 0.1, tone: {partner: 0.1, home: 0.2}}
cabinet:
  - {id: minister, title: M, reason: R, rank: cabinet, share: 0.5, appetite: 0.3, start: 2025-03, end: 2026-03}
events:
  - {id: deal, title: D, reason: R, date: 2025-07, probability: 0.9, shape: pulse, half_life_months: 3, effects: {state: 1}}
  - {id: war, title: W, reason: R, hazard: 0.1, start: 2025-02, end: 2027-01, shape: ramp, ramp_months: 4, effects: {outcome: 1}}
  - {id: talks, title: T, reason: R, after: deal, delay_months: 3, shape: step, duration_months: 5, effects: {rate: {all: 1}}}
  - {id: visit, title: V, reason: R, window: [2025-03, 2026-03], unless: war, shape: step, effects: {rate: {president: 1}}}
questions:
  - {id: asked, text: T, background: B, contacts: {rank: [cabinet], outcome: 0}, window: [2025-02, 2026-01], at_least: 2,
     resolution: R}
"""
TWO_VALUES = {
    "name": ("a", "b"), "title": ("A", "B"), "description": ("A", "B"), "extends": ("harris.yaml", "trump.yaml"),
    "dyad": ("us_kz", "us_uz"), "outcome": ("trump", "harris"), "horizon.start": ("2025-01", "2025-02"),
    "horizon.end": ("2028-12", "2028-11"), "adjustments.rate.all": (0, 1), "adjustments.rate.cabinet": (0, 1),
    "adjustments.topic.trade": (0, 1), "adjustments.outcome": (0, 1), "adjustments.tone.partner": (0, 1),
    "cabinet.minister.id": ("a", "b"), "cabinet.minister.title": ("A", "B"), "cabinet.minister.reason": ("A", "B"),
    "cabinet.minister.rank": ("cabinet", "president"), "cabinet.minister.share": (0.1, 0.9), "cabinet.minister.appetite": (0, 1),
    "cabinet.minister.start": ("2025-03", "2025-06"), "cabinet.minister.end": ("2026-03", "2025-06"),
    "events.deal.id": ("a", "b"), "events.deal.title": ("A", "B"), "events.deal.reason": ("A", "B"),
    "events.deal.date": ("2025-07", "2026-07"), "events.deal.probability": (0, 1), "events.deal.half_life_months": (1, 9),
    "events.deal.effects.state": (0, 1), "events.war.hazard": (0, 0.5), "events.war.start": ("2025-02", "2026-02"),
    "events.war.end": ("2025-06", "2027-01"), "events.war.ramp_months": (1, 12), "events.talks.delay_months": (1, 12),
    "events.talks.duration_months": (1, 12), "events.talks.after": ("deal", "war"),
    "events.visit.window": (["2025-03", "2026-03"], ["2027-01", "2027-02"]), "events.visit.unless": ("war", "deal"),
    "questions.asked.id": ("a", "b"), "questions.asked.dyad": ("us_kz", "us_uz"), "questions.asked.text": ("A", "B"),
    "questions.asked.background": ("A", "B"), "questions.asked.resolution": ("A", "B"), "questions.asked.at_least": (1, 2),
    "questions.asked.contacts.rank": (["cabinet"], ["president"]), "questions.asked.contacts.outcome": (0, 3),
    "questions.asked.window": (["2025-01", "2026-01"], ["2025-01", "2027-01"]),
}
IGNORED = {"name", "title", "description", "extends", "dyad", "id", "reason", "text", "background", "resolution"}


@pytest.mark.parametrize("key", some(TWO_VALUES, ["extends", "title", "questions.asked.contacts.rank", "questions.asked.window"]))
def test_what_only_names_or_describes_cannot_be_varied(file, key, monkeypatch):
    """Every other key of a scenario can, and changes something."""
    from ruamel.yaml import YAML

    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    (file.parent / "rich.yaml").write_text(RICH)
    content = {"name": "small", "title": "S", "description": "D", "scenarios": ["rich.yaml"], "design": "grid",
               "vary": [{"path": key, "values": list(TWO_VALUES[key]), "reason": "A test."}]}
    YAML().dump(content, file)
    if key.rpartition(".")[2] not in IGNORED:
        assert len(sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None).values) == 2
        return
    with pytest.raises(InputError, match="which no number depends on") as caught:
        sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)
    (fault,) = caught.value.faults
    assert fault.where == f"line 8, key vary, path {key}"
    assert "which no number depends on" in fault.found
    assert len(fault.remedy) > 10


def test_a_value_that_another_one_hides_cannot_be_varied(file, monkeypatch):
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    ranks = "{president: 0, vice_president: 0, cabinet: 0, deputy: 0, assistant: 0, congress: 0}"
    (file.parent / "rich.yaml").write_text(RICH.replace("{all: 0.1, cabinet: 0.2}", ranks))
    file.write_text(FILE.replace("[trump, harris]", "[rich.yaml]").replace("rate.president", "rate.all"))
    with pytest.raises(InputError, match=r"line 9, key vary, path adjustments\.rate\.all: .* no difference between its values"):
        sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)


@pytest.mark.parametrize(("values", "words"), [
    ("path: priors, values: [1, 2]", "a file or a shipped prior set, found 1"),
    ("path: as_of, values: [2024-11-04, 2024-02-31]", "value 2024-02-31: expected days written YYYY-MM-DD"),
    ("path: as_of, values: [2024-11-04, 2024-11-03T10:00:00]", "expected days written YYYY-MM-DD"),
    ("path: events.x.date, values: [2025-01, 2025-02]", "an event, official or question that none of them has"),
    ("path: adjustments.rate.all, values: [50, 0]", "a log rate from -6.9 to 6.9"),
])
def test_values_of_the_wrong_kind_are_told(file, values, words):
    file.write_text(FILE.replace("path: adjustments.topic.trade, values: [0, 1]", values))
    result = call(file, "--data", RECORD)
    assert result.exit_code == 2, result.output
    assert words in result.stderr


def test_a_design_too_large_for_memory_is_refused(file):
    vary = "".join(f"  - {{path: p{n}, over: {{uniform: [0, 1]}}, steps: 50, reason: R}}\n" for n in range(6))
    file.write_text(FILE.partition("design")[0] + "design: grid\nvary:\n" + vary)
    result = call(file, "--data", RECORD)
    assert result.exit_code == 2
    assert "at most 200,000 points, not of 15,625,000,000" in result.stderr


def test_a_scenario_with_faults_tells_them_by_its_own_file(file):
    (file.parent / "odd.yaml").write_text("name: odd\ntitle: T\ndescription: D\nextends: trump.yaml\nevents:\n")
    file.write_text(FILE.replace("[trump, harris]", "[odd.yaml]").replace("adjustments.rate.president", "events.x.date"))
    result = call(file, "--data", RECORD)
    assert result.exit_code == 2
    assert "odd.yaml: line 5, key events: expected a list, found nothing" in result.stderr


def open_election(file, pairs, monkeypatch):
    """A sweep over who wins, point by point."""
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    monkeypatch.setattr("forecast.pipeline.sweep_plan.sweep_points", lambda *_: pairs)
    text = FILE.replace("[trump, harris]", "[mixture]").replace("adjustments.rate.president", "outcome.harris")
    file.write_text(text.replace("adjustments.topic.trade", "outcome.trump"))
    return sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)


def test_values_that_make_sense_only_together_are_varied_together(file, monkeypatch):
    """Either chance by itself would not add up to one with the other as it is shipped."""
    given = open_election(file, [(0.3, 0.7), (0.6, 0.4)], monkeypatch)
    assert [point.scenarios[0].chances["harris"] for point in map(given.point, range(2))] == [0.3, 0.6]


def test_values_that_make_no_sense_together_are_told_before_anything_runs(file, monkeypatch):
    with pytest.raises(InputError, match=r"these values together: outcome\.harris 0\.6, outcome\.trump 0\.3"):
        open_election(file, [(0.3, 0.7), (0.6, 0.3)], monkeypatch)
    text = FILE.replace("adjustments.rate.president, over: {uniform: [-0.5, 0.5]}", "horizon.start, values: [2025-02, 2026-02]")
    file.write_text(text.replace("adjustments.topic.trade, values: [0, 1]", "horizon.end, values: [2025-03, 2028-12]"))
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"these values together: horizon\.start 2026-02, horizon\.end 2025-03"):
        sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)


def test_a_sweep_tells_the_questions_of_its_own_dyad(file, tmp_path, monkeypatch):
    """Those of shipped scenarios are of another one, and its report would have their words."""
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    told = [sweep.sweep_manifest(sweep.plan_sweep(file, Request(data=folder), lambda *_: None))["scenarios"]
            for folder in (RECORD, write_made_up(tmp_path / "us_xq", contacts=20))]
    assert [[bool(one["questions"]) for one in scenarios] for scenarios in told] == [[True, True], [False, False]]


def test_only_what_is_missing_is_done_and_rows_keep_their_order(file, monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    monkeypatch.setattr(sweep, "evaluate", lambda point: {
        "x": (float(point.scenarios[0].adjustments.rate.president.parameters[0]), 0.5)})
    monkeypatch.setattr(sweep, "_here", lambda given, missing, _: (
        sweep._keep(given, chunk, sweep._do(given, chunk)) or asked.append(chunk.start) or chunk for chunk in reversed(missing)))
    asked: list[int] = []
    given = sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)
    first, errors = sweep.run(given, lambda *_: None)
    assert (errors["x"] == 0.5).all()
    assert asked == [60, 40, 20, 0]
    pd.testing.assert_series_equal(first["x"], first["adjustments.rate.president"], check_names=False)
    (given.folder / "000020.json").unlink()
    pd.testing.assert_frame_equal(sweep.run(given, lambda *_: None)[0], first)
    assert asked == [60, 40, 20, 0, 20]


def forged(path, change):
    """A file with other content and the hash that belongs to it."""
    from forecast.kept import _hash

    content = json.loads(path.read_text())["content"]
    change(content["rows"])
    path.write_text(json.dumps({"sha256": _hash(path, content), "content": content}))


BAD = [
    (lambda path: path.write_text("[]"), "neither content nor hash"),
    (lambda path: path.write_text(path.read_text()[:50]), "string"),
    (lambda path: path.write_text(path.read_text().replace("0.5", "0.6", 1)), "its hash is another"),
    (lambda path: path.write_text(path.read_text().replace("0.5", "NaN", 1)), "NaN"),
    (lambda path: path.write_bytes(path.with_name("000040.json").read_bytes()), "its hash is another"),
    (lambda path: forged(path, lambda rows: rows.pop()), "19 points, expected 20"),
    (lambda path: forged(path, lambda rows: rows[3].update(y=[1.0, 2.0])), "points of different quantities"),
    (lambda path: forged(path, lambda rows: [row.update(y=[1.0, 2.0]) for row in rows]), "other quantities than in the rest"),
    (lambda path: forged(path, lambda rows: rows[3].update(x=[1.0])), "rows.3.x"),
    (lambda path: forged(path, lambda rows: rows[3].update(x=["1", 2.0])), "rows.3.x.0"),
]


@pytest.mark.parametrize(("change", "words"), [BAD[0], BAD[2], BAD[5], *(pytest.param(*one, marks=pytest.mark.slow)
                                                                       for at, one in enumerate(BAD) if at not in (0, 2, 5))])
def test_a_bad_chunk_is_computed_anew_with_one_line(file, monkeypatch, tmp_path, capsys, change, words):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    monkeypatch.setattr(sweep, "evaluate", lambda point: {"x": (0.5, 0.25), "share": (float("nan"), float("nan"))})
    asked = []
    monkeypatch.setattr(sweep, "_here", lambda given, missing, _: (
        sweep._keep(given, chunk, sweep._do(given, chunk)) or asked.append(chunk.start) or chunk for chunk in missing))
    given = sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None)
    whole = sweep.run(given, lambda *_: None)
    assert whole[0]["share"].isna().all()
    assert whole[0]["share"].dtype == float
    asked.clear()
    change(given.folder / "000020.json")
    again = sweep.run(given, lambda *_: None)
    told = capsys.readouterr().err.splitlines()
    assert asked == [20]
    assert len(told) == 1
    assert words in told[0]
    for one, other in zip(whole, again, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_what_it_writes_says_what_it_is_of_and_is_taken_by_a_run(file, monkeypatch, tmp_path):
    from forecast.report.sliders import files_of_sweep, load_sweep, sliders
    from tests.fixture.record import frozen_panel

    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    monkeypatch.setattr(sweep, "evaluate", lambda point: {
        f"{one.name}: contacts": (float(str(one.adjustments.rate.president)), 0.5) for one in point.scenarios})
    monkeypatch.setattr(sweep, "_here", lambda given, missing, _: (
        sweep._keep(given, chunk, sweep._do(given, chunk)) or chunk for chunk in missing))
    text = FILE.replace("design: sobol\nsamples: 16\n", "design: grid\n").replace("[-0.5, 0.5]}", "[-0.5, 0.5]}, steps: 3")
    file.write_text(text + "  - {path: horizon.start, values: [2025-02, 2025-03], reason: A test.}\n")
    result = call(file, "--data", RECORD)
    assert result.exit_code == 0, result.output
    panel = frozen_panel(load_sweep(Path("sweep")).told.as_of)
    assert len(files_of_sweep(Path("sweep"), panel, RECORD)) == 3
    rate, trade, start = load_sweep(Path("sweep")).dimensions
    assert (rate.between, trade.between, start.between) == (True, True, False)
    assert (trade.labels, start.labels, start.levels) == (("0", "1"), ("2025-02", "2025-03"), None)
    found = sliders(load_sweep(Path("sweep")), {"contact": {}, "share": {}})
    assert [len(one["titles"]) for one in found["groups"]] == [1, 1]


@pytest.mark.parametrize(("path", "values", "between"), [
    ("adjustments.topic.trade", "[0, 1, 2]", True), ("questions.asked.at_least", "[1, 3]", False),
    ("events.deal.probability", "[0, 0.5]", True), ("events.deal.date", "[2025-07, 2026-07]", False),
])
def test_between_which_values_something_lies_is_asked_of_the_scenario(file, path, values, between, monkeypatch):
    from forecast.pipeline import sweep_plan

    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    (file.parent / "rich.yaml").write_text(RICH)
    text = FILE.replace("[trump, harris]", "[rich.yaml]").replace("adjustments.topic.trade", path)
    file.write_text(text.replace("values: [0, 1]", f"values: {values}"))
    assert (path in sweep_plan.switching_paths(sweep.plan_sweep(file, Request(data=RECORD), lambda *_: None))) == between


def test_a_dead_scheduler_is_one_message_within_seconds_and_before_any_work(file):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"  # nobody listens there
        done = subprocess.run(program(file, "out", "--scheduler", address), capture_output=True, text=True)
        begun = time.monotonic()
        with pytest.raises(InputError, match="Connect"):
            sweep.check_scheduler(address)
        assert time.monotonic() - begun < 5
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"option --scheduler {address}: expected a Dask scheduler that answers" in done.stderr
    assert not (file.parent / "out").exists()


@pytest.mark.parametrize(("address", "words"), [("nonsense", "missing port number"), ("foo://x", "unknown address scheme"),
                                                ("tcp://no.such.host.invalid:1", "expected a Dask scheduler")])
def test_an_address_that_is_none_is_one_message(address, words):
    with pytest.raises(InputError, match=words):
        sweep.check_scheduler(address)


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_something_else_that_listens_is_no_scheduler(says, monkeypatch):
    """Dask itself would wait for thirty seconds, or ask for some exabytes of memory."""
    assert sweep.PATIENCE == 4
    monkeypatch.setattr(sweep, "PATIENCE", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        threading.Thread(target=lambda: [other.accept()[0].sendall(says) for _ in range(2)], daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(InputError, match="expected a Dask scheduler that answers within 1 seconds"):
            sweep.check_scheduler(f"tcp://127.0.0.1:{other.getsockname()[1]}")
        assert time.monotonic() - begun < 10


def test_another_seed_or_prior_set_is_another_sweep(file, monkeypatch):
    monkeypatch.setattr("forecast.pipeline.sweep_plan.fit", lambda *_: {})
    keys = {sweep.plan_sweep(file, request, lambda *_: None).key for request in (
        Request(data=RECORD), Request(data=RECORD, seed=1), Request(data=RECORD, priors="wide"))}
    assert len(keys) == 3


def program(file, out, *more):
    return [sys.executable, "-c", PROGRAM, "sweep", str(file), "--out", str(out), "--data", str(RECORD), "--workers", "1", *more]


@pytest.mark.slow
def test_a_sweep_that_is_killed_and_resumed_gives_the_same_bytes(file, tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    subprocess.run(program(file, "whole"), check=True)
    kept = list((tmp_path / "cache" / "sweep").glob("*/*.json"))
    for path in kept:
        path.unlink()
    running = subprocess.Popen(program(file, "killed"), start_new_session=True)
    while not list((tmp_path / "cache" / "sweep").glob("*/*.json")):
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert 0 < len(list((tmp_path / "cache" / "sweep").glob("*/*.json"))) < len(kept)
    assert not (tmp_path / "killed").exists()
    subprocess.run(program(file, "killed"), check=True)
    for name in ("points.csv", "points_mcse.csv", "sensitivity.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.slow
def test_two_dask_workers_give_the_same_bytes(file, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    subprocess.run(program(file, "here"), check=True)
    for path in (tmp_path / "cache" / "sweep").glob("*/*.json"):
        path.unlink()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        subprocess.run(program(file, "there", "--scheduler", cluster.scheduler_address), check=True)
    assert (tmp_path / "here" / "points.csv").read_bytes() == (tmp_path / "there" / "points.csv").read_bytes()
