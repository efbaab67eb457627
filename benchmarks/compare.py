"""Measured in turn, so that the noise of a machine falls on all alike: lines of the table that ``make bench`` prints."""

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

RUNS = 5
PACKAGES = ("numpy", "numba", "pymc", "pytensor", "nutpie", "jax", "numpyro", "ema-workbench")
HEAD = ("figure", "measured", "bound", "peer", "its figure", "ratio")
NONE = "–"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table.

    Parameters
    ----------
    figure, measured : str
        What, and how much of it.
    bound : str
        What is promised; empty where nothing is.
    peer, theirs : str
        Beside what, and how much that is.
    ratio : tuple of float
        How many times better than the peer, run by run.
    """

    figure: str
    measured: str
    bound: str = ""
    peer: str = ""
    theirs: str = ""
    ratio: tuple[float, ...] = ()

    def cells(self) -> tuple[str, ...]:
        """As they stand in the table."""
        given = (self.figure, self.measured, self.bound, self.peer, self.theirs, spread(self.ratio))
        return tuple(cell or NONE for cell in given)


def interleaved(jobs: Mapping[str, Callable[[], float]], runs: int = RUNS) -> dict[str, list[float]]:
    """What every job returns, one after the other in each of some runs."""
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for run in range(runs):
        for name, job in jobs.items():
            print(f"\r{name}, {run + 1} of {runs}".ljust(60), end="", flush=True, file=TERMINAL)
            found[name].append(job())
    print("\r".ljust(61) + "\r", end="", flush=True, file=TERMINAL)
    return found


TERMINAL = open(os.devnull, "w") if not os.isatty(2) else open(2, "w", closefd=False)  # noqa: SIM115  # as long as the process
"""Where progress is told: a terminal, else nowhere."""


def ratios(above: Sequence[float], below: Sequence[float]) -> tuple[float, ...]:
    """Run by run."""
    return tuple(one / other for one, other in zip(above, below, strict=True))


def spread(values: Sequence[float], unit: str = "") -> str:
    """Least – median – most, or the one value that there is."""
    if not values:
        return ""
    if len(values) == 1:
        return f"{digits(values[0])}{unit}"
    return " – ".join(digits(one) for one in (min(values), median(values), max(values))) + unit


def digits(value: float) -> str:
    """Two digits that matter below ten, else whole ones."""
    return f"{value:.2g}" if 0 < abs(value) < 1 else f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [tuple(head), ("---",) * len(head), *rows])


def told(lines: Iterable[Line]) -> str:
    """The table of some lines."""
    return table(HEAD, [line.cells() for line in lines])


def put(text: str, page: Path | None, place: str) -> None:
    """Print a text, and put it into its place on a page, where one is named.

    Raises
    ------
    ValueError
        Where the page has no such place.
    """
    print(text)
    if page is None:
        return
    content = page.read_text(encoding="utf-8")
    begin, end = f"<!-- measured: {place} -->\n", "\n<!-- end -->"
    before, found, after = content.partition(begin)
    if not found or end not in after:
        raise ValueError(f"{page} has no place for {place}: expected {begin.strip()} and {end.strip()}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after.partition(end)[2]}", encoding="utf-8")


def machine() -> str:
    """The processor's kind, its load and the versions that were measured, in a paragraph."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return (f"{_processor()}, {os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}; "
            f"load {load:.1f} at the start; {', '.join(_versions())}.")


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    fields = dict(tuple(part.strip() for part in line.split(":", 1)) for line in info.read_text().splitlines() if ":" in line
                  ) if info.exists() else {}
    if not fields.get("model name"):
        return platform.processor() or platform.machine()
    kind = f" (family {fields['cpu family']}, model {fields['model']})" if "cpu family" in fields else ""
    return fields["model name"] + kind


def _versions() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return found
