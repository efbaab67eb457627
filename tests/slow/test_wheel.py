"""The built wheel in an empty environment outside the checkout: one package, its commands, the ten lines of docs/python.md.

With every Python that is served, where it is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAIN = 'if __name__ == "__main__":\n'
SMALL = "paths=200, draws=100, ignore_gates=True"
SERVED = ("3.12", "3.13")

pytestmark = pytest.mark.slow


def called(*command, cwd, timeout=3600):
    """What a command prints that knows nothing of the checkout and finds nothing that was computed before."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FORECAST_", "VIRTUAL_ENV"))}
    found = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False,
                           env=own | {"FORECAST_CACHE": str(Path(cwd) / "cache")})
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    called(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    (found,) = place.glob("*.whl")
    return found


@pytest.fixture(scope="module", params=SERVED)
def environment(request, wheel, tmp_path_factory):
    """A new environment with the wheel and what it needs, from packages that uv keeps here or fetches."""
    if shutil.which("uv") is None or subprocess.run(["uv", "--version"], cwd="/", capture_output=True, check=False).returncode:
        pytest.skip("uv is not installed")
    folder = tmp_path_factory.mktemp("environment")
    called("uv", "venv", "--python", interpreter(request.param, folder), folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    install = ["uv", "pip", "install", "--python", str(python), "-c", str(ROOT / "requirements.txt"), str(wheel)]
    for more in (["--offline"], []):
        done = subprocess.run([*install, *more], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return folder
    if "Failed to fetch" in done.stderr or "error sending request" in done.stderr:
        pytest.skip(f"the packages are neither kept here nor reached: {done.stderr[-300:]}")
    raise AssertionError(done.stderr)


def interpreter(version, folder):
    """A Python of a version: the one that runs, one that uv knows, or one that pyenv keeps; nothing is fetched."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    known = subprocess.run(["uv", "python", "find", "--no-project", "--no-python-downloads", version], cwd=folder,
                           capture_output=True, text=True, check=False)
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [known.stdout.strip()] * (known.returncode == 0) + sorted(map(str, kept.glob(f"{version}.*/bin/python3")))
    if not found:
        pytest.skip(f"no Python {version} is installed: {known.stderr.strip()}")
    return found[-1]


def test_every_python_that_is_served_is_tried():
    """The oldest that the distribution allows, up to the one of the checkout."""
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))[1]
    assert (SERVED[0], SERVED[-1]) == (oldest, (ROOT / ".python-version").read_text(encoding="utf-8").strip())


def test_the_wheel_has_one_package_and_its_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"forecast"}
    assert {"forecast/py.typed", "forecast/__init__.pyi", "forecast/priors/default.yaml", "forecast/scenarios/trump.yaml"} <= set(
        names)


def test_commands_work_outside_the_checkout(environment):
    program = environment / "env" / "bin" / "forecast"
    assert "run" in called(program, "--help", cwd=environment)
    assert "summary.csv" in called(program, "schema", cwd=environment)
    assert "no faults" in called(program, "data", "check", "--dyad", "us_kz", cwd=environment)
    assert "no faults" in called(program, "scenario", "check", "trump", cwd=environment)


def test_a_run_works_outside_the_checkout(environment, request):
    """The main command; its manifest says that this Python made it."""
    program = environment / "env" / "bin" / "forecast"
    called(program, "run", "--alone", "--paths", 1000, "--draws", 200, "--ignore-gates", "--quiet", "--out", "run",
           cwd=environment)
    manifest = json.loads((environment / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["versions"]["python"].startswith(f"{request.node.callspec.params['environment']}.")
    assert (environment / "run" / "report.html").stat().st_size > 100_000


def test_the_ten_lines_work_outside_the_checkout(environment):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    assert "paths=4000" in code
    lines = code.replace("paths=4000", SMALL).splitlines()
    script = environment / "ten.py"
    script.write_text(MAIN + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    called(environment / "env" / "bin" / "python", script, cwd=environment)
    assert (environment / "history.pdf").stat().st_size > 1000
    assert (environment / "my_run" / "report.html").exists()
    assert (environment / "my_run" / "columns.json").exists()
