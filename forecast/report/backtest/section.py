"""A backtest as a section of a run's report, read from the folder that ``forecast backtest --dyad`` wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from forecast.errors import Fault, InputError
from forecast.files import MEGABYTE, check_ordinary, read_text
from forecast.outputs import read_manifest
from forecast.report.backtest.page import FIGURES, LOSS, Told, between, figure_of

TOLD, SKILL = "told.json", "skill.csv"
MODEL, PLACEBO = "model", "model, placebo"
LARGEST, LARGEST_FIGURE = MEGABYTE, 32 * MEGABYTE
"""Bytes of words or of a table, and of a figure."""
Words = Annotated[str, Field(min_length=1, max_length=5000)]


Among = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]
"""An end of an interval; empty where there was one term."""


class _Told(BaseModel):
    """What ``told.json`` says."""

    model_config = ConfigDict(strict=True, extra="forbid")

    dyad: str | None
    title: Words
    about: Words
    headline: Words
    caveats: tuple[Words, ...] = Field(max_length=100)


class _Skill(BaseModel):
    """A row of ``skill.csv``, as far as it is shown."""

    model_config = ConfigDict(allow_inf_nan=False)

    measure: Words
    loss_name: Words
    forecaster: Words
    baseline: Words
    skill: float
    low: Among
    high: Among
    p: float


@dataclass(frozen=True, kw_only=True)
class Section:
    """Words, figures, and one row of skill per measure: measure, loss, baseline, skill of the model and of the placebo."""

    told: Told
    figures: tuple[dict[str, str], ...]
    rows: tuple[tuple[str, ...], ...]


def files_of(folder: Path, dyad: str) -> dict[str, Path]:
    """Files that a section is made of, by a name that says nothing of the machine; all of them are read and checked.

    Raises
    ------
    InputError
        Where the folder is no backtest as the program wrote it, or not one of this dyad.
    """
    told, _ = _read(folder)
    if told.dyad != dyad:
        raise InputError([_fault(folder / TOLD, f"a backtest of {dyad}", str(told.dyad))])
    return {f"backtest {path.name}": path for path in _paths(folder)}


def load_section(folder: Path) -> Section:
    """Read a section (raises InputError as :func:`files_of` does)."""
    told, rows = _read(folder)
    return Section(told=Told(**told.model_dump(exclude={"dyad"})), rows=rows,
                   figures=tuple(figure_of(folder / f"{name}.svg") for name in FIGURES))


def _paths(folder: Path) -> list[Path]:
    return [folder / name for name in (TOLD, SKILL, *(f"{name}.svg" for name in FIGURES))]


def _read(folder: Path) -> tuple[_Told, tuple[tuple[str, ...], ...]]:
    """Words and rows, after every file was found as it was written."""
    known = read_manifest(folder, "backtest")["files"]
    if missing := [_fault(path, "a file of the backtest", "none in its manifest") for path in _paths(folder)
                   if path.name not in known]:
        raise InputError(missing)
    check_ordinary(_paths(folder)[2:], LARGEST_FIGURE)
    try:
        told = _Told.model_validate_json(read_text(folder / TOLD, LARGEST))
    except ValidationError as error:
        raise InputError([_fault(folder / TOLD, *_said(error))]) from None
    return told, tuple(_rows(folder / SKILL))


def _rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Measure, loss, baseline, and skill of the model and of the placebo, in the order of the table."""
    columns = list(_Skill.model_fields)
    try:
        table = pd.read_csv(StringIO(read_text(path, LARGEST)), dtype=str, keep_default_na=False)
        rows = [_Skill.model_validate(row) for row in table[columns].to_dict("records")]
    except ValidationError as error:
        raise InputError([_fault(path, *_said(error))]) from None
    except (ValueError, KeyError) as error:  # a parser error is a ValueError
        raise InputError([_fault(path, f"a table with the columns {', '.join(columns)}", str(error)[:100])]) from None
    for measure, loss in dict.fromkeys((row.measure, row.loss_name) for row in rows):
        part = {row.forecaster: row for row in rows if (row.measure, row.loss_name) == (measure, loss)}
        if loss not in LOSS or not {MODEL, PLACEBO} <= set(part):
            raise InputError([_fault(path, f"losses {', '.join(LOSS)}, each of '{MODEL}' and '{PLACEBO}'",
                                     f"{loss} of {', '.join(part)} ({measure})")])
        yield measure, LOSS[loss], next(iter(part.values())).baseline, *(_skill(part[name]) for name in (MODEL, PLACEBO))


def _skill(row: _Skill) -> str:
    return f"{100 * row.skill:+.1f} ({between(row.low, row.high)}), p {row.p:.3f}"


def _said(error: ValidationError) -> tuple[str, str]:
    """What was expected and what was found, of the first fault."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    return f"{key}: {first['msg']}" if key else first["msg"], repr(first["input"])[:100]


def _fault(path: Path, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where="option --backtest", expected=expected, found=found,
                 remedy="Give the folder that forecast backtest --dyad wrote, for example backtest/us_kz.")
