"""A backtest as a section of a run's report, read from the folder that ``forecast backtest --dyad`` wrote."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from forecast.errors import Fault, InputError
from forecast.report.backtest.page import FIGURES, LOSS, Told, figure_of

TOLD, SKILL = "told.json", "skill.csv"
MODEL, PLACEBO = "model", "model, placebo"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Words, figures, and one row of skill per measure: measure, loss, baseline, skill of the model and of the placebo."""

    told: Told
    figures: tuple[dict[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def files_of(folder: Path, dyad: str) -> dict[str, Path]:
    """Files that a section is made of, by a name that says nothing of the machine.

    Raises
    ------
    InputError
        Where one is missing, or the backtest is not of this dyad.
    """
    paths = [folder / name for name in (TOLD, SKILL, *(f"{name}.svg" for name in FIGURES))]
    missing = [_fault(path, "a file of the backtest", "none") for path in (paths if folder.exists() else [folder])
               if not path.exists()]
    if missing:
        raise InputError(missing)
    found = json.loads(paths[0].read_text(encoding="utf-8"))["dyad"]
    if found != dyad:
        raise InputError([_fault(paths[0], f"a backtest of {dyad}", str(found))])
    return {f"backtest {path.name}": path for path in paths}


def load_section(folder: Path) -> Section:
    """Read a section whose files were checked."""
    content = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    told = Told(**{key: value for key, value in content.items() if key != "dyad"})
    return Section(told=told, rows=tuple(_rows(pd.read_csv(folder / SKILL))),
                   figures=tuple(figure_of(folder / f"{name}.svg") for name in FIGURES))


def _rows(skill: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    for (measure, loss), part in skill.groupby(["measure", "loss_name"], sort=False):
        row = part.set_index("forecaster")
        yield measure, LOSS[loss], row["baseline"].iloc[0], *(_skill(row.loc[name]) for name in (MODEL, PLACEBO))


def _skill(row: pd.Series) -> str:
    return f"{100 * row['skill']:+.1f} ({100 * row['low']:+.1f} to {100 * row['high']:+.1f})"


def _fault(path: Path, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where="option --backtest", expected=expected, found=found,
                 remedy="Give the folder that forecast backtest --dyad wrote, for example backtest/us_kz.")
