r"""Circumstances that a prior set can switch on as covariates of contact frequency, as far as they are known on the as-of date.

Which there are, and where their values come from, is data (``data/covariates.yaml``). A covariate of a year :math:`y` of a term
is the share of its observed days that lie in a period, or the value of a yearly series :math:`l` years before,

.. math:: x_y = f(v_{y-l}) / s, \qquad f \in \{\mathrm{id}, \log\},

with :math:`s` the size of one unit. A year of a series enters when it has ended. What is not known on the as-of date is missing
here (NaN); how it is filled, also for terms that are held out, stands in :func:`departures`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from forecast.config import Strict, load_yaml
from forecast.contacts.dyad import Dyad, Slug
from forecast.panel.calendar import YEARS_OF_TERM, days, overlap, through
from forecast.panel.series import load_series
from forecast.shipped import DATA

if TYPE_CHECKING:
    from forecast.panel.panel import Panel

FILE = DATA / "covariates.yaml"
PERIODS = "periods"


class Covariate(Strict):
    """One circumstance: what it is, where its values stand, and what one unit of it is."""

    title: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    reason: str = Field(min_length=10)
    period: Slug | None = None
    series: Slug | None = None
    column: Slug | None = None
    where: Mapping[Slug, str] = {}
    country: Slug | None = None
    home: str = ""
    dyads: tuple[Slug, ...] = ()
    transform: Literal["none", "log"] = "none"
    scale: float = Field(default=1.0, gt=0)
    lag: int = Field(default=0, ge=0, le=5)
    low: float = -np.inf
    high: float = np.inf

    @model_validator(mode="after")
    def _one_way(self) -> "Covariate":
        if (self.period is None) == (self.series is None) or (self.series is None) != (self.column is None):
            raise ValueError("either the key period, or the keys series and column")
        return self

    @property
    def common(self) -> bool:
        """Whether it is the same for every dyad."""
        return not (self.country or self.dyads)

    def concerns(self, dyads: Sequence[Dyad]) -> bool:
        """Whether it has one value a year for all these dyads."""
        one = dyads[0]
        return self.common or (len(dyads) == 1 and one.id in (self.dyads or (one.id,)) and self.home in ("", one.home_iso2))

    def in_units(self, values: np.ndarray) -> np.ndarray:
        """Values as their source has them, in units of the covariate; what has no logarithm is missing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            changed = np.log(values) if self.transform == "log" else values
        found: np.ndarray = np.where(np.isfinite(changed), changed, np.nan) / self.scale
        return found


class _File(Strict):
    covariates: Mapping[Slug, Covariate]


@cache
def load_covariates(path: Path = FILE) -> Mapping[str, Covariate]:
    """Every covariate that there is, by name (raises InputError with every fault of the file)."""
    return load_yaml(path, _File).covariates


def covariate_table(dyads: Sequence[Dyad], year: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Values of the covariates that concern the dyads, as known on a day.

    Parameters
    ----------
    dyads : sequence of Dyad
        Those of the panel.
    year : DataFrame
        See :func:`forecast.panel.panel.year_table`.
    as_of : date
        Last day used.

    Returns
    -------
    DataFrame
        A row per covariate, a column per administration year, in units of the covariate; NaN where not known.
    """
    known = {name: one for name, one in load_covariates().items() if one.concerns(dyads)}
    rows = [_share(one, dyads, year, as_of) if one.period else _lagged(one, dyads, year, as_of) for one in known.values()]
    return pd.DataFrame(np.reshape(rows, (len(known), len(year))), index=list(known), columns=year.index)


@cache
def _series(name: str, as_of: date) -> pd.DataFrame:
    """A context series; every formulation asks for it."""
    return load_series(name, as_of)


def _share(covariate: Covariate, dyads: Sequence[Dyad], year: pd.DataFrame, as_of: date) -> np.ndarray:
    """Share of the observed days of every year that lie in a period, which may still go on; none before relations began."""
    periods = _series(PERIODS, as_of).set_index("name")
    if covariate.period not in periods.index:  # not begun on that day
        return np.zeros(len(year))
    row = periods.loc[covariate.period]
    window = through(date.fromisoformat(row["start"]), date.fromisoformat(row["end"]) if row["end"] else as_of)
    observed = through(min(one.relations_start for one in dyads), as_of)
    seen = [overlap((start.date(), end.date()), observed) for start, end in zip(year["start"], year["end"], strict=True)]
    return covariate.in_units(np.array([days(overlap(span, window)) / days(span) for span in seen]))


def _lagged(covariate: Covariate, dyads: Sequence[Dyad], year: pd.DataFrame, as_of: date) -> np.ndarray:
    """Values of a series so many years before each administration year."""
    table = _series(str(covariate.series), as_of)
    for column, value in covariate.where.items():
        table = table[table[column] == str(value)]
    if covariate.country:
        table = table[table[covariate.country] == dyads[0].partner]
    time = next(column for column in ("year", "fiscal_year") if column in table)
    known = pd.Series(table[str(covariate.column)].to_numpy(float), index=table[time].to_numpy(int))
    return covariate.in_units(known.reindex(year["start"].dt.year - covariate.lag).to_numpy(float))


def in_units(given: Mapping[str, float | tuple[float, ...]]) -> dict[str, np.ndarray]:
    """Values of covariates in the years of a term, each (year_of_term,) in units of the covariate, from those of its source."""
    known = load_covariates()
    return {name: known[name].in_units(np.full(YEARS_OF_TERM, value, float)) for name, value in given.items()}


def going_on(table: pd.DataFrame, as_of: date) -> np.ndarray:
    """What goes on after the as-of date, (covariate,): the last value of a series; of a period 1 while it lasts, 0 after it."""
    known = load_covariates()
    last = last_known(table.to_numpy(), np.ones(table.shape[1], bool))
    return np.array([_lasts(known[name], as_of) / known[name].scale if known[name].period else last[place]
                     for place, name in enumerate(table.index)])


def _lasts(covariate: Covariate, as_of: date) -> float:
    """Whether a period has begun and not ended on a day."""
    periods = _series(PERIODS, as_of).set_index("name")
    return float(covariate.period in periods.index and not periods.loc[covariate.period, "end"])


def within_term(panel: "Panel", begins: date, given: Mapping[str, float | tuple[float, ...]],
                names: Iterable[str]) -> dict[str, np.ndarray]:
    """Values in the term that runs, each (year_of_term,): what was observed in the years that have begun.

    In years to come a scenario's values act, or NaN where the last one goes on. Of a year in which a successor took office that
    of the successor's part counts.

    Parameters
    ----------
    begins : date
        First day of the term, whoever governs since.
    given : mapping
        What the scenario sets, in units of the source.
    names : iterable of str
        Covariates that are switched on.
    """
    table = covariate_table(panel.about, panel.year, panel.as_of).ffill(axis=1)
    last = (panel.year["start"] >= pd.Timestamp(begins)).to_numpy()
    place = panel.year.loc[last, "year_of_term"].to_numpy(int)
    found = {}
    for name in names:
        value = in_units({name: given[name]})[name] if name in given else np.full(YEARS_OF_TERM, np.nan)
        value[place] = table.loc[name, last].to_numpy()
        found[name] = value
    return found


def departures(value: np.ndarray, used: np.ndarray, ahead: np.ndarray | None = None) -> np.ndarray:
    r"""How far each year is from what goes on after the years used, :math:`x_y - x_{end}`; zero beyond them.

    A year without a value has the last one before it; years before the first have that. Nothing of a year that is not used
    counts: a term that is held out, and all after it, have the value that was known before.

    Parameters
    ----------
    value : (covariate, year) array
        NaN where not known.
    used : (year,) array of bool
        Years whose values may be known.
    ahead : (covariate,) array, optional
        What goes on, where all years are used; the last value known otherwise.

    Returns
    -------
    (covariate, year) array
        Zeros of a covariate of which nothing is known.
    """
    known = pd.DataFrame(np.where(used, value, np.nan)).ffill(axis=1)
    filled: np.ndarray = known.bfill(axis=1).to_numpy()
    end = ahead if ahead is not None and used.all() else filled[:, -1]
    found: np.ndarray = np.nan_to_num(filled - end[:, None])
    return found


def last_known(value: np.ndarray, used: np.ndarray) -> np.ndarray:
    """The last value known of each covariate, (covariate,); NaN where there is none."""
    found: np.ndarray = pd.DataFrame(np.where(used, value, np.nan)).ffill(axis=1).to_numpy()[:, -1]
    return found
