"""Everything that is read back, damaged at random fifty times over: refused with a message or as it was, and never a traceback.

Frozen forecasts and files of other forecasters are damaged in ``tests/evaluation``, YAML files in ``tests/test_yaml_strict.py``.
"""

import json
import random
import shutil
from datetime import date

import pytest
import xarray as xr

from forecast.contacts import load_dyad
from forecast.contacts.importers import By, import_series
from forecast.errors import ForecastError, InputError
from forecast.kept import Kept, read_kept, write_kept
from forecast.outputs import output_directory
from forecast.pipeline.run_directory import freeze
from forecast.posterior import store
from forecast.report.backtest_page import load_section
from tests.components.example import PASSED
from tests.contacts.importing import FILES
from tests.evaluation.mutation import of_bytes, of_cells, of_value
from tests.fixture.record import RECORD
from tests.pipeline.test_freeze import run  # noqa: F401 - a fixture
from tests.posterior.test_store import CHAINS
from tests.walk.right import IMPORTED, _backtest

COUNT = 50
CODE = {"historian": None, "gdelt": "KAZ", "icews": None, "polecat": "KAZ", "colt": "KAZ"}


class Row(Kept):
    values: dict[str, tuple[float, float]]


def seeds(name):
    return [random.Random(f"{name} {number}") for number in range(COUNT)]


def refused_or(call, check=lambda _: None):
    """Whether a call was refused with a message; otherwise what it gave is checked."""
    try:
        given = call()
    except ForecastError as error:
        told = str(error)
    else:
        check(given)
        return False
    assert told.strip()
    assert "Traceback" not in told
    return True


def test_a_stored_posterior(tmp_path, monkeypatch):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path))
    path = store.save("media", "k1", CHAINS, PASSED)
    whole = path.read_bytes()
    for rng in seeds("posterior"):
        changed = of_bytes(rng, whole)
        path.write_bytes(changed)
        if changed == whole:
            xr.testing.assert_equal(store.load("media", "k1")[0].drop_attrs(), CHAINS)
        else:
            with pytest.raises(store.DamagedPosteriorError, match=str(path)):
                store.load("media", "k1")


def test_a_chunk_of_a_sweep_or_a_replication(tmp_path, capsys):
    path = tmp_path / "0.json"
    row = Row(values={"contacts": (1.25, 0.5), "share": (0.125, 0.25)})
    write_kept(path, row)
    whole = path.read_bytes()
    for rng in seeds("chunk"):
        content = of_bytes(rng, whole) if rng.random() < 0.5 else json.dumps(of_value(rng, json.loads(whole))).encode()
        path.write_bytes(content)
        found = read_kept([path], Row, lambda one: one.values.keys())
        assert found in ({}, {path: row})
    assert "Traceback" not in capsys.readouterr().err


def resigned(folder, name, content, kind):
    """A copy of an output in which a file is another and the manifest vouches for it: a hash cannot tell."""
    target = folder.with_name(f"{folder.name}-forged")
    shutil.rmtree(target, ignore_errors=True)
    with output_directory(target, kind) as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        manifest = copy / "manifest.json"
        said = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({key: value for key, value in said.items() if key not in ("kind", "files")}))
        (copy / name).write_bytes(content)
    return target


@pytest.mark.parametrize("name", ["told.json", "skill.csv"])
def test_a_backtest_folder(tmp_path, name):
    _backtest(tmp_path / "us_kz")
    whole, refused = (tmp_path / "us_kz" / name).read_bytes(), 0
    for rng in seeds(name):
        if rng.random() < 0.4:
            content = of_bytes(rng, whole)
        elif name.endswith("json"):
            content = json.dumps(of_value(rng, json.loads(whole))).encode()
        else:
            content = of_cells(rng, whole.decode()).encode()
        refused += refused_or(lambda content=content: load_section(resigned(tmp_path / "us_kz", name, content, "backtest")))
        (tmp_path / "us_kz-plain").mkdir(exist_ok=True)
    assert refused > COUNT * 0.4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["manifest.json", "questions.csv", "trajectories/trump.parquet"])
def test_a_run_directory(run, tmp_path, name):  # noqa: F811
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    whole, refused = (folder / name).read_bytes(), 0
    for rng in seeds(name):
        kind = rng.random()
        if name.endswith("json") and kind < 0.7:
            said = {key: value for key, value in json.loads(whole).items() if key not in ("kind", "files", "program")}
            content = json.dumps(of_value(rng, said)).encode()
        else:
            content = of_cells(rng, whole.decode()).encode() if name.endswith("csv") and kind < 0.7 else of_bytes(rng, whole)
        try:
            forged = resigned(folder, name, content, "run")
        except (ValueError, AttributeError, InputError):  # no manifest can be signed that is no JSON: it stands as it is
            forged = folder.with_name("plain")
            shutil.rmtree(forged, ignore_errors=True)
            shutil.copytree(folder, forged)
            (forged / name).write_bytes(content)
        refused += refused_or(lambda forged=forged: freeze(forged, RECORD, date(2024, 11, 4)))
    assert refused > COUNT * 0.3


@pytest.mark.parametrize("form", IMPORTED)
def test_the_input_of_an_importer(tmp_path, form):
    path, dyad = tmp_path / IMPORTED[form], load_dyad(RECORD)
    whole = (FILES / IMPORTED[form]).read_bytes()
    for rng in seeds(form):
        path.write_bytes(of_bytes(rng, whole))
        refused_or(lambda: import_series(form, [path], dyad, by=By("year"), as_of=date(2025, 1, 19), code=CODE[form],
                                         encoding="utf-8", progress=lambda *_: None), lambda found: found[0]["value"].sum())
