"""A sweep inside the page: its assumptions as sliders, and what its points, or interpolation between them, say.

What ``forecast sweep`` wrote is read back and checked: the points of a grid in their order, the number of points of a sample,
every cell. A grid goes into the page as the text of its tables, so that at a point the page shows their digits; of a Sobol sample
go the coefficients of :mod:`forecast.evaluation.surrogate`. Beside numbers stands by how much interpolation misses.
"""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from forecast.errors import Fault, InputError, first_of
from forecast.evaluation.surrogate import BOUND, Axis, grid_error, largest_error, smooth
from forecast.evaluation.sweep import Sweep, Vary
from forecast.files import read_text
from forecast.outputs import MANIFEST, read_manifest, sha256
from forecast.panel import Panel
from forecast.report import words
from forecast.simulation.scenario import Scenario
from forecast.yaml_reader import faults_of
from forecast.yaml_reader import found as shown

POINTS, ERRORS = "points.csv", "points_mcse.csv"
MOST_POINTS = 20_000
"""Points of a grid that a page holds at most."""
ROOM = 1_500_000
"""Bytes of a page that a sweep takes at most: where it needs more, what people ask least for is left out."""
FITTED = 8_192
"""Points of a sample that are fitted at most: the first ones."""
TAILS = 0.005
"""Share of an unbounded distribution at each end that a slider leaves out."""
STEPS = 200
"""Places of a slider without values of its own."""
BETWEEN = 20
"""Places of a slider from one value of a grid to the next."""
ERROR_DEGREE = 2
"""Highest degree of the expansion of Monte Carlo errors."""


class _Manifest(BaseModel):
    """What ``manifest.json`` says of a sweep, as far as it is needed."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)

    dyad: str
    as_of: date | None
    priors: str | None
    seed: int
    sweep: Sweep
    scenarios: tuple[Scenario, ...]
    between: tuple[str, ...]
    hashes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One assumption of a sweep.

    Parameters
    ----------
    vary : Vary
    labels : tuple of str
        Its values as the table writes them, ascending where they are numbers; none of a number that a sample draws.
    levels : ndarray or None
        The same as numbers, where they are.
    between : bool
        Whether something lies between them.
    """

    vary: Vary
    labels: tuple[str, ...] = ()
    levels: np.ndarray | None = None
    between: bool = False


@dataclass(frozen=True, kw_only=True)
class Swept:
    """A sweep that was read back; cells are the text of its tables."""

    told: _Manifest
    dimensions: tuple[Dimension, ...]
    points: pd.DataFrame
    errors: pd.DataFrame
    quantities: tuple[str, ...] = field(default=())

    @property
    def grid(self) -> bool:
        """Whether every combination of values was simulated."""
        return self.told.sweep.design == "grid"


# From a folder to a sweep.

def files_of_sweep(folder: Path, panel: Panel, record: Path) -> dict[str, Path]:
    """Files that sliders are made of, by a name that says nothing of the machine; all of them are read and checked.

    Raises
    ------
    InputError
        Where the folder is no sweep as the program wrote it, or one of another dyad, record or as-of date than the run.
    """
    told, dyad = load_sweep(folder).told, panel.dyad[0]
    name = f"data {dyad}/contacts.csv"
    for where, expected, found in (
            ("key dyad", dyad, told.dyad), ("key as_of", str(panel.as_of), str(told.as_of or panel.as_of)),
            (f"key hashes, {name}", sha256(record / "contacts.csv"), told.hashes.get(name, "none"))):
        if expected != found:
            raise InputError([Fault(source=str(folder / MANIFEST), where=where, expected=f"{expected}, as of the run",
                                    found=found, remedy="Give a sweep of the run's record, or write it anew: forecast sweep.")])
    return {f"sweep {name}": folder / name for name in (MANIFEST, POINTS, ERRORS)}


def load_sweep(folder: Path) -> Swept:
    """Read a sweep (raises InputError where it is none, or not as it was written)."""
    content = read_manifest(folder, "sweep")
    try:
        told = _Manifest.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise InputError(first_of(faults_of(error, folder / MANIFEST, REMEDY))) from None
    tables = [_table(folder / name, told) for name in (POINTS, ERRORS)]
    if list(tables[0].columns) != list(tables[1].columns):
        raise InputError([_fault(folder / ERRORS, "columns", f"those of {POINTS}", "others")])
    paths = [one.path for one in told.sweep.vary]
    dimensions = tuple(_dimension(told, one, tables[0][one.path]) for one in told.sweep.vary)
    _check_points(folder, told, tables)
    shown = sorted((name for name in tables[0] if name not in paths), key=_rank)
    return Swept(told=told, dimensions=dimensions, points=tables[0], errors=tables[1], quantities=tuple(shown))


def _table(path: Path, told: _Manifest) -> pd.DataFrame:
    """Cells as text, after numbers were found to be numbers."""
    try:
        table = pd.read_csv(StringIO(read_text(path)), dtype=str, keep_default_na=False)
    except ValueError as error:  # a parser error is a ValueError
        raise InputError([_fault(path, "whole file", "a table of a sweep", str(error)[:100])]) from None
    paths = [one.path for one in told.sweep.vary]
    if list(table.columns[:len(paths)]) != paths or len(table.columns) == len(paths):
        raise InputError([_fault(path, "columns", f"{', '.join(paths)}, and then quantities", ", ".join(table.columns)[:100])])
    measured = dict.fromkeys(table.columns[len(paths):], True)
    for name, empty in (measured | {one.path: False for one in told.sweep.vary if _is_number(one)}).items():
        found = pd.to_numeric(table[name].where(table[name] != ""), errors="coerce").to_numpy(float)
        given = (table[name] != "").to_numpy() | (not empty)  # a quantity may be none at a point; an assumption never is
        if wrong := np.flatnonzero(given & ~np.isfinite(found)).tolist():
            cell = table[name].iloc[wrong[0]]
            raise InputError([_fault(path, f"row {wrong[0] + 2}, column {name}", "a number", shown(cell) if cell else "nothing")])
    return table


def _is_number(vary: Vary) -> bool:
    """Whether the values of an assumption are numbers."""
    return vary.over is not None or all(type(value) in (int, float) for value in vary.values or ())


def _dimension(told: _Manifest, vary: Vary, cells: pd.Series) -> Dimension:
    if told.sweep.design == "sobol" and vary.over is not None:
        return Dimension(vary=vary, between=True)
    known = [*map(str, vary.values or ())]
    labels = sorted(dict.fromkeys(cells), key=lambda text: known.index(text) if text in known else 0)
    if not _is_number(vary):
        return Dimension(vary=vary, labels=tuple(labels))
    labels.sort(key=float)
    return Dimension(vary=vary, labels=tuple(labels), levels=np.array(labels, float),
                     between=told.sweep.design == "grid" and (vary.over is not None or vary.path in told.between))


def _check_points(folder: Path, told: _Manifest, tables: Sequence[pd.DataFrame]) -> None:
    """Every combination in its order, or as many points as a sample has; not more than a page holds."""
    paths = [one.path for one in told.sweep.vary]
    given = tables[0][paths]
    if told.sweep.design == "sobol":
        count, whole = (told.sweep.samples or 0) * (len(paths) + 2), True
    else:
        count = int(np.prod([len(one.values) if one.values is not None else one.steps or 0 for one in told.sweep.vary]))
        whole = list(product(*(dict.fromkeys(given[path]) for path in paths))) == list(given.itertuples(index=False, name=None))
    for name, table in zip((POINTS, ERRORS), tables, strict=True):
        if len(table) != count or not whole or not table[paths].equals(given):
            raise InputError([_fault(folder / name, "rows", f"{count:,}, one for every point in the order of the sweep",
                                     f"{len(table):,}" if len(table) != count else "another order")])
    if told.sweep.design == "grid" and len(tables[0]) > MOST_POINTS:
        raise InputError([Fault(source=str(folder / POINTS), where="rows", expected=f"at most {MOST_POINTS:,} points of a grid",
                                found=f"{len(tables[0]):,}", remedy="Vary less, or take a Sobol sample (design: sobol).")])


REMEDY = "Give a whole folder that forecast sweep of this version wrote."


def _fault(path: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found, remedy=REMEDY)


# From a sweep to what the page needs.

CONTACT, RELATION, SHARE, QUESTION = "contact", "relation", "share", "question"


def quantity_kind(quantity: str) -> tuple[str, str]:
    """Kind of a quantity of a sweep, and its rank, topic or question."""
    name = quantity.partition(": ")[2]
    if name.startswith("P("):
        return QUESTION, name[2:-1]
    if name.startswith("share of "):
        return SHARE, name.removeprefix("share of ")
    return (RELATION, "") if name == "relation index" else (CONTACT, name.removeprefix("contacts").strip() or "all")


def _rank(quantity: str) -> int:
    """What people ask for first comes first."""
    kind, key = quantity_kind(quantity)
    return {CONTACT: 0 if key == "all" else 2, QUESTION: 1, RELATION: 3, SHARE: 4}[kind]


def sliders(swept: Swept, named: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What the section needs.

    Parameters
    ----------
    named : mapping
        ``contact`` and ``share``: words for ranks and topics.

    Returns
    -------
    dict
        ``data`` for the script; ``axes`` to choose on; ``groups``, scenarios and their difference; and what is told in words.
    """
    shown, numbers = _fitting(swept)
    told, axes = swept.told, [_axis(swept, place, one) for place, one in enumerate(swept.dimensions)]
    asked = {question.id: question.text for one in told.scenarios for question in one.questions}
    known = {**named, QUESTION: asked, RELATION: {"": words.QUANTITY["relation_index"]}}
    rows = [_row(name, place, numbers["error"][place], known) for place, name in enumerate(shown)]
    title = {one.name: one.title for one in told.scenarios}
    groups = list(dict.fromkeys(row["group"] for row in rows))
    chances = [row for row in rows if row["kind"] == QUESTION]
    error = largest_error([float("nan") if row["error"] is None else row["error"] for row in chances])
    first = told.scenarios[0].horizon
    return {
        "axes": axes, "grid": swept.grid, "title": told.sweep.title, "description": told.sweep.description,
        "points": len(swept.points), "paths": told.sweep.paths, "seed": told.seed, "priors": told.priors, "as_of": told.as_of,
        "window": f"{first.start.year}\N{EN DASH}{first.end.year}", "left_out": len(swept.quantities) - len(shown),
        "groups": [{"name": one, "titles": [title.get(part, part) for part in one.split(" - ")]} for one in groups],
        "chances": bool(chances) and any(one.between for one in swept.dimensions), "bound": BOUND,
        "error": error and round(error, 6),
        "worst": next((row["name"] for row in chances if error is not None and row["error"] == error), ""),
        "two_values": [axis["label"] for axis, one in zip(axes, swept.dimensions, strict=True)
                       if one.between and one.levels is not None and len(one.levels) < 3],
        "data": {"grid": swept.grid, "axes": [axis["data"] for axis in axes], "rows": rows, **numbers["packed"],
                 "terms": numbers["terms"]}}


def _fitting(swept: Swept) -> tuple[tuple[str, ...], dict[str, Any]]:
    """As many quantities as there is room for, and their packed numbers."""
    count = len(swept.quantities)
    while True:
        shown = swept.quantities[:count]
        numbers = _grid(swept, shown) if swept.grid else _sample(swept, shown)
        size = sum(len(value) for value in numbers["packed"].values())
        if size <= ROOM or count == 1:
            return shown, numbers
        count = max(1, min(count - 1, int(0.95 * count * ROOM / size)))


def _row(name: str, place: int, error: float, known: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    kind, key = quantity_kind(name)
    return {"group": name.partition(": ")[0], "quantity": name, "kind": kind, "name": known[kind].get(key, words.plain(key)),
            "column": place, "error": float(error) if np.isfinite(error) else None}


def _axis(swept: Swept, place: int, one: Dimension) -> dict[str, Any]:
    """One assumption: what is written beside its slider, and how the slider moves."""
    vary = one.vary
    told: dict[str, Any] = {"id": f"assumption-{place}", "path": vary.path, "label": path_label(vary.path), "reason": vary.reason}
    if vary.over is not None and not one.labels:
        low, high = _ends(vary)
        return told | {"shape": "range", "most": STEPS, "start": STEPS // 2, "marks": [], "values": [],
                       "data": {"low": low, "high": high, "steps": STEPS}}
    first, step = list(dict.fromkeys(swept.points[vary.path])), BETWEEN if one.between else 1
    return told | {"shape": "choice" if one.levels is None else "range", "most": step * (len(one.labels) - 1),
                   "start": 0 if one.levels is None else step * ((len(one.labels) - 1) // 2),
                   "marks": [step * at for at in range(len(one.labels))],
                   "values": [words.plain(text) if text.isidentifier() and vary.path == "priors" else text
                              for text in one.labels],
                   "data": {"labels": one.labels, "levels": None if one.levels is None else one.levels.tolist(),
                            "order": [first.index(text) for text in one.labels], "steps": step}}


HOLDERS = ("events", "cabinet", "questions", "adjustments")
NAMED = {"priors": "Prior set", "as_of": "Record used up to"}


def path_label(path: str) -> str:
    """A path in words: ``events.summit.effects.rate.president`` as ``Summit, rate, president``."""
    first, *rest = path.replace(".effects.", ".").split(".")
    return NAMED.get(path) or words.plain(", ".join(rest if rest and first in HOLDERS else (first, *rest)))


def _ends(vary: Vary) -> tuple[float, float]:
    """Lowest and highest value of a slider: of a distribution all but its tails, of a uniform one its ends."""
    assert vary.over is not None
    tail = 0.0 if vary.over.kind == "uniform" else TAILS
    low, high = vary.over.quantile(np.array([tail, 1 - tail]))
    return float(low), float(high)


def _numbers(cells: pd.DataFrame) -> np.ndarray:
    found: np.ndarray = cells.where(cells != "", "nan").to_numpy().astype(float)
    return found


def _packed(content: bytes) -> str:
    return b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def _grid(swept: Swept, shown: Sequence[str]) -> dict[str, Any]:
    """The text of the tables, and the error of interpolation by quantity."""
    values = _numbers(swept.points[list(shown)]).reshape(*(len(one.labels) for one in swept.dimensions), len(shown))
    for place, one in enumerate(swept.dimensions):
        first = list(dict.fromkeys(swept.points[one.vary.path]))
        values = np.take(values, [first.index(text) for text in one.labels], axis=place)
    error = grid_error([one.levels if one.between else None for one in swept.dimensions], values)
    text = {key: "\n".join(map(",".join, table[list(shown)].itertuples(index=False, name=None)))
            for key, table in (("values", swept.points), ("errors", swept.errors))}
    return {"packed": {key: _packed(one.encode()) for key, one in text.items()}, "error": error, "terms": None}


def _sample(swept: Swept, shown: Sequence[str]) -> dict[str, Any]:
    """Coefficients of what was simulated and of its Monte Carlo errors, and the error of interpolation by quantity."""
    axes, columns = [], []
    for one in swept.dimensions:
        cells = swept.points[one.vary.path]
        ends = dict(zip(("low", "high"), _ends(one.vary), strict=True)) if not one.labels else {}
        axes.append(Axis(kinds=len(one.labels), **ends))
        columns.append(cells.map(one.labels.index) if one.labels else cells.astype(float))
    points = np.column_stack(columns)[:FITTED].astype(float)
    group = np.arange(len(points)) // (len(axes) + 2)
    low, high = ([end if axis.kinds == 0 else far for axis, end in zip(axes, ends, strict=True)] for ends, far in (
        ([axis.low for axis in axes], -np.inf), ([axis.high for axis in axes], np.inf)))
    inside = ((low <= points) & (points <= high)).all(axis=1)
    values, errors = (_numbers(table[list(shown)])[:FITTED][inside] for table in (swept.points, swept.errors))
    known = np.isfinite(values).all(axis=0) & np.isfinite(errors).all(axis=0)  # a quantity that is no number somewhere has no fit
    fits = [smooth(points[inside], np.where(known, table, 0), axes, group[inside], **limit)
            for table, limit in ((values, {}), (errors, {"highest": ERROR_DEGREE}))]
    return {"packed": {key: _packed(np.where(known, fit.coef, np.nan).astype("<f4").tobytes())
                       for key, fit in zip(("values", "errors"), fits, strict=True)},
            "error": np.where(known, fits[0].largest, np.nan), "terms": [fit.terms for fit in fits]}

