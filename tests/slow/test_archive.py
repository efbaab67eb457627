"""Archives of a small real run: fitted again from nothing, here and in a new environment from a folder of wheels."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from forecast.pipeline.verify import RUN
from forecast.placement import PREFIX
from tests.fixture.record import RECORD
from tests.pipeline.test_archive import altered, changed_data, changed_table

SMALL = ["--draws", "100", "--ignore-gates", "--paths", "400", "--quiet"]

pytestmark = pytest.mark.slow


def called(place, *words, python=sys.executable):
    """Exit code, output and errors of the program."""
    (place / "tmp").mkdir(exist_ok=True)
    environment = os.environ | {"FORECAST_CACHE": str(place / "cache"), "TMPDIR": str(place / "tmp")}
    return subprocess.run([str(python), "-P", "-c", RUN, *map(str, words)], cwd=place, env=environment, capture_output=True,
                          text=True, timeout=3600, check=False)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    shutil.copytree(RECORD, folder / "us_kz")
    for words in (["run", "trump", "harris", "--data", "us_kz", *SMALL, "--out", "run"],
                  ["archive", "run", "--data", "us_kz", "--out", "archive.zip"]):
        done = called(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


def told(done, code):
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_run_that_is_fitted_again_from_nothing_has_the_same_bytes(lab):
    found = told(called(lab, "archive", "--verify", "archive.zip", "--here", "--quiet", "--json"), 0)
    assert found["agrees"]
    assert {row["state"] for row in found["rows"]} == {"same bytes"}
    assert {row["file"].split("/")[0] for row in found["rows"]} >= {
        "summary.csv", "tables", "figures", "trajectories", "posterior", "report.html"}


@pytest.mark.parametrize(("change", "file"), [(changed_table, "summary.csv"), (changed_data, "contrast.csv")])
def test_what_was_changed_with_all_its_hashes_is_found(lab, tmp_path, change, file):
    """Data are changed for the repeated run too, so that their hashes agree and the tables do not."""
    altered(lab / "archive.zip", tmp_path / "changed.zip", change, manifest=True)
    found = told(called(lab, "archive", "--verify", tmp_path / "changed.zip", "--here", "--quiet", "--json"), 1)
    assert file in {row["file"] for row in found["rows"] if row["state"] == "differs"}


@pytest.fixture(scope="module")
def environment(lab):
    """A folder of wheels, and an environment of them."""
    with zipfile.ZipFile(lab / "archive.zip") as file:
        file.extractall(lab / "unpacked")
    subprocess.run([sys.executable, "-m", "venv", lab / "env"], check=True)
    python = lab / "env" / "bin" / "python"
    download = [python, "-m", "pip", "download", "--quiet", "--no-deps", "-r", "requirements.txt", "-d", lab / "wheels"]
    fetched = subprocess.run(download, cwd=lab / "unpacked", capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the packages cannot be fetched: {fetched.stderr[-300:]}")
    (wheel,) = (lab / "unpacked" / "code").glob("*.whl")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", lab / "wheels", wheel], check=True)
    return python


def test_a_new_environment_from_a_folder_of_wheels_verifies(lab, environment):
    found = told(called(lab, "archive", "--verify", "archive.zip", "--wheels", "wheels", "--quiet", "--json"), 0)
    assert found["agrees"]
    assert not found["here"]
    assert found["noted"] == []


def test_an_installed_program_archives_the_same_run(lab, environment):
    """Outside of a checkout: without the hashes of the lock file, and otherwise the same."""
    done = called(lab, "archive", "run", "--data", "us_kz", "--out", "installed.zip", python=environment)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(lab / "archive.zip") as one, zipfile.ZipFile(lab / "installed.zip") as other:
        assert set(one.namelist()) == set(other.namelist())
        different = {name for name in one.namelist() if one.read(name) != other.read(name)}
        assert json.loads(one.read("archive.json"))["digest"] == json.loads(other.read("archive.json"))["digest"]
        assert not json.loads(other.read("archive.json"))["hashed"]
    assert {name for name in different if not name.endswith(".whl")} == {"archive.json", "requirements.txt", "README.md"}
    assert told(called(lab, "archive", "--verify", "installed.zip", "--here", "--quiet", "--json"), 0)["agrees"]


def test_nothing_is_left_behind(lab):
    assert not list((lab / "tmp").glob(f"{PREFIX}*"))
