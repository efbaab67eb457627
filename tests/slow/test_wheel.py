"""The built wheel in an empty environment outside the checkout: one package, its commands, the ten lines of docs/python.md."""

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

pytestmark = pytest.mark.slow


def called(*command, cwd, timeout=3600):
    found = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    called(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    (found,) = place.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A new environment with the wheel and what it needs, from packages that uv keeps here or fetches."""
    if shutil.which("uv") is None or subprocess.run(["uv", "--version"], cwd="/", capture_output=True, check=False).returncode:
        pytest.skip("uv is not installed")
    folder = tmp_path_factory.mktemp("environment")
    called("uv", "venv", "--python", sys.executable, folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    install = ["uv", "pip", "install", "--python", str(python), "-c", str(ROOT / "requirements.txt"), str(wheel)]
    for more in (["--offline"], []):
        done = subprocess.run([*install, *more], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return folder
    if "Failed to fetch" in done.stderr or "error sending request" in done.stderr:
        pytest.skip(f"the packages are neither kept here nor reached: {done.stderr[-300:]}")
    raise AssertionError(done.stderr)


def test_the_wheel_has_one_package_and_its_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"forecast"}
    assert {"forecast/py.typed", "forecast/__init__.pyi", "forecast/priors/default.yaml", "forecast/scenarios/trump.yaml"} <= set(
        names)


def test_commands_work_outside_the_checkout(environment):
    program = environment / "env" / "bin" / "forecast"
    assert "run" in called(program, "--help", cwd=environment)
    assert "summary.csv" in called(program, "schema", cwd=environment)


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
