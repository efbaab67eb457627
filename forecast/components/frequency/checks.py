"""What counts of contacts should look like: how many, how uneven, how many empty years and how long without any."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from forecast.components.capture import HISTORIES, histories_over
from forecast.components.covariates import AWAY, VALUE, away
from forecast.components.frequency.formulations import Form, contact_cells
from forecast.components.protocol import ComponentData
from forecast.components.statistics import (
    CEILING,
    Array,
    Bound,
    Counted,
    Family,
    Statistic,
    axis,
    correlation,
    finite,
    fixed,
    ratio,
)

_ALL = ("all ranks",)


def yearly(array: Array) -> np.ndarray:
    """Contacts by rank and administration year over all dyads, shape (rank, year)."""
    return array["count"].sum(axis=0)


def with_all(count: np.ndarray) -> np.ndarray:
    """One more row with the sum over ranks."""
    return np.vstack([count, count.sum(axis=0)])


def expected_within(array: Array, count: np.ndarray) -> np.ndarray:
    """Counts if each term had one rate, shape of `count` (row, year)."""
    term, exposure = array["term"], array["exposure"].sum(axis=0)
    size = term.max() + 1
    total = np.stack([np.bincount(term, row, size) for row in count])
    found: np.ndarray = ratio(total, np.bincount(term, exposure, size))[:, term] * exposure
    return found


def dispersion(array: Array) -> np.ndarray:
    """Pearson dispersion within terms by rank and for all, shape (rank + 1,); one for a Poisson.

    Terms without any contact of a rank say nothing and are left out.
    """
    count, term = with_all(yearly(array)), array["term"]
    expected = expected_within(array, count)
    squares = ratio((count - expected) ** 2, expected).sum(axis=1)
    first = np.r_[True, np.diff(term) > 0]
    freedom = (expected > 0).sum(axis=1) - ((expected > 0) & first).sum(axis=1)
    return ratio(squares, freedom)


def empty(array: Array) -> np.ndarray:
    """Administration years without a contact by rank, shape (rank,)."""
    found: np.ndarray = (yearly(array) == 0).sum(axis=1)
    return found


def longest_gap(array: Array) -> np.ndarray:
    """Longest run of administration years without a contact by rank, shape (rank,)."""
    by_year = (yearly(array) == 0).T.astype(int)
    run = longest = np.zeros_like(by_year[0])
    for none in by_year:
        run = (run + none) * none
        longest = np.maximum(longest, run)
    found: np.ndarray = longest
    return found


def memory(array: Array) -> np.ndarray:
    """Correlation of each year's count with the next by rank and for all, shape (rank + 1,)."""
    count = with_all(yearly(array))
    return correlation(count[:, :-1], count[:, 1:])


def togetherness(array: Array) -> np.ndarray:
    """Mean correlation between pairs of ranks of what departs from the rates of their terms, shape (1,)."""
    rest = yearly(array) - expected_within(array, yearly(array))
    pairs = np.array(np.triu_indices(len(rest), 1))
    return np.array([correlation(rest[pairs[0]], rest[pairs[1]]).mean()])


def occasions(array: Array) -> np.ndarray:
    """Share of occasions with companions, and contacts of the largest, shape (2,)."""
    companions = array["companion"].sum(axis=1) if len(array["companion"]) else np.zeros(1)
    return np.array([(companions > 0).mean(), companions.max() + 1])


def _year_labels(data: ComponentData) -> list[str]:
    term, year = data.array["term"], data.array["year_of_term"]
    return [f"{data.coord['term'][at]}, year {data.coord['year_of_term'][of]}" for at, of in zip(term, year, strict=True)]


def _cell_labels(data: ComponentData) -> list[str]:
    return [f"{rank}, {year}" for rank in data.coord["rank"] for year in _year_labels(data)]


FAMILY = (
    Family(name="contacts_by_rank", title="contacts by rank", of=lambda array: yearly(array).sum(axis=1), labels=axis("rank")),
    Family(name="contacts_by_year", title="contacts by year", of=lambda array: yearly(array).sum(axis=0), labels=_year_labels),
    Family(name="contacts_by_rank_and_year", title="contacts by rank and year", of=lambda array: yearly(array).ravel(),
           labels=_cell_labels),
    Family(name="dispersion", title="variance over mean of yearly counts within terms", of=dispersion,
           labels=axis("rank", also=_ALL), digits=2),
    Family(name="empty_years", title="years without a contact, by rank", of=empty, labels=axis("rank")),
    Family(name="longest_gap", title="longest run of years without a contact, by rank", of=longest_gap, labels=axis("rank")),
    Family(name="memory", title="correlation of a year's count with the next year's", of=memory,
           labels=axis("rank", also=_ALL), digits=2),
    Family(name="togetherness", title="correlation between ranks within terms", of=togetherness,
           labels=fixed("mean over pairs of ranks"), digits=2),
    Family(name="months", title="contacts by calendar month", of=lambda array: array["month_count"],
           labels=axis("month_of_year")),
)
OCCASION_FAMILY = (
    Family(name="occasions", title="occasions with several contacts", of=occasions,
           labels=fixed("share with companions", "contacts of the largest"), digits=2),
)
RECORDING_FAMILY = (
    *HISTORIES,
    Family(name="histories_by_term", title="contacts by term and the lists that report them", of=histories_over(0),
           labels=axis("term", "history")),
)


# What a prior should not say of contacts.

def growth(array: Array) -> float:
    """Contacts per year in the last quarter of the years over those in the first; half a contact added to both."""
    count, exposure = yearly(array).sum(axis=0), array["exposure"].sum(axis=0)
    quarter = max(1, len(count) // 4)
    first, last = ((count[part].sum() + 0.5) / exposure[part].sum() for part in (slice(quarter), slice(-quarter, None)))
    return float(last / first)


def type_ratio(named: xr.Dataset) -> np.ndarray:
    """Rate of the administration type with the most contacts over that of the one with the fewest, (draw,)."""
    with np.errstate(over="ignore"):
        return np.exp(np.ptp(named["type_effect"].transpose("draw", "type").to_numpy(), axis=1))


LOWER_BASE = "Lower mu or sigma of the base, or the scales that add to it."
STATISTICS = (
    Statistic(name="largest_rank_year", title="the most contacts of one rank in a year",
              of=lambda array: float(yearly(array).max()),
              bound=Bound(
                  high=250, remedy=LOWER_BASE,
                  reason="250 is one contact on every working day; no office keeps that up with one partner state, still less "
                         "gets it on record.")),
    Statistic(name="largest_year", title="the most contacts of all ranks in a year",
              of=lambda array: float(yearly(array).sum(axis=0).max()),
              bound=Bound(
                  high=1000, remedy=LOWER_BASE,
                  reason="1,000 is nearly three contacts a day, weekends included; the record of all ranks together cannot hold "
                         "that.")),
    Statistic(name="contacts", title="the number of contacts over the record", of=lambda array: float(yearly(array).sum()),
              bound=Bound(
                  low=1, allowed=0.2, remedy="Raise mu of the base, or lower its sigma.",
                  reason="The study exists because there were contacts; draws without any in the whole record are wasted.")),
    Statistic(name="growth", title="the factor from the first quarter of the years to the last", of=growth,
              bound=Bound(
                  low=1 / 100, high=100, allowed=0.1,
                  reason="A hundredfold change within one record is a change of what is counted, not of how often officials "
                         "meet.",
                  remedy="Lower sigma of the drifts, or of the scales of levels and walks over terms.")),
    Statistic(name="type_ratio", title="the ratio of contact rates of two administration types", latent=type_ratio,
              bound=Bound(
                  high=10,
                  reason="Diplomatic calendars have routines that every administration keeps; ten times as many contacts under "
                         "one type as under another, all else equal, would be another kind of relation.",
                  remedy="Lower sigma of type_scale, or bring the values of type_centre closer together.")),
)


def counted(form: Form, data: ComponentData, truth: Mapping[str, np.ndarray]) -> Counted:
    """Contacts by dyad, rank and year, without single occasions."""
    mean, size = contact_cells(form, data.array, truth)
    size = np.clip(np.nan_to_num(size, nan=1.0, posinf=CEILING), 1 / CEILING, CEILING)
    return Counted(array="count", mean=mean, rows=("occasion_dyad", "occasion_year", "lead", "companion"), draw=lambda rng:
                   rng.poisson(np.minimum(finite(mean) * rng.gamma(size, 1 / size, mean.shape), CEILING)))


def last_year(form: Form, data: ComponentData, draws: Mapping[str, np.ndarray]) -> np.ndarray:
    """Expected contacts of each rank in the last whole year, (draw, rank)."""
    year = int(np.flatnonzero(data.array["exposure"].min(axis=0) > 0.99)[-1])
    array = dict(data.array)
    if VALUE in array:
        array[AWAY] = away(array)[:, year:year + 1]
    for name in ("term", "year_of_term", "covid", "decade"):
        array[name] = array[name][year:year + 1]
    array["exposure"] = np.ones((len(data.array["exposure"]), 1))
    mean, _ = contact_cells(form, array, draws)
    return mean[..., 0].sum(axis=1)
