"""The chain from posteriors to tables on a frozen record and posterior: the same numbers, whatever the threads."""

from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import date
from pathlib import Path
from pickle import dumps, loads

import numpy as np
import pandas as pd
import pytest

from forecast.outputs import output_directory, read_manifest
from forecast.pipeline import Request, run, run_to
from forecast.posterior.posterior import Posterior
from forecast.report.files import write_table
from forecast.report.run import figure_worker
from forecast.simulation.prepare import laid_out
from tests.fixture.record import RECORD
from tests.heard import Heard

GOLDEN = Path(__file__).parent / "summary.csv"
REQUEST = Request(data=RECORD, paths=400, seed=3, as_of=date(2019, 6, 30), threads=1)


def _run(inputs, posterior, request, monkeypatch):
    monkeypatch.setattr(run, "fit", lambda *_: posterior)
    return run.compute(inputs, request, lambda *_: None)


@pytest.mark.slow
def test_summary_is_byte_identical_with_one_and_two_threads(inputs, posterior, monkeypatch, tmp_path):
    for threads in (1, 2):
        result = _run(inputs, posterior, replace(REQUEST, threads=threads), monkeypatch)
        write_table(result.tables.summary, tmp_path / f"{threads}.csv")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    other = _run(inputs, posterior, replace(REQUEST, seed=4), monkeypatch)
    write_table(other.tables.summary, tmp_path / "seed.csv")
    assert (tmp_path / "1.csv").read_bytes() != (tmp_path / "seed.csv").read_bytes()


def test_summary_is_the_golden_one(inputs, posterior, monkeypatch, request):
    found = _run(inputs, posterior, REQUEST, monkeypatch).tables.summary
    found = found[(found["window"] == "2025-2028")].reset_index(drop=True)
    if request.config.getoption("--refresh-golden"):
        write_table(found, GOLDEN)
    frozen = pd.read_csv(GOLDEN, dtype={"key": str})
    pd.testing.assert_frame_equal(found, frozen, rtol=1e-5, check_dtype=False)


@pytest.mark.slow
def test_tables_about_administrations_depend_on_the_seed_alone(inputs, posterior, monkeypatch):
    first, again = (_run(inputs, posterior, replace(REQUEST, threads=threads), monkeypatch).administration for threads in (1, 2))
    other = _run(inputs, posterior, replace(REQUEST, seed=4), monkeypatch).administration
    for name, table in vars(first).items():
        pd.testing.assert_frame_equal(table, getattr(again, name), check_exact=True)
    assert not first.variance.equals(other.variance)
    assert first.variance.groupby(["pairing", "key"])["share"].sum().to_numpy() == pytest.approx(1)
    assert set(first.identification["president"]) == {"Trump"}


class _Noted(Executor):
    """Does calls at once, and notes them."""

    def __init__(self, order):
        self.order = order

    def submit(self, call, *given, **named):
        self.order.append(call.__name__)
        done = Future()
        done.set_result(call(*given, **named))
        return done


def test_what_branches_share_is_there_before_they_begin(inputs, posterior, monkeypatch):
    order, load, taker = [], run.load_compiled, Posterior.taker

    def noted(self):
        order.append(f"lay out {self.component}")
        return taker(self)

    monkeypatch.setattr(run, "load_compiled", lambda: order.append("load_compiled") or load())
    monkeypatch.setattr(Posterior, "taker", noted)
    run.compute(inputs, REQUEST, lambda *_: None, helper=_Noted(order), posterior=posterior)
    first, second = (order.index(name) for name in ("administration_tables", "drift_table"))
    assert order[:first] == ["load_compiled", "lay out frequency", "lay out agenda"]
    assert order[first + 1:second] == ["lay out frequency"]  # as the prior set has it
    assert not {"lay out frequency", "lay out agenda"} & {*order[second:]}
    assert len(set(order[second:])) == len(order[second:])


def test_draws_that_were_laid_out_do_not_go_to_another_process(posterior):
    one = laid_out(posterior)["agenda"]
    assert one.taker() is one.taker()
    there = loads(dumps(one))
    assert "_laid_out" not in vars(there)
    assert (there.component, there.key, there.coord) == (one.component, one.key, one.coord)
    for name, values in one.taker().array.items():
        np.testing.assert_array_equal(there.taker().array[name], values)


@pytest.mark.slow
def test_tables_that_a_second_process_computes_are_the_same(inputs, posterior, monkeypatch):
    monkeypatch.setattr(run, "fit", lambda *_: posterior)
    with figure_worker() as helper:
        beside = run.compute(inputs, REQUEST, lambda *_: None, helper=helper).administration
    alone = run.compute(inputs, REQUEST, lambda *_: None).administration
    for name, table in vars(alone).items():
        pd.testing.assert_frame_equal(table, getattr(beside, name), check_exact=True)


@pytest.mark.usefixtures("every_form")
def test_a_run_directory_is_complete_and_its_numbers_are_one_set(inputs, posterior, monkeypatch, tmp_path):
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)
    monkeypatch.setattr(run, "fit", lambda *_: posterior)
    folder = tmp_path / "run"
    heard = Heard()
    run_to(folder, inputs, REQUEST, heard)
    assert list(heard.stages) == ["simulate harris", "simulate trump", "simulate trump, independent", "tables", "write"]
    assert heard.faults() == []
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"manifest.json", "summary.csv", "contrast.csv", "agenda.csv", "agenda_contrast.csv", "variance.csv",
            "identification.csv", "report.html", "trajectories/harris.parquet"} <= written
    assert {f"figures/history.{form}" for form in ("pdf", "svg", "png")} <= written
    assert set(read_manifest(folder, "run")["files"]) == written - {"manifest.json"}
    paths = pd.read_parquet(folder / "trajectories" / "trump.parquet")
    summary = pd.read_csv(folder / "summary.csv").query("scenario == 'trump' and quantity == 'contact'")
    told = summary.query("key == 'cabinet' and window == '2025-2028'")["mean"].item()
    assert paths.groupby("path")["contact_cabinet"].sum().mean() == pytest.approx(told)
    plain = tmp_path / "plain"
    heard = Heard()
    run_to(plain, inputs, replace(REQUEST, figures=False), heard)
    assert heard.faults() == []
    figures = {name for name in written if name.startswith("figures/")} | {"report.html"}
    assert {path.relative_to(plain).as_posix() for path in plain.rglob("*") if path.is_file()} == written - figures
    assert all((plain / name).read_bytes() == (folder / name).read_bytes()
               for name in written - figures - {"manifest.json"}), "without figures the numbers are others"


@pytest.mark.slow
def test_an_interrupted_write_leaves_the_last_run_in_place(inputs, posterior, monkeypatch, tmp_path):
    monkeypatch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)
    monkeypatch.setattr(run, "fit", lambda *_: posterior)
    target = tmp_path / "run"
    with output_directory(target, "run") as folder:
        (folder / "manifest.json").write_text('{"last": "run"}')
    before = (target / "manifest.json").read_bytes()
    monkeypatch.setattr("forecast.pipeline.run.write_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run_to(target, inputs, REQUEST, lambda *_: None)
    assert (target / "manifest.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
