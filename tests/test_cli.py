import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli import app

TYPO = """name: typo
title: A misspelt key
description: A scenario whose key outcome is misspelt.
dyad: us_kz
as_of: 2024-11-04
election: us_2024
outcom: trump
horizon: {start: 2025-01, end: 2028-12}
"""


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(("asked", "pool"), [({}, "system"), ({"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, "mimalloc")])
def test_memory_is_shared_with_the_system_unless_something_else_is_set(asked, pool):
    program = "import forecast.cli, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    around = {key: value for key, value in os.environ.items() if key != "ARROW_DEFAULT_MEMORY_POOL"}
    found = subprocess.run([sys.executable, "-c", program], env=around | asked, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == pool


def test_a_misspelt_key_names_file_line_key_and_the_nearest_known_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "typo.yaml").write_text(TYPO)
    result = call("run", "typo.yaml")
    assert result.exit_code == 2
    assert re.search(r"typo\.yaml: line 7, key outcom: .*Did you mean 'outcome'\?", result.stderr)
    assert "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["typo.yaml"]


@pytest.mark.parametrize(("arguments", "told"), [
    (("run", "haris"), "Did you mean 'harris'?"),
    (("run", "--priors", "defualt"), "Did you mean 'default'?"),
    (("run", "harris", "harris"), "scenarios of different names"),
    (("run", "--as-of", "2030-01-01"), "2030-01-01"),
    (("scenario", "check", "nowhere.yaml"), "a file or a shipped scenario"),
    (("data", "check", "nowhere"), "nowhere"),
])
def test_bad_input_ends_with_a_message_and_code_2(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_directory_that_is_no_run_is_not_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    result = call("run", "--out", str(tmp_path))
    assert result.exit_code == 2
    assert "files that the program did not write (thesis.tex). Choose another folder" in result.stderr
    assert (tmp_path / "thesis.tex").exists()


def test_the_shipped_inputs_have_no_faults():
    assert "no faults" in call("data", "check").stdout
    assert call("scenario", "check", "harris", "trump").exit_code == 0


@pytest.mark.parametrize("command", [(), ("run",), ("fit",), ("data", "check"), ("scenario", "check")])
def test_every_command_explains_itself(command):
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_a_run_without_figures_waits_for_no_matplotlib():
    code = ("import sys, forecast.pipeline.run, forecast.report.run, forecast.report.tables; "
            "print([name for name in ('matplotlib', 'pymc', 'scipy.stats', 'scipy.optimize') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"


def test_help_imports_nothing_heavy():
    code = "import sys, cli; print([name for name in ('numpy', 'pandas', 'pymc', 'matplotlib') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"
