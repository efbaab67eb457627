"""A run directory is frozen whole or not at all, and what is frozen is what the run says."""

import json
import shutil
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecast import shipped
from forecast.errors import InputError
from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.frozen import MOST_SCENARIOS, read_frozen, write_frozen
from forecast.evaluation.platform_questions import platform_file
from forecast.outputs import MANIFEST, output_directory, sha256
from forecast.pipeline import read, run_to
from forecast.pipeline import run as chain
from forecast.pipeline.run_directory import election_of, freeze, laid_down
from forecast.shipped import DATA
from tests.conftest import some
from tests.fixture.record import RECORD
from tests.golden.example import posteriors
from tests.golden.test_run import REQUEST
from tests.heard import Heard

TODAY = date(2024, 11, 4)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run without its report."""
    inputs = read(REQUEST)
    folder = tmp_path_factory.mktemp("frozen") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "fit", lambda *_: posteriors(inputs.panel, inputs.priors))
        patch.setattr("forecast.report.files.copy_posteriors", lambda *_: None)
        patch.setattr("forecast.pipeline.run.write_report", lambda *_: None)
        run_to(folder, inputs, REQUEST, lambda *_: None)
    return signed(folder, folder.with_name("signed"))


def signed(folder, target, kind="run"):
    """A copy whose manifest vouches for what is in it."""
    with output_directory(target, kind) as content:
        shutil.copytree(folder, content, dirs_exist_ok=True)
        manifest = content / "manifest.json"
        manifest.write_text(json.dumps({key: value for key, value in json.loads(manifest.read_text()).items() if key != "kind"}))
    return target


@pytest.fixture(scope="module")
def frozen(run):
    heard = Heard()
    made = freeze(run, RECORD, TODAY, heard)
    assert (list(heard.stages), heard.faults()) == (["freeze futures", "freeze baselines"], [])
    return made


def test_distributions_are_those_of_the_paths(run, frozen):
    paths = pd.read_parquet(run / "trajectories" / "trump.parquet")
    total = paths.groupby("path")["contact_cabinet"].sum()
    np.testing.assert_array_equal(frozen.scenario["trump"].term["cabinet"], np.bincount(total))
    assert all(sum(histogram) == REQUEST.paths for months in frozen.scenario["trump"].month.values() for histogram in months)
    first = np.array(frozen.scenario["trump"].draws)
    cabinet = paths["contact_cabinet"].to_numpy().reshape(REQUEST.paths, -1)
    np.testing.assert_array_equal(first[:, :, frozen.rank.index("cabinet")], cabinet[:len(first)])


def test_answers_are_those_of_the_run(run, frozen):
    told = pd.read_csv(run / "questions.csv").set_index(["scenario", "id"])["probability"]
    found = {(name, id): answer.probability for name, one in frozen.scenario.items() for id, answer in one.question.items()}
    assert found == told.to_dict()


def test_only_the_baseline_that_looks_at_the_winner_differs_between_outcomes(frozen):
    first, second = frozen.baseline["harris"], frozen.baseline["trump"]
    assert {name for name in first if first[name] != second[name]} == {"same party"}


def test_it_is_scored_after_a_while_without_its_run(frozen, tmp_path):
    write_frozen(frozen, tmp_path / "frozen.json")
    again, _ = read_frozen(tmp_path / "frozen.json")
    nothing = pd.read_csv(RECORD / "contacts.csv", parse_dates=["date"]).iloc[:0]
    found = score_frozen(again, nothing, date(2025, 6, 30), "trump")
    assert found.over == 6
    assert set(found.months["forecaster"]) == {"trump", *frozen.baseline["trump"]}
    assert np.isfinite(found.months["log_score"]).all()


FILES = ["questions.csv", "trajectories/harris.parquet", "trajectories/questions/trump.parquet"]


@pytest.mark.parametrize("name", [*FILES, "manifest.json", "summary.csv"])
def test_a_run_of_which_something_is_gone_is_refused(run, tmp_path, name):
    folder = shutil.copytree(run, tmp_path / "run")
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        freeze(folder, RECORD, TODAY)


@pytest.mark.parametrize("name", FILES)
def test_a_run_that_was_changed_by_one_byte_is_refused(run, tmp_path, name):
    folder = shutil.copytree(run, tmp_path / "run")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: whole file: expected the file as the program wrote it, found another content"):
        freeze(folder, RECORD, TODAY)


@pytest.mark.parametrize("name", FILES)
def test_a_run_that_never_had_a_file_is_refused(run, tmp_path, name):
    folder = shutil.copytree(run, tmp_path / "run")
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: whole file: expected a file of the run, found none in its manifest"):
        freeze(signed(folder, tmp_path / "again"), RECORD, TODAY)


def test_an_output_of_another_command_or_program_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="expected an output of this program of the kind 'run', found none"):
        freeze(signed(run, tmp_path / "check", "check"), RECORD, TODAY)
    folder = tmp_path / "app"
    folder.mkdir()
    for content in ("{}", '{"name": "an app"}', "[]"):
        (folder / "manifest.json").write_text(content)
        with pytest.raises(InputError, match="an output of this program"):
            freeze(folder, RECORD, TODAY)


def without(key):
    return lambda manifest: {name: value for name, value in manifest.items() if name != key}


def altered(**changed):
    return lambda manifest: manifest | changed


def scenarios(change):
    """The first scenario, changed."""
    return lambda manifest: manifest | {"scenarios": [manifest["scenarios"][0] | change, *manifest["scenarios"][1:]]}


@pytest.mark.parametrize(("change", "words"), [
    (without("gates"), "key gates: expected this key, found nothing"),
    (altered(paths="many"), "key paths: expected a whole number, found 'many'"),
    (altered(paths=True), "key paths: expected a whole number, found true"),
    (altered(paths=0), "key paths: expected a number above 0, found 0"),
    (altered(paths=41), "number of rows: expected 1,968"),
    (altered(as_of="2024-02-31"), "key as_of"), (altered(scenarios=[]), "key scenarios"),
    (altered(scenarios={"trump": 1}), "key scenarios"), (altered(pool={"a": 2}), "key pool.a"),
    (altered(hashes={"data us_kz/contacts.csv": 1}), "key hashes.data us_kz/contacts.csv"),
    (scenarios({"surprise": 1}), "key scenarios.0.surprise"), (scenarios({"outcome": "nobody"}), "outcomes of the election"),
    (scenarios({"horizon": {"start": "2025-02", "end": "2028-12"}}), "scenarios of the same months"),
    (scenarios({"name": "trump"}), "key scenarios: expected every name once"),
    (altered(home="x" * 300), "key home: expected a text of at most 200 characters"),
    (altered(partner="x" * 300), "key partner: expected a text of at most 200 characters"),
    (scenarios({"title": "x" * 6000}), "key scenarios.0.title: expected at most 5,000 characters"),
    (scenarios({"name": "x" * 121}), "key scenarios.0.name: expected at most 120 characters"),
])
def test_a_manifest_that_is_forged_with_its_hashes_is_refused(run, tmp_path, change, words):
    folder = shutil.copytree(run, tmp_path / "run")
    manifest = change(json.loads((folder / "manifest.json").read_text()))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=words):
        freeze(signed(folder, tmp_path / "again"), RECORD, TODAY)


@pytest.mark.parametrize("many", some([12, 40, 101], [12, 101]))
def test_a_run_of_many_scenarios_is_frozen_and_read_back_or_refused_in_one_message(run, tmp_path, many):
    folder = shutil.copytree(run, tmp_path / "run")
    said = json.loads((folder / "manifest.json").read_text())
    rows = pd.read_csv(folder / "questions.csv", dtype=str, keep_default_na=False)
    told = rows[rows["scenario"] == "harris"]
    base = next(one for one in said["scenarios"] if one["name"] == "harris")
    for number in range(many - len(said["scenarios"])):
        name = f"harris_{number}"
        said["scenarios"].append(base | {"name": name})
        rows = pd.concat([rows, told.assign(scenario=name)])
        for place in ("trajectories", "trajectories/questions"):
            shutil.copy(folder / place / "harris.parquet", folder / place / f"{name}.parquet")
    rows.to_csv(folder / "questions.csv", index=False)
    (folder / "manifest.json").write_text(json.dumps(said))
    again = signed(folder, tmp_path / "again")
    if many > MOST_SCENARIOS:
        told = f"key scenario: expected at most {MOST_SCENARIOS} entries, found a mapping of {many}"
        with pytest.raises(InputError, match=told):
            freeze(again, RECORD, TODAY)
        return
    write_frozen(freeze(again, RECORD, TODAY), tmp_path / "frozen.json")
    assert len(read_frozen(tmp_path / "frozen.json")[0].scenario) == many


def test_a_manifest_of_many_brackets_is_refused(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    (folder / "manifest.json").write_text('{"scenarios": ' + "[" * 5000 + "]" * 5000 + "}")
    with pytest.raises(InputError, match=r"manifest.json: whole file: expected valid JSON, found (a very deep|more than)"):
        freeze(folder, RECORD, TODAY)


def columns(change):
    def forge(path):
        table = change(pq.read_table(path))
        pq.write_table(table, path)
    return forge


def column(name, values):
    """A column in place of another; `values` of the old ones."""
    def change(table):
        return table.set_column(table.schema.get_field_index(name), name, pa.array(values(table[name].to_pandas())))
    return columns(change)


def text(content):
    return lambda path: path.write_text(content)


HARRIS, COUNTED, ANSWERS = "trajectories/harris.parquet", "trajectories/questions/trump.parquet", "questions.csv"


@pytest.mark.parametrize(("name", "forge", "words"), [
    (HARRIS, lambda path: path.write_bytes(b"no table"), "expected a Parquet file"),
    (HARRIS, lambda path: path.write_bytes(path.read_bytes()[:-100]), "expected a Parquet file"),
    (HARRIS, columns(lambda table: table.drop_columns("contact_cabinet")), "expected 'contact_cabinet', found 0 of that name"),
    (HARRIS, columns(lambda table: table.slice(0, len(table) - 1)), "number of rows: expected"),
    (HARRIS, column("contact_cabinet", lambda old: old.astype(float)), "column contact_cabinet: expected whole numbers"),
    (HARRIS, column("contact_cabinet", lambda old: -old.astype(int) - 1), "column contact_cabinet: expected numbers from 0"),
    (HARRIS, column("contact_cabinet", lambda old: old.astype(int) + 2**31), "column contact_cabinet: expected numbers from 0"),
    (HARRIS, column("contact_cabinet", lambda old: old.astype("Int64").where(old.index > 0)), "1 rows without one"),
    (HARRIS, column("path", lambda old: old[::-1]), "column path: expected every path from 0"),
    (HARRIS, column("month", lambda old: old[::-1]), "column month: expected the months from 2025-01 to 2028-12"),
    (HARRIS, column("month", lambda old: old.astype(str)), "column month: expected dates"),
    (COUNTED, columns(lambda table: table.slice(1)), "number of rows"),
    (COUNTED, columns(lambda table: table.select(["path"])), "0 of that name"),
    (ANSWERS, text(""), "a table with the columns"), (ANSWERS, text("scenario,id\ntrump,one\n"), "a table with the columns"),
    (ANSWERS, text("scenario,id,probability,mcse\ntrump,one,1.5,0\n"), "column probability"),
    (ANSWERS, text("scenario,id,probability,mcse\ntrump,one,many,0\n"), "column probability"),
    (ANSWERS, text("scenario,id,probability,mcse\ntrump,one,0.5,nan\n"), "column mcse"),
    (ANSWERS, text("scenario,id,probability,mcse\ntrump,one,0.5,5\n"), "column mcse: expected a number of at most 1, found '5'"),
    (ANSWERS, text("scenario,id,probability,mcse\n"), "expected one row, found 0"),
    (ANSWERS, lambda path: path.write_text(path.read_text() + path.read_text().split("\n", 1)[1]), "expected one row, found 2"),
    (ANSWERS, lambda path: path.write_bytes(b"\x00\xff" * 100), "questions.csv"),
])
def test_files_that_are_forged_with_their_hashes_are_refused(run, tmp_path, name, forge, words):
    folder = shutil.copytree(run, tmp_path / "run")
    forge(folder / name)
    with pytest.raises(InputError, match=words):
        freeze(signed(folder, tmp_path / "again"), RECORD, TODAY)


def test_data_that_changed_since_are_refused(run, tmp_path):
    data = shutil.copytree(RECORD, tmp_path / "us_kz")
    (data / "contacts.csv").write_text((data / "contacts.csv").read_text() + "\n")
    with pytest.raises(InputError, match="its hash"):
        freeze(run, data, TODAY)


@pytest.mark.parametrize(("name", "old", "new"), [
    ("dyad.yaml", "relations_start: 1991-12-16", "relations_start: 1991-12-17"), ("media.csv", ",official,", ",news,")])
def test_any_table_or_setting_of_the_record_that_changed_is_refused(run, tmp_path, name, old, new):
    data = shutil.copytree(RECORD, tmp_path / "us_kz")
    text = (data / name).read_text(encoding="utf-8")
    assert old in text
    (data / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=rf"{name}: its hash"):
        freeze(run, data, TODAY)
    (data / name).unlink()
    with pytest.raises(InputError, match=rf"{name}: its hash .*found none"):
        freeze(run, data, TODAY)


def test_a_table_that_came_later_is_refused_and_what_no_result_uses_is_not(run, tmp_path):
    data = shutil.copytree(RECORD, tmp_path / "us_kz")
    (data / "scratch.csv").write_text("a,b\n", encoding="utf-8")
    (data / "second_coding.csv").unlink()
    assert freeze(run, data, TODAY).dyad == "us_kz"
    shutil.copy(DATA / "elections.yaml", data / "elections.yaml")
    with pytest.raises(InputError, match=r"elections.yaml: its hash in .*expected none"):
        freeze(run, data, TODAY)


def changed(run, target, **values):
    """A copy of a run whose manifest says something else."""
    manifest = shutil.copytree(run, target) / MANIFEST
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | {key: value(content[key]) if callable(value) else value
                                              for key, value in values.items()}), encoding="utf-8")
    return signed(target, target.with_name(f"{target.name}_signed"))


def test_a_run_of_a_shipped_dyad_is_compared_with_the_files_of_that_dyad(run, tmp_path):
    folder = shipped.dyad("us_uz")
    own = {f"data us_uz/{path.name}": sha256(path) for path in folder.glob("*.*")}
    other = changed(run, tmp_path / "other", dyad="us_uz", hashes=lambda hashes: hashes | own)
    assert freeze(other, None, TODAY) == freeze(other, folder, TODAY)


def test_a_run_that_kept_some_of_its_futures_is_told_how_to_keep_all(run, tmp_path):
    some = changed(run, tmp_path / "some", paths=50_000, paths_held=lambda _: REQUEST.paths)
    with pytest.raises(InputError, match=f"found {REQUEST.paths:,} that were kept. Repeat the run with --all-paths"):
        freeze(some, RECORD, TODAY)


@pytest.mark.parametrize(("kind", "told"), [("later contacts.csv", "--later"), ("elections", "--elections")])
def test_a_run_of_more_than_its_folder_has_is_refused(run, tmp_path, kind, told):
    def more(content):
        return content | {"hashes": content["hashes"] | {kind: 64 * "0"}}

    target = tmp_path / "more"
    shutil.copytree(run, target)
    manifest = target / MANIFEST
    manifest.write_text(json.dumps(more(json.loads(manifest.read_text(encoding="utf-8")))), encoding="utf-8")
    with pytest.raises(InputError, match=rf"a run of what a dyad folder has, found .*{told}"):
        freeze(signed(target, tmp_path / "again"), RECORD, TODAY)


def test_a_public_platform_is_asked_by_all_paths_of_a_run_and_by_what_was_frozen(run, frozen, tmp_path):
    """Totals of years: of all paths from the run, of the first ones from the file."""
    write_frozen(frozen, tmp_path / "frozen.json")
    of_run, digest, years = laid_down(run, RECORD, TODAY)
    assert (of_run, digest) == (frozen, None)
    of_file, digest, none = laid_down(tmp_path / "frozen.json", RECORD, TODAY)
    assert (of_file, none) == (frozen, None)
    assert len(digest) == 64
    paths = pd.read_parquet(run / "trajectories" / "trump.parquet")
    contacts = paths.filter(like="contact_").sum(axis=1)
    total = contacts[pd.to_datetime(paths["month"]).dt.year == 2026].groupby(paths["path"]).sum()
    np.testing.assert_array_equal(years["trump"]["2026"], np.bincount(total))
    assert list(years["trump"]) == sorted({month[:4] for month in frozen.month})
    asked = [[one.id for one in platform_file(one, years=more).questions] for one, more in ((of_run, years), (of_file, None))]
    assert asked[0] == asked[1]


def test_an_election_without_a_record_has_none(frozen):
    assert election_of(frozen, None).id == frozen.election
    assert election_of(frozen.model_copy(update={"election": "another"}), None) is None
