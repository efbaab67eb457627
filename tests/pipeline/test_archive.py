"""An archive of a run has the same bytes each time, holds what its run read, is refused once it was changed, and is verified by
repeating the run: what hashes cannot tell, the repeated run does.

Here the run is repeated by a copy of it, whole or changed; ``tests/slow/test_archive.py`` fits.
"""

import hashlib
import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from cli import app
from forecast.errors import InputError
from forecast.files import write_csv
from forecast.pipeline import Request, archive, verify
from forecast.pipeline.archive import ABOUT, About, program_files, wheel, write_archive
from forecast.placement import alone
from forecast.report.archive import TEMPLATES, citations
from tests.fixture.record import RECORD
from tests.golden.run_directory import write_run
from tests.heard import Heard
from tests.pipeline.test_freeze import signed

ROOT = Path(__file__).parents[2]
SCENARIO = "name: mine\ntitle: Mine | of <a> [test]\ndescription: For a test.\nextends: parent.yaml\n"
PARENT = "name: parent\ntitle: Parent\ndescription: For a test.\nextends: harris\n"
PRIORS = "name: mine\ntitle: Mine\nextends: default\ncomponent: {}\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A run of a record, a scenario and priors of one's own, from made-up posteriors."""
    folder = tmp_path_factory.mktemp("archive")
    shutil.copytree(RECORD, folder / "us_kz")
    for name, text in {"mine.yaml": SCENARIO, "parent.yaml": PARENT, "own_priors.yaml": PRIORS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    request = Request(scenarios=(str(folder / "mine.yaml"), "trump"), priors=str(folder / "own_priors.yaml"),
                      data=folder / "us_kz", paths=400, seed=3, draws=100, figures=False)
    write_run(request, folder / "run")
    return folder


def given(lab):
    return {"data": lab / "us_kz", "more": [lab / "mine.yaml", lab / "own_priors.yaml"]}


@pytest.fixture(scope="module")
def made(lab):
    write_archive(lab / "run", lab / "archive.zip", **given(lab))
    return lab / "archive.zip"


@pytest.fixture
def repeated(lab, monkeypatch):
    """In the place of the repeated run: a copy of the run, changed by what is appended to the list."""
    changes = []

    def repeat(python, about, content, place, quiet):
        with alone(place):  # as whoever writes an output there: it must not wait for this process
            shutil.copytree(lab / "run", place / "run")
        for change in changes:
            change(place / "run")

    monkeypatch.setattr(verify, "_repeat", repeat)
    return changes


def members(file):
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def about_of(file):
    return json.loads(members(file)[ABOUT])


def altered(file, target, change, *, about=True, manifest=False):
    """A copy with members changed, and with the hashes of archive.json and of the run's manifest made to fit where asked for."""
    content = members(file)
    change(content)
    digest = {name: hashlib.sha256(body).hexdigest() for name, body in content.items()}
    if manifest:
        said = json.loads(content["run/manifest.json"])
        said["files"] = {name: digest.get(f"run/{name}", old) for name, old in said["files"].items()}
        said["hashes"] = {name: digest.get(f"data/{name[5:]}", old) for name, old in said["hashes"].items()}
        content["run/manifest.json"] = json.dumps(said).encode()
        digest["run/manifest.json"] = hashlib.sha256(content["run/manifest.json"]).hexdigest()
    if about:
        said = json.loads(content[ABOUT])
        content[ABOUT] = json.dumps(said | {"files": {name: one for name, one in digest.items() if name != ABOUT}}).encode()
    archive.write_zip(content, target)
    return target


def flipped(name):
    def change(content):
        body = bytearray(content[name])
        body[len(body) // 2] ^= 1
        content[name] = bytes(body)

    return change


def verified(file, *options):
    return CliRunner().invoke(app, ["archive", "--verify", str(file), "--here", *options])


def refused(file):
    """The one message of a refusal."""
    found = verified(file)
    assert found.exit_code == 2, found.output
    assert not found.stdout
    lines = found.stderr.splitlines()
    assert lines
    assert all(line.startswith(f"error: {file}: ") for line in lines), found.stderr
    return found.stderr


# What is written.

def test_the_same_run_gives_the_same_bytes(lab, made, tmp_path):
    heard = Heard()
    write_archive(lab / "run", tmp_path / "again.zip", progress=heard, **given(lab))
    assert (list(heard.stages), heard.faults()) == (["collect", "archive"], [])
    assert (tmp_path / "again.zip").read_bytes() == made.read_bytes()


def test_everything_that_the_run_read_is_there(lab, made):
    content = members(made)
    held = {hashlib.sha256(body).hexdigest() for body in content.values()}
    manifest = json.loads((lab / "run/manifest.json").read_text())
    assert set(manifest["hashes"].values()) <= held
    assert content["scenarios/parent.yaml"] == PARENT.encode()  # what a scenario extends, too
    assert content["data/us_kz/contacts.csv"] == (RECORD / "contacts.csv").read_bytes()
    tables = {f"run/{name}" for name in manifest["files"] if name.endswith((".csv", ".tex"))}
    assert len(tables) > 10
    assert tables <= set(content)
    assert not [name for name in content if name.startswith(("run/trajectories", "run/posterior"))]


def test_futures_and_posteriors_are_there_where_asked_for(lab, tmp_path):
    write_archive(lab / "run", tmp_path / "large.zip", large=True, **given(lab))
    manifest = json.loads((lab / "run/manifest.json").read_text())
    assert {f"run/{name}" for name in manifest["files"]} <= set(members(tmp_path / "large.zip"))


def test_no_folder_of_this_machine_is_named(lab, made):
    code = next(name for name in members(made) if name.endswith(".whl"))
    for name, body in members(made).items():
        if name != code:
            assert str(lab).encode() not in body, name
            assert str(ROOT).encode() not in body, name


def test_the_command_of_the_readme_is_understood_and_asks_for_the_run(made):
    readme = members(made)["README.md"].decode()
    (line,) = re.findall(r"environment/bin/(forecast run .*)", readme)
    words = shlex.split(line)[1:]
    command = typer.main.get_command(app).commands["run"]
    with command.make_context("forecast", words[1:]) as context:
        asked = context.params
    assert asked["scenarios"] == ["scenarios/mine.yaml", "trump"]
    assert (asked["priors"], asked["data"], asked["seed"], asked["paths"], asked["draws"], asked["no_figures"]) == (
        "priors/own_priors.yaml", [Path("data/us_kz")], 3, 400, 100, True)


@pytest.mark.parametrize("heading", [
    "Data availability and provenance statements", "Statement about rights", "Computational requirements",
    "Controlled randomness", "Description of programs",
    "Instructions to replicators", "List of tables and figures", "References", "Licence"])
def test_the_readme_has_what_editors_ask_for(made, heading):
    assert re.search(f"^##+ {heading}$", members(made)["README.md"].decode(), re.MULTILINE)


def test_every_table_has_its_program_and_texts_of_others_stay_texts(made):
    readme = members(made)["README.md"].decode()
    for name in members(made):
        if name.startswith("run/") and name.endswith(".csv") and name.count("/") == 1:
            assert re.search(rf"^\| `{re.escape(name[4:])}` \| a row is .+ \| `forecast\.[\w.]+` \|$", readme, re.MULTILINE), name
    assert r"Mine \| of \<a\> \[test\]" in readme


def test_the_wheel_is_whole(made):
    name, content = wheel()
    assert {"forecast/py.typed", "forecast/priors/default.yaml", "forecast/scenarios/questions/us_kz_2025_2028.yaml",
            "forecast/data/us_kz/contacts.csv", "forecast/report/templates/archive.md.j2"} <= set(content)
    assert set(program_files()) <= set(content)
    record = next(body.decode() for name, body in content.items() if name.endswith("RECORD"))
    assert {line.split(",")[0] for line in record.splitlines()} == set(content)
    assert not [one for one in content if "__pycache__" in one or one.startswith("/")]
    assert f"code/{name}" in members(made)


def test_every_package_is_locked(made):
    about, lines = About.model_validate_json(members(made)[ABOUT]), members(made)["requirements.txt"].decode()
    assert {"numpy", "pymc", "nutpie", "xarray"} <= set(about.packages)
    assert "xarray-einstats" in about.packages  # of an extra that a package asks for
    assert "pytest" not in about.packages
    pins = set(re.findall(r"^[\w.-]+==[^\s;]+", lines, re.MULTILINE))
    assert pins == {f"{name}=={one['version']}" for name, one in about.packages.items()}
    assert about.hashed == ("--hash=sha256:" in lines)


def test_outside_of_a_checkout_versions_are_locked_without_hashes(monkeypatch, tmp_path):
    monkeypatch.setattr(archive, "PACKAGE", tmp_path / "site-packages" / "forecast")
    assert archive.requirements({"numpy": {"version": "1.0"}, "scipy": {"version": "2.0"}}) == ("numpy==1.0\nscipy==2.0\n", False)
    assert archive.commit() is None


@pytest.mark.parametrize(("left_out", "words"), [
    ("own_priors.yaml", "input 'priors': expected a file with the SHA-256"), ("mine.yaml", "input 'scenario mine'")])
def test_an_input_that_is_not_found_is_named(lab, tmp_path, left_out, words):
    with pytest.raises(InputError, match=words):
        write_archive(lab / "run", tmp_path / "a.zip", data=lab / "us_kz",
                      more=[one for one in given(lab)["more"] if one.name != left_out])


def test_a_file_that_the_run_did_not_read_is_refused(lab, tmp_path):
    (tmp_path / "other.yaml").write_text(PRIORS + "# changed since\n")
    with pytest.raises(InputError, match=r"other\.yaml: whole file: expected a file that the run read"):
        write_archive(lab / "run", tmp_path / "a.zip", data=lab / "us_kz", more=[*given(lab)["more"], tmp_path / "other.yaml"])


def test_a_parent_that_was_changed_since_is_refused(lab, tmp_path):
    folder = tmp_path / "lab"
    shutil.copytree(lab, folder)
    (folder / "parent.yaml").write_text(PARENT.replace("extends: harris", "extends: trump"))
    with pytest.raises(InputError, match="expected the files that it extends or names, as they were"):
        write_archive(folder / "run", tmp_path / "a.zip", **given(folder))


@pytest.mark.parametrize(("change", "words"), [
    ({"program_digest": "0" * 64}, "the program that is installed"),
    ({"request": None}, "key request: expected what a run of this version was asked"),
    ({"versions": {"numpy": "0.1"}}, "numpy 0.1"), ({"running": {"trump": "2026-01"}}, "one of forecast update")])
def test_a_run_of_something_else_is_refused(lab, tmp_path, change, words):
    folder = shutil.copytree(lab / "run", tmp_path / "copy")
    said = json.loads((folder / "manifest.json").read_text()) | change
    (folder / "manifest.json").write_text(json.dumps({key: one for key, one in said.items() if one is not None}))
    with pytest.raises(InputError, match=words):
        write_archive(signed(folder, tmp_path / "signed"), tmp_path / "a.zip", **given(lab))


# What is verified.

def test_what_is_repeated_alike_is_verified(made, repeated):
    found = verified(made)
    assert found.exit_code == 0, found.output
    assert "Verified: everything agrees." in found.stdout
    assert max(map(len, found.stdout.splitlines())) < 150
    told = json.loads(verified(made, "--json").stdout)
    assert told["agrees"]
    assert told["same_kind"]
    assert told["noted"] == []
    assert {row["state"] for row in told["rows"]} == {"same bytes"}
    assert {"summary.csv", "contrast.csv", "manifest.json, hashes", "trajectories/trump.parquet"} <= {
        row["file"] for row in told["rows"]}


@pytest.mark.parametrize("name", ["run/summary.csv", "data/us_kz/contacts.csv", "README.md", "requirements.txt",
                                  "run/manifest.json"])
def test_a_flipped_byte_is_found(made, tmp_path, repeated, name):
    assert name in refused(altered(made, tmp_path / "a.zip", flipped(name), about=False))


def test_a_flipped_byte_of_the_program_is_found(made, tmp_path, repeated):
    name = about_of(made)["wheel"]
    assert name in refused(altered(made, tmp_path / "a.zip", flipped(name), about=False))


def changed_table(content):
    lines = content["run/summary.csv"].decode().splitlines()
    lines[1] = re.sub(r"\d+\.?\d*$", "77", lines[1])
    content["run/summary.csv"] = ("\n".join(lines) + "\n").encode()


def test_a_table_that_was_changed_with_one_hash_is_found(made, tmp_path, repeated):
    assert "run/summary.csv: expected the file as the run's manifest" in refused(altered(made, tmp_path / "a.zip", changed_table))


def test_a_table_that_was_changed_with_all_its_hashes_is_found_by_the_repeated_run(made, tmp_path, repeated):
    found = verified(altered(made, tmp_path / "a.zip", changed_table, manifest=True))
    assert found.exit_code == 1, found.output
    assert "summary.csv: differs (line 2: " in found.stdout
    assert "NOT verified" in found.stdout


def changed_data(content):
    content["data/us_kz/contacts.csv"] = content["data/us_kz/contacts.csv"].replace(b"trade", b"energy", 1)


def test_data_that_were_changed_with_all_hashes_are_found_by_the_repeated_run(made, tmp_path, repeated):
    found = verified(altered(made, tmp_path / "a.zip", changed_data, manifest=True))
    assert found.exit_code == 1
    assert "manifest.json, hashes: differs" in found.stdout


def test_facts_that_differ_from_those_of_the_program_are_found(made, tmp_path, repeated):
    assert "data/elections.yaml" in refused(altered(made, tmp_path / "a.zip", flipped("data/elections.yaml")))


def test_a_table_that_is_not_made_and_one_more_are_found(made, repeated):
    def change(run):
        said = json.loads((run / "manifest.json").read_text())
        said["files"] = {"new.csv" if name == "drift.csv" else name: one for name, one in said["files"].items()}
        (run / "manifest.json").write_text(json.dumps(said))

    repeated.append(change)
    found = verified(made)
    assert found.exit_code == 1
    assert "drift.csv: not made" in found.stdout
    assert "new.csv: differs (made, and not in the archive)" in found.stdout


def _named(name, **about):
    def write(file):
        with zipfile.ZipFile(file, "a") as opened:
            info = zipfile.ZipInfo(name)
            for key, value in about.items():
                setattr(info, key, value)
            opened.writestr(info, "../../etc/passwd")
    return write


@pytest.mark.parametrize(("write", "words"), [
    (_named("../outside.txt"), "a place outside of it"), (_named("/outside.txt"), "a place outside of it"),
    (_named("run/../../outside.txt"), "a place outside of it"), (_named("C:outside.txt"), "a place outside of it"),
    (_named("run/link", external_attr=0o120777 << 16), "a link"), (_named("run/one_more.csv"), "one more"),
    (_named("README.MD"), "a name twice"),
    (lambda file: file.write_bytes(file.read_bytes()[:-3000]), "a damaged one"),
    (lambda file: file.write_bytes(file.read_bytes()[:5000]), "a damaged one"),
    (lambda file: file.write_bytes(b"PK\x05\x06" + b"\0" * 18), f"no {ABOUT}"),
    (lambda file: file.write_text("text"), "a damaged one"),
    (lambda file: archive.write_zip({ABOUT: b"{}"}, file), "expected this key, found nothing"),
    (lambda file: archive.write_zip({ABOUT: b"{"}, file), "valid JSON"),
], ids=lambda value: value if isinstance(value, str) else "file")
def test_what_is_no_archive_is_one_message(made, tmp_path, repeated, write, words):
    file = Path(shutil.copyfile(made, tmp_path / "a.zip"))
    write(file)
    found = verified(file)
    assert found.exit_code == 2, found.output
    assert words in found.stderr
    assert not (tmp_path.parent / "outside.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_members_that_would_fill_the_disk_are_refused_unread(made, tmp_path, repeated, monkeypatch):
    monkeypatch.setattr(verify, "LARGEST", made.stat().st_size + 1)
    assert "bytes together" in refused(made)


@pytest.mark.parametrize("change", [{"scenarios": ["--out", "x"]}, {"data": "-x"}, {"seed": -1}, {"more": 1}, {"paths": "400"}])
def test_a_request_that_forecast_run_does_not_take_is_refused(made, tmp_path, repeated, change):
    def forge(content):
        said = json.loads(content[ABOUT])
        content[ABOUT] = json.dumps(said | {"repeat": said["repeat"] | change}).encode()

    assert f"{ABOUT}, key repeat" in refused(altered(made, tmp_path / "a.zip", forge))


@pytest.mark.parametrize("change", [{"scenarios": ["../../mine.yaml"]}, {"data": "data/us_kz/../.."}, {"priors": "etc/passwd"}])
def test_a_request_for_what_is_not_in_the_archive_is_refused(made, tmp_path, repeated, change):
    def forge(content):
        said = json.loads(content[ABOUT])
        content[ABOUT] = json.dumps(said | {"repeat": said["repeat"] | change}).encode()

    (said,) = (one[0] if isinstance(one, list) else one for one in change.values())
    assert said in refused(altered(made, tmp_path / "a.zip", forge))


# Another kind of processor.

@pytest.fixture
def elsewhere(monkeypatch):
    other = {"system": "Linux", "machine": "riscv64", "processor": "other", "features": []}
    monkeypatch.setattr(verify, "machine", lambda: other)


def rewritten(name, change):
    def alter(run):
        table = pd.read_csv(run / name)
        change(table)
        write_csv(table, run / name, float_format="%.8g")
        said = json.loads((run / "manifest.json").read_text())
        said["files"][name] = hashlib.sha256((run / name).read_bytes()).hexdigest()
        (run / "manifest.json").write_text(json.dumps(said))

    return alter


def test_rounding_is_told_and_passes_on_another_kind_of_processor_alone(made, repeated, monkeypatch, elsewhere):
    repeated.append(rewritten("summary.csv", lambda table: table.update(table[["mean"]] * 1.01)))
    told = json.loads(verified(made, "--json").stdout)
    assert told["agrees"]
    assert not told["same_kind"]
    assert told["limits"] == verify.LIMITS
    (row,) = [row for row in told["rows"] if row["file"] == "summary.csv"]
    assert row["state"] == "within limits"
    assert re.fullmatch(r"\d+ of \d+ cells differ", row["detail"])
    found = verified(made)
    assert found.exit_code == 0
    assert "other (riscv64, Linux)" in found.stdout
    monkeypatch.undo()


def test_the_same_rounding_fails_on_the_same_kind(made, repeated):
    repeated.append(rewritten("summary.csv", lambda table: table.update(table[["mean"]] * 1.01)))
    assert verified(made).exit_code == 1


@pytest.mark.parametrize("change", [lambda table: table.update(table[["mean"]] * 1.3),
                                    lambda table: table.__setitem__("key", table["key"].str.upper()),
                                    lambda table: table.__delitem__("mcse")])
def test_more_than_rounding_is_found_elsewhere_too(made, repeated, elsewhere, change):
    repeated.append(rewritten("summary.csv", change))
    found = verified(made)
    assert found.exit_code == 1
    assert "summary.csv: differs" in found.stdout


@pytest.mark.parametrize(("one", "other", "largest", "told"), [
    ("102 (40 to 196)", "104 (38 to 191)", 196.0, True), ("102 (40 to 196)", "140 (40 to 196)", 100.0, False),
    ("yes", "no", 1.0, False), ("0.45", "0.49", 0.5, True), ("0.45", "0.60", 0.5, False), ("\u22120.06", "0.06", 1.0, False),
    ("-0.01", "0.01", 1.0, True), ("q50", "q51", 1.0, False), ("1e-3", "1.05e-3", 0.0, True)])
def test_numbers_in_texts_are_compared_within_the_limits(one, other, largest, told):
    assert verify.near(one, other, largest) is told


# Citations.

def test_what_is_cited_is_software_data_and_methods(lab):
    found = CliRunner().invoke(app, ["cite", str(lab / "run"), "--json"])
    told = json.loads(found.stdout)["citations"]
    assert {one["of"] for one in told} == {"software", "data", "methods"}
    assert len({one["key"] for one in told}) == len(told)
    own = hashlib.sha256((RECORD / "contacts.csv").read_bytes()).hexdigest()
    assert [one for one in told if own in one["text"] and one["text"].startswith("[authors of the record]")]
    for one in told:
        assert not re.search(r"[{}\\$]", one["text"]), one["text"]
        assert one["bibtex"].count("{") == one["bibtex"].count("}")


def test_a_shipped_record_is_cited_with_its_series():
    found = CliRunner().invoke(app, ["cite", "us_kz"])
    assert found.exit_code == 0
    assert "Stéfan J. van der Walt, et al" in found.stdout
    assert "covid_stringency_monthly.csv" in found.stdout
    assert [one.of for one in citations("us_xx", "1", "Nowhere", "0" * 64)][:2] == ["software", "data"]


def test_the_citation_file_of_the_program_is_that_of_the_repository():
    assert (TEMPLATES / "CITATION.cff").read_bytes() == (ROOT / "CITATION.cff").read_bytes()


def test_a_registration_says_what_a_registry_asks(lab, tmp_path):
    words = ["freeze", str(lab / "run"), "--data", str(lab / "us_kz"), "--out", str(tmp_path / "f.json"), "--registration",
             str(tmp_path / "r.md")]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    (digest,) = re.findall(r"SHA-256 of the forecast: (\w{64})", found.stdout)
    assert f"| frozen forecast | {digest} |" in text
    for part in ("already?", "What is forecast", "dependent variables", "Conditions", "Analyses", "Scoring rule", "Exclusions",
                 "Sample size", "Deviations"):
        assert re.search(rf"^## \d+\. .*{re.escape(part)}", text, re.MULTILINE), part
    assert "seed 3, 400 simulated futures" in text
    assert "of 48 months were over on" in text
    told = re.findall(r"probability ([\d.]+) . ([\d.]+) by scores", found.stdout)
    assert told
    assert all(f"| by scores | {power} ± {error} |" in text for power, error in told)
    assert CliRunner().invoke(app, words).exit_code == 2  # a frozen forecast is never replaced
