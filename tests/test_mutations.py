"""Everything that is read back, damaged at random fifty times over: refused with a message or as it was, and never a traceback.

Frozen forecasts and hub files of other forecasters are damaged in ``tests/evaluation``, YAML files in
``tests/test_yaml_strict.py``.
"""

import hashlib
import json
import random
import shutil
import zipfile
from datetime import date
from functools import cache

import pytest
import xarray as xr

from forecast.components.prior_file import load_priors
from forecast.components.registry import needs
from forecast.contacts import load_contacts, load_dyad
from forecast.contacts.adjudication import read_decisions
from forecast.contacts.importers import By, import_series
from forecast.contacts.reliability import compare
from forecast.contacts.spreadsheets.guess import propose
from forecast.contacts.spreadsheets.mapping import load_map
from forecast.errors import ForecastError, InputError
from forecast.evaluation.elicitation import read_answer
from forecast.evaluation.platform import read_platform
from forecast.kept import Kept, read_kept, write_kept
from forecast.outputs import output_directory
from forecast.panel.events import load_kinds
from forecast.pipeline.archive import write_zip
from forecast.pipeline.condition import condition_run
from forecast.pipeline.ledger import read_ledger
from forecast.pipeline.results import paper_of, read_results, stored
from forecast.pipeline.run_directory import freeze
from forecast.pipeline.verify import check_run, unpack
from forecast.posterior import store
from forecast.report.backtest_page import load_section
from forecast.report.elicitation import elicited_parameter, read_chips
from forecast.report.lookup import of_files
from forecast.report.page import plates
from forecast.report.sliders import load_sweep, sliders
from forecast.shipped import find_priors
from tests.components.example import PASSED
from tests.contacts.exports.tools import inception_tsv
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


# What users bring, and what other commands wrote: each read as its command reads it.

def damaged(rng, whole, form):
    """Half of the time bytes, otherwise values or cells."""
    if form is None or rng.random() < 0.5:
        return of_bytes(rng, whole)
    if form == "csv":
        return of_cells(rng, whole.decode()).encode()
    lines = [json.dumps(of_value(rng, json.loads(line))) for line in (whole.splitlines() if form == "lines" else [whole])]
    return "\n".join(lines).encode()


@cache
def asked():
    return elicited_parameter("frequency.type_scale", load_priors(find_priors("default"), needs()))


def read_chip_table(path):
    return read_chips(path, asked())


def read_sheet(path):
    folder = path.parent / "dyad"
    return read_decisions(path, compare(folder / "contacts.csv", folder / "second_coding.csv"))


def read_swept(folder):
    named = {"contact": {}, "share": {}}
    return sliders(load_sweep(folder), named)


def read_archive(path):
    place = path.parent / "unpacked"
    shutil.rmtree(place, ignore_errors=True)
    return check_run(path, place, unpack(path, place))


def read_kinds(path):
    return load_kinds(path.parent, "us_kz")


BROUGHT = {  # file, form in which its values are damaged, how it is read, how much at least is refused
    "chips": ("chips.csv", "csv", read_chip_table, 0.4), "answer": ("answer.json", "json", read_answer, 0.6),
    "platform file": ("expert.json", "json", read_platform, 0.6), "ledger": ("ledger/index.jsonl", "lines", read_ledger, 0.6),
    "contacts": ("dyad/contacts.csv", "csv", load_contacts, 0.4), "media": ("dyad/media.csv", "csv", load_contacts, 0.4),
    "second coding": ("dyad/second_coding.csv", "csv", load_contacts, 0.4),
    "events": ("dyad/events.yaml", "json", read_kinds, 0.4), "map": ("map.yaml", None, load_map, 0.3),
    "decision sheet": ("sheet.xlsx", None, read_sheet, 0.3), "project": ("project.zip", None, propose, 0.1),
    "sweep": ("swept/points.csv", "csv", read_swept, 0.4), "errors of a sweep": ("swept/points_mcse.csv", "csv", read_swept, 0.4),
    "archive": ("archive.zip", None, read_archive, 0.5),
}
SIGNED = {"sweep", "errors of a sweep"}
WHOLE_FOLDER = {"ledger", "contacts", "media", "second coding"}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.slow] if kind in ("archive", "decision sheet") else [])
                                  for kind in BROUGHT])
def test_what_is_brought_to_a_command(right, tmp_path, kind):
    name, form, read, share = BROUGHT[kind]
    place = tmp_path / "place"
    place.mkdir()
    if "/" in name or kind == "decision sheet":
        folder = name.partition("/")[0] if "/" in name else "dyad"
        shutil.copytree(right / folder, place / folder)
    if kind == "project":
        packed(place / name)
    else:
        shutil.copy(right / name, place / name)
    whole, refused, path = (place / name).read_bytes(), 0, place / name
    for rng in seeds(kind):
        content = damaged(rng, whole, form)
        if kind in SIGNED:
            given = resigned(path.parent, path.name, content, "sweep")
        else:
            path.write_bytes(content)
            given = path.parent if kind in WHOLE_FOLDER else path
        refused += refused_or(lambda given=given: read(given))
    assert refused >= COUNT * share


def packed(path):
    """A project of an annotation tool, its members compressed: damage to them is found while they are unpacked."""
    inception_tsv(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_members_of_a_project_that_cannot_be_unpacked(tmp_path):
    """One bit of the compressed bytes: zlib has errors of its own."""
    packed(tmp_path / "project.zip")
    whole = (tmp_path / "project.zip").read_bytes()
    for rng in seeds("bit"):
        content = bytearray(whole)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (tmp_path / "project.zip").write_bytes(content)
        refused_or(lambda: propose(tmp_path / "project.zip"))


ARCHIVED = {
    "wheel": lambda content, _: content.update({json.loads(content["archive.json"])["wheel"]: b"no wheel"}),
    "hash": lambda _, manifest: manifest["hashes"].update({next(iter(manifest["hashes"])): [1]}),
    "file": lambda _, manifest: manifest["files"].update({next(iter(manifest["files"])): {"a": 1}}),
    "packages": lambda content, _: content.update({"archive.json": json.dumps(
        json.loads(content["archive.json"]) | {"packages": {"numpy": {}}}).encode()}),
}


@pytest.mark.parametrize("what", ARCHIVED)
def test_an_archive_that_is_forged_with_its_hashes(right, tmp_path, what):
    with zipfile.ZipFile(right / "archive.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content["run/manifest.json"])
    ARCHIVED[what](content, manifest)
    content["run/manifest.json"] = json.dumps(manifest).encode()
    about = json.loads(content["archive.json"])
    about["files"] = {name: hashlib.sha256(one).hexdigest() for name, one in content.items() if name != "archive.json"}
    content["archive.json"] = json.dumps(about).encode()
    write_zip(content, tmp_path / "forged.zip")
    assert refused_or(lambda: read_archive(tmp_path / "forged.zip"))


def sealed(path, content):
    path.write_bytes(content)
    store.add(path)
    return path


def test_a_posterior_that_is_forged_with_its_seal(tmp_path, monkeypatch, right):
    whole, refused = store.opened((right / "run" / "posterior" / "media.nc").read_bytes()), 0
    for rng in seeds("sealed"):
        path = sealed(tmp_path / "media.nc", of_bytes(rng, whole))
        refused += refused_or(lambda path=path: stored("media", path), lambda found: found.draws)
    assert refused > COUNT * 0.3
    assert refused_or(lambda: stored("agenda", sealed(tmp_path / "agenda.nc", whole)))


def short(path, keep):
    """A table with some of its rows."""
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join([head, *(row for number, row in enumerate(rows) if keep(number))]).encode()


TABLES = ("summary", "contrast", "variance", "questions", "rate_ratio", "rate_ratio_density", "agenda", "agenda_contrast",
          "drift", "identification", "poles")


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_a_paper_is_made_of(right, tmp_path, monkeypatch, name):
    monkeypatch.setattr("forecast.report.paper.save_figure", lambda *_: ())
    monkeypatch.setattr("forecast.report.paper.Pandoc.convert", lambda *_: None)
    table = right / "run" / f"{name}.csv"
    whole, ways = table.read_text(encoding="utf-8"), [lambda _: False, lambda number: number > 2]  # each draws every figure
    contents = [short(table, keep) for keep in ways] + [of_cells(rng, whole).encode() for rng in seeds(name)[:2]]
    for number, content in enumerate(contents):
        forged = resigned(shutil.copytree(right / "run", tmp_path / str(number)), f"{name}.csv", content, "run")
        (tmp_path / f"paper{number}").mkdir()
        refused_or(lambda forged=forged, number=number: paper_of(
            forged, tmp_path / f"paper{number}", data=right / "dyad", seed=1, width="double", grey=False, titles=False,
            progress=lambda *_: None))


def test_tables_without_rows_or_numbers_that_a_paper_needs(right, tmp_path, monkeypatch):
    """One of each kind, without a figure being drawn that does not need it."""
    for name, content in {"summary": short(right / "run" / "summary.csv", lambda _: False),
                          "variance": (right / "run" / "variance.csv").read_bytes().replace(b",0.", b",x0.", 1)}.items():
        forged = resigned(shutil.copytree(right / "run", tmp_path / name), f"{name}.csv", content, "run")

        def drawn(forged=forged):
            content = read_results(forged, right / "dyad").content()
            with of_files("figures"):
                return [plate.draw(content) for plate in plates(content)[:2]]

        assert refused_or(drawn), name


@pytest.mark.slow
def test_a_run_of_which_futures_are_conditioned(right, tmp_path):
    said = (right / "run" / "manifest.json").read_bytes()
    for rng in seeds("conditioned"):
        content = json.loads(said)
        content = json.dumps(of_value(rng, {key: one for key, one in content.items() if key not in ("kind", "files", "program")}))
        try:
            forged = resigned(shutil.copytree(right / "run", tmp_path / "run", dirs_exist_ok=True), "manifest.json",
                              content.encode(), "run")
        except (ValueError, AttributeError, InputError):
            continue
        refused_or(lambda forged=forged: condition_run(forged, ["contacts_total=0..9999"]))
