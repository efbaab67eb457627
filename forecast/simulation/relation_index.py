"""The relation index: contacts per month weighted by rank and outcome, base period = 100."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import xarray as xr
from pydantic import Field, create_model

from forecast import dims
from forecast.config import Strict, load_yaml
from forecast.contacts import codes
from forecast.errors import ForecastError, nearest
from forecast.shipped import DATA

if TYPE_CHECKING:
    import pandas as pd

    from forecast.panel import Panel

WEIGHTS_FILE = DATA / "relation_index.yaml"
DAYS_PER_MONTH = 365.25 / 12


class Weight(Strict):
    """One weight and why it is what it is."""

    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    reason: Annotated[str, Field(min_length=1)]


def _table(name: str, labels: tuple[str, ...]) -> type[Strict]:
    fields: dict[str, Any] = dict.fromkeys(labels, (Weight, ...))
    return create_model(name, __base__=Strict, **fields)


if TYPE_CHECKING:  # their fields are labels, which are known when the program runs
    RankWeight = Strict
    OutcomeWeight = Strict
else:
    RankWeight = _table("RankWeight", codes.RANK.labels)
    OutcomeWeight = _table("OutcomeWeight", codes.OUTCOME.labels)


class Base(Strict):
    """Years whose mean is 100, both included."""

    first_year: int
    last_year: int

    def __str__(self) -> str:
        """Both years with a hyphen, as tables have them."""
        return f"{self.first_year}-{self.last_year}"

    @property
    def span(self) -> str:
        """Both years with a dash, as figures and texts have them."""
        return f"{self.first_year}\N{EN DASH}{self.last_year}"


class WeightSet(Strict):
    """One way to weigh contacts, argued for; ``base`` are years of its own whose mean is 100, those of a dyad for example."""

    title: str
    reason: str
    rank: RankWeight
    outcome: OutcomeWeight
    base: Base | None = None

    def matrix(self) -> np.ndarray:
        """Weight of a contact, shape (rank, outcome)."""
        rank, outcome = ([entry.weight for _, entry in table] for table in (self.rank, self.outcome))
        return np.outer(rank, outcome)


class IndexFile(Strict):
    """Content of the weights file."""

    base: Base
    sets: Mapping[str, WeightSet]


@cache
def load_index(path: Path = WEIGHTS_FILE) -> IndexFile:
    """Read the weights file, once (raises InputError)."""
    return load_yaml(path, IndexFile)


def weight_set(name: str = "default", path: Path = WEIGHTS_FILE) -> WeightSet:
    """One weight set by name (raises ForecastError where the file has none of that name)."""
    sets = load_index(path).sets
    if name not in sets:
        raise ForecastError(f"{path.name} has no weight set '{name}'. {nearest(name, sets)}")
    return sets[name]


def relation_index(contact: np.ndarray, weights: WeightSet, *, base: float | None = None,
                   months: float = 1.0) -> np.ndarray:
    """Weighted contacts per month or, against a base level, the relation index.

    Parameters
    ----------
    contact : numpy.ndarray
        Counts, shape (..., rank, outcome).
    weights : WeightSet
        Weights of ranks and outcomes.
    base : float, optional
        Weighted contacts per month that make 100, from :func:`base_level`.
    months : float
        How many months the counts cover.

    Returns
    -------
    numpy.ndarray
        Shape (...): percent of the base where it is given, else weighted contacts per month; single precision
        where the counts are of 16 bits, as those of whole trajectories are.
    """
    kind = np.result_type(contact, np.float32)
    level = np.tensordot(contact.astype(kind, copy=False), weights.matrix().astype(kind), axes=2) / months
    return level if base is None else 100.0 * level / base


def base_level(panel: "Panel", weights: WeightSet, years: Base | None = None) -> float:
    """Weighted recorded contacts per month over the base years, from the beginning of relations to the panel's as-of date.

    Raises
    ------
    ForecastError
        Where nothing was recorded in the base years, as with an early as-of date.
    """
    years = years or weights.base or load_index().base
    start = max(date(years.first_year, 1, 1), panel.about[0].relations_start)
    end = min(date(years.last_year + 1, 1, 1), panel.as_of + timedelta(days=1))
    count = _count(panel, start, end)
    if not count.sum():
        raise ForecastError(f"No contact is recorded between {years.first_year} and {years.last_year} as of "
                            f"{panel.as_of}: the relation index has no base. Choose other base years (index_base in dyad.yaml).")
    return float(relation_index(count, weights, months=(end - start).days / DAYS_PER_MONTH))


def record_index(panel: "Panel", weights: WeightSet, years: Base | None = None) -> xr.DataArray:
    """Monthly relation index of the record, shape (month,): from the month of the first contact to the last that is over, by the
    days of each on which there were relations.
    """
    first = panel.contact["date"].min().to_numpy().astype("datetime64[M]")
    last = np.datetime64(panel.as_of + timedelta(days=1), "M")
    month = np.arange(first, last)
    place = (panel.contact["date"].to_numpy().astype("datetime64[M]") - first).astype(int)
    inside = panel.contact[place < len(month)]
    count = np.zeros((len(month), *weights.matrix().shape))
    np.add.at(count, (place[place < len(month)], *_cell(inside)), 1)
    day = np.append(month, last).astype("datetime64[D]")
    day[0] = max(day[0], np.datetime64(panel.about[0].relations_start))
    days = np.diff(day) / np.timedelta64(1, "D")
    index = relation_index(count, weights, base=base_level(panel, weights, years)) / (days / DAYS_PER_MONTH)
    return xr.DataArray(index, coords={dims.MONTH: month.astype("datetime64[ns]")}, name="relation_index")


def _count(panel: "Panel", start: date, end: date) -> np.ndarray:
    """Contacts by rank and outcome from start to before end."""
    when = panel.contact["date"].to_numpy().astype("datetime64[D]")
    inside = panel.contact[(when >= np.datetime64(start)) & (when < np.datetime64(end))]
    count = np.zeros((len(codes.RANK.labels), len(codes.OUTCOME.labels)))
    np.add.at(count, _cell(inside), 1)
    return count


def _cell(contact: "pd.DataFrame") -> tuple[np.ndarray, np.ndarray]:
    rank = [codes.RANK.labels.index(label) for label in contact["us_rank"]]
    return np.array(rank, dtype=int), contact["outcome"].to_numpy().astype(int)
