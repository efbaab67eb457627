"""Imports are followed from the source alone, and compiled code is compiled anew where anything in it changed."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import forecast
from forecast.sources import hash_of, imports, reached

ROOT = Path(forecast.__file__).parent


def parsed(path: Path) -> set[str]:
    """Names that a file imports from the program, as Python's own parser reads it."""
    return {name for node in _run(ast.parse(path.read_text(encoding="utf-8"))) for name in _names(node)}


def _run(node: ast.AST):
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "forecast":
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.startswith("forecast.")]
    return []


def test_every_import_of_every_file_is_found():
    for path in ROOT.rglob("*.py"):
        assert parsed(path) <= imports(path), path


def test_imports_for_types_alone_are_none(tmp_path):
    file = tmp_path / "one.py"
    file.write_text("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from forecast.report import page\n\nX = 1\n"
                    "\ndef late():\n    from forecast.panel import (\nPanel)\n    return Panel\n")
    assert imports(file) == {"forecast.panel", "forecast.panel.Panel"}


def test_packages_around_a_module_come_with_it_and_the_outermost_does_not():
    found = reached(["forecast.posterior.native.lower"])
    assert {"forecast.posterior", "forecast.posterior.native", "forecast.posterior.native.operations"} <= set(found)
    assert "forecast" not in found


def test_a_module_without_a_source_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"no source file of forecast.nothing"):
        reached(["forecast.nothing"])
    with pytest.raises(ModuleNotFoundError, match=r"no source file of forecast.nothing"):
        hash_of(["forecast.nothing"])


@pytest.fixture
def run(tmp_path):
    """A copy of the program, and how to run something with it."""
    copy = tmp_path / "forecast"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"} | {"PYTHONPATH": str(tmp_path)}

    def call() -> int:
        done = subprocess.run([sys.executable, "-c", "from forecast.simulation.uncertainty_sources import _count\n"
                               "print(int(_count(0.5, 3.0)))"], env=environment, cwd=tmp_path, check=True, capture_output=True,
                              text=True)  # fmt: skip
        return int(done.stdout)

    return copy / "simulation", call


def machine_code(folder: Path) -> set[tuple[str, int]]:
    """Files of compiled functions, and when they were written."""
    return {(str(path), path.stat().st_mtime_ns) for path in folder.rglob("*.nbc") if "_count" in path.name}


@pytest.mark.slow
def test_a_changed_helper_in_another_file_is_compiled_into_what_calls_it(run):
    """Without a change of the file that calls it; unchanged source is not compiled again."""
    folder, call = run
    assert call() == 3  # the median of a Poisson distribution of mean 3
    first = machine_code(folder)
    assert call() == 3
    assert machine_code(folder) == first != set()
    random = folder / "random.py"
    source = random.read_text(encoding="utf-8")
    changed = source.replace("    return count\n", "    return count + 10\n")
    assert changed != source
    random.write_text(changed, encoding="utf-8")
    assert call() == 13
    random.write_text(source, encoding="utf-8")
    assert call() == 3
    assert first < machine_code(folder)  # the first is still there, and was used
