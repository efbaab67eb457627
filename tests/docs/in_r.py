"""The tutorial in R, section by section: each is one session, whose blocks show what R prints behind ``#>``."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from doctest import Example, OutputChecker
from pathlib import Path

from tests.docs.tutorial import FLAGS

SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```r\n(.*?)^```", re.MULTILINE | re.DOTALL)
PACKAGE = re.compile(r"\b(\w+)::")
END = "-- end of a step --"


def sections(page: Path) -> dict[str, str]:
    """Heading -> the R of a section, with what it shows; sections without R are left out."""
    found = {name: "".join(BLOCK.findall(body)) for name, body in SECTION.findall(page.read_text(encoding="utf-8"))}
    return {name: code for name, code in found.items() if code}


def lacking(code: str) -> str:
    """Why R code cannot be run here; empty where it can."""
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    missing = [name for name in sorted(set(PACKAGE.findall(code)))
               if _run(f"quit(status = !requireNamespace('{name}', quietly = TRUE))").returncode]
    return f"R has no package {', '.join(missing)}" if missing else ""


def differences(code: str) -> list[str]:
    """What R prints otherwise than is shown, step by step; within the working folder."""
    parts = list(steps(code))
    script = "\n".join(f"{typed}\ncat('{END}\\n')" for typed, _ in parts)
    found = _run(script)
    assert found.returncode == 0, found.stderr[-3000:]
    printed, checker = found.stdout.split(f"{END}\n"), OutputChecker()
    return [checker.output_difference(Example(typed, shown), got, FLAGS)
            for (typed, shown), got in zip(parts, printed, strict=False) if shown and not checker.check_output(shown, got, FLAGS)]


def steps(code: str) -> Iterator[tuple[str, str]]:
    """What is typed, and what is shown after it."""
    typed: list[str] = []
    shown: list[str] = []
    for line in code.splitlines():
        if line.startswith("#>"):
            shown.append(line[2:].strip())
            continue
        if shown:
            yield "\n".join(typed), "\n".join(shown) + "\n"
            typed, shown = [], []
        typed.append(line)
    yield "\n".join(typed), "".join(f"{line}\n" for line in shown)


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["Rscript", "--vanilla", "-"], input=script, capture_output=True, text=True, timeout=120)
