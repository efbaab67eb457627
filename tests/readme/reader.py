"""A reader of the README: a fresh clone, the command `forecast` at hand, and files of the reader's own."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
NO_CLONE = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "forecast_run", "*.egg-info")
SHIPPED = ("forecast", "priors", "scenarios", "README.md")
PROGRAM = """\
#!{python}
import sys
sys.path.insert(0, {clone!r})
from {module} import app
if __name__ == "__main__":
    app()
"""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Where the commands are typed.

    Parameters
    ----------
    clone : Path
        Copy of what is under version control.
    bin : Path
        Folder in front of PATH with the command `forecast`.
    cache : Path
        The reader's cache: empty in the beginning.
    done : dict
        Seconds by command that ended with 0.
    answer : callable, optional
        Gives exit code and output of a line without a shell, or None where it takes one.
    """

    clone: Path
    bin: Path
    cache: Path
    done: dict[str, float] = field(default_factory=dict)
    answer: Callable[[str], tuple[int, str] | None] = lambda command: None

    def run(self, command: str, within: Path, timeout: float, *, fails: bool = False) -> str:
        """Type a command in a shell; its output, where it ends as it should and has left the shipped files as they were."""
        before, begin = self._shipped(), time.perf_counter()
        code, output = self.answer(command) or self._typed(command, within, timeout)
        assert (code != 0) == fails, f"{command} ended with {code}:\n{output[-3000:]}"
        assert "Traceback" not in output, output[-3000:]
        assert self._shipped() == before, f"{command} changed shipped files"
        self.done[command] = time.perf_counter() - begin
        print(f"{self.done[command]:8.1f} s  {command}")
        return output

    def _typed(self, command: str, within: Path, timeout: float) -> tuple[int, str]:
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "FORECAST_CACHE": str(self.cache), "PYTHONPATH": str(self.clone),
                                    "PYTHONUNBUFFERED": "1"}  # errors and tables in the order in which a terminal has them
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # who types does not compile every module anew at each command
        typed = subprocess.Popen(command, shell=True, cwd=within, env=environment, text=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = typed.communicate(timeout=timeout)
        except BaseException:
            os.killpg(typed.pid, signal.SIGKILL)
            typed.wait()
            raise
        return typed.returncode, output

    def _shipped(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(one for name in SHIPPED for one in ((self.clone / name).rglob("*") if "." not in name
                                                                 else [self.clone / name])):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(self.clone)} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
        return digest.hexdigest()


def new_reader(folder: Path, cache: Path | None = None, module: str = "cli", *, fresh: bool = True) -> Reader:
    """A reader with a fresh clone in an empty folder; `make` finds the environment of these tests ready.

    `module` has the program in the clone that `forecast` starts. Where it need not be `fresh` the clone is this one, of which the
    machine code is there that a new one would compile in half a minute.
    """
    clone, programs = folder / "clone" if fresh else ROOT, folder / "bin"
    programs.mkdir()
    if fresh:
        _clone(clone)
        (clone / ".venv").mkdir()
        (clone / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        (clone / ".venv" / ".ready").touch()
    program = PROGRAM.format(python=sys.executable, clone=str(clone), module=module)
    (programs / "forecast").write_text(program, encoding="utf-8")
    (programs / "forecast").chmod(0o755)
    return Reader(clone=clone, bin=programs, cache=cache or folder / "cache")


def _clone(target: Path) -> None:
    """Copy what is, or is to be, under version control; without git, everything that is not known to be left out."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True)
    if listed.returncode:
        shutil.copytree(ROOT, target, ignore=NO_CLONE)
        return
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
