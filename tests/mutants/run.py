"""Mutation testing by mutmut: how many small changes of the code its tests notice, module by module.

``make mutation`` runs it; which modules by which tests says ``[tool.mutmut]`` in ``pyproject.toml``. It works in ``.mutants/``,
on a copy in which two things differ, because mutmut leaves decorated functions alone: properties and validators are decorated
behind their definition, and functions for Numba are plain Python, so that their source is tested as it stands (what Numba makes
of it is tested by the same tests in ``make test``). What was killed is not tried again before its function changes; what
survived is.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".mutants"
COPIED = ("forecast", "priors", "scenarios", "tests")
LEAST = 0.9
"""Share of the mutants of a module that must be killed."""
EQUIVALENT = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))
"""Function -> changes of it that no test can notice: what each takes away, what it puts in, and why."""
PLAIN = {"forecast/simulation/random.py": "\n\ndef high(left, right):\n    return np.uint64(int(left) * int(right) >> 64)\n"}
"""What stands for a function that is no Python but one instruction of the processor."""
KILLED = (1, 3, 24, 36, 152, 255)
"""Exit codes where a test failed, or ran for too long; below zero where a signal ended it. Others: passed, no test, not run."""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed."""

    function: str
    was: str
    becomes: str

    @property
    def why(self) -> str:
        """Why no test can notice it, where that is known."""
        known = {(was, becomes): why for was, becomes, why in EQUIVALENT.get(self.function, ())}
        return known.get((self.was, self.becomes), "")


@dataclass(frozen=True)
class Found:
    """What became of the mutants of a module."""

    module: str
    mutants: int
    survivors: tuple[Survivor, ...]

    @property
    def share(self) -> float:
        """Share that was killed, of all mutants, also those that are equivalent."""
        return 1 - len(self.survivors) / self.mutants

    def __str__(self) -> str:
        left, equivalent = len(self.survivors), sum(bool(one.why) for one in self.survivors)
        cells = (f"`{self.module}`", self.mutants, self.mutants - left, f"{self.share:.1%}", equivalent, left - equivalent)
        return f"| {' | '.join(map(str, cells))} |"


def undecorated(source: str) -> str:
    """The same program with functions decorated behind them; those for Numba not at all, those of a cache or of LLVM as ever."""
    lines = source.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.decorator_list]
    for node in sorted(functions, key=lambda node: -node.lineno):
        words = [ast.unparse(one) for one in node.decorator_list]
        if words in (["cache"], ["intrinsic"]):
            continue
        if not words[0].startswith("compiled("):
            call = f"{'('.join([*words, node.name])}{')' * len(words)}"
            lines.insert(node.end_lineno, f"{' ' * node.col_offset}{node.name} = {call}\n")
        del lines[node.decorator_list[0].lineno - 1:node.lineno - 1]
    return "".join(lines)


def prepare(folder: Path) -> list[str]:
    """Bring the copy up to date; returns the files to be mutated."""
    for name in COPIED:
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "pyproject.toml", folder)
    files: list[str] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]["only_mutate"]
    for name in files:
        source = undecorated((ROOT / name).read_text(encoding="utf-8"))
        (folder / name).write_text(source + PLAIN.get(name, ""), encoding="utf-8")
        shutil.copystat(ROOT / name, folder / name)  # mutmut goes by the time of a change
    return files


def results(folder: Path, file: str) -> dict[str, int | None]:
    """Mutant -> exit code of its tests, None where they were not run."""
    kept = folder / "mutants" / f"{file}.meta"
    return json.loads(kept.read_text(encoding="utf-8"))["exit_code_by_key"] if kept.is_file() else {}


def killed(code: int | None) -> bool:
    """Whether the tests of a mutant noticed it; not, where there is none or they were not run."""
    return code is not None and (code in KILLED or code < 0)


def run(folder: Path = FOLDER) -> list[Found]:
    """Try all mutants of all modules, one process at a time; those that survived before once more."""
    files = prepare(folder)
    survived = [name for file in files for name, code in results(folder, file).items() if not killed(code)]
    mutmut = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1"]
    settings = os.environ | {"FORECAST_CACHE": str(folder / "cache")}
    subprocess.run(mutmut, cwd=folder, env=settings, check=True)
    if survived:
        subprocess.run([*mutmut, *survived], cwd=folder, env=settings, check=True)
    return [of_module(folder, file) for file in files]


def of_module(folder: Path, file: str) -> Found:
    """What became of the mutants of one file."""
    codes = results(folder, file)
    survivors = (survivor(folder, file, name) for name, code in codes.items() if not killed(code))
    return Found(file.removesuffix(".py").replace("/", "."), len(codes), tuple(survivors))


def survivor(folder: Path, file: str, name: str) -> Survivor:
    """A mutant by the lines that it changes."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # of a group of dependencies of its own

    with chdir(folder):
        lines = get_diff_for_mutant(name, path=file).splitlines()[2:]
    was, becomes = (" ".join(line[1:].strip() for line in lines if line.startswith(mark)) for mark in "-+")
    function = name.partition("__mutmut_")[0].removeprefix(file.removesuffix(".py").replace("/", ".") + ".")
    return Survivor(f"{Path(file).stem}.{function.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}", was, becomes)


def told(survivors: tuple[Survivor, ...]) -> str:
    """Survivors one under the other, those without a reason first."""
    return "\n".join(f"{one.function}\n  - {one.was}\n  + {one.becomes}\n  {one.why or 'no test notices it'}"
                     for one in sorted(survivors, key=lambda one: bool(one.why)))
