"""Statistics of one simulated record, each a single number that a person can picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.completeness import Completeness
from forecast.evaluation.predictive.effectiveness import OUTCOMES
from forecast.evaluation.predictive.family import Array, ratio
from forecast.evaluation.predictive.frequency import yearly
from forecast.evaluation.predictive.media import TONES
from forecast.evaluation.predictive.setting import DIRECTIONS


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One number of a record.

    Parameters
    ----------
    name, section : str
        Short name, and the section of the prior file that decides it.
    title : str
        What it is, in plain words.
    of : callable
        Observations and covariates of a record to the number; NaN where it has none.
    latent : callable, optional
        In place of `of`, for what no record shows: named parameters, each (draw, ...), to one number per draw.
    percent : bool
        Whether people read it as a percentage.
    """

    name: str
    section: str
    title: str
    of: Callable[[Array], float] | None = None
    latent: Callable[[xr.Dataset], np.ndarray] | None = None
    percent: bool = False


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


def extreme_breadth(array: Array) -> float:
    """Share of contacts that name more than two thirds of the topics."""
    return float(np.mean(array["named"].mean(axis=1) > 2 / 3))


def commonest(code: np.ndarray, codes: int) -> float:
    """Share of the most frequent code; NaN without any case."""
    return float(np.bincount(code, minlength=codes).max() / len(code)) if len(code) else np.nan


def recorded_share(named: xr.Dataset) -> np.ndarray:
    """Mean recorded share over ranks and eras, (draw,)."""
    return Completeness().profile(named)["share"].transpose("draw", ...).to_numpy().mean(axis=(1, 2))


def lists_per_contact(array: Array) -> float:
    """Mean number of lists that report a contact on record."""
    count = array["history"].sum(axis=(0, 1))
    lists = np.array([number.bit_count() for number in range(1, len(count) + 1)])
    return float(ratio(count @ lists, count.sum()))


STATISTIC = {statistic.name: statistic for statistic in (
    Statistic(name="largest_rank_year", section="frequency", title="the most contacts of one rank in a year",
              of=lambda array: float(yearly(array).max())),
    Statistic(name="largest_year", section="frequency", title="the most contacts of all ranks in a year",
              of=lambda array: float(yearly(array).sum(axis=0).max())),
    Statistic(name="contacts", section="frequency", title="the number of contacts over the record",
              of=lambda array: float(yearly(array).sum())),
    Statistic(name="growth", section="frequency", title="the factor from the first quarter of the years to the last", of=growth),
    Statistic(name="type_ratio", section="frequency", title="the ratio of contact rates of two administration types",
              latent=type_ratio),
    Statistic(name="extreme_breadth", section="agenda", title="the share of contacts that name most topics",
              of=extreme_breadth, percent=True),
    Statistic(name="topics", section="agenda", title="the mean number of topics of a contact",
              of=lambda array: float(array["named"].sum(axis=1).mean())),
    Statistic(name="short_agenda", section="agenda", title="the share of contacts with one or two topics",
              of=lambda array: float(np.isin(array["named"].sum(axis=1), (1, 2)).mean()), percent=True),
    Statistic(name="commonest_outcome", section="effectiveness", title="the share of contacts with the most frequent outcome",
              of=lambda array: commonest(array["outcome_code"], OUTCOMES), percent=True),
    Statistic(name="with_result", section="effectiveness", title="the share of contacts with outcome 1 or more",
              of=lambda array: float((array["outcome_code"] > 0).mean()), percent=True),
    Statistic(name="in_mechanism", section="effectiveness", title="the share of contacts within standing mechanisms",
              of=lambda array: float(array["mechanism_member"].mean()), percent=True),
    Statistic(name="commonest_direction", section="setting", title="the share of contacts with the most frequent direction",
              of=lambda array: commonest(array["direction"], DIRECTIONS), percent=True),
    Statistic(name="in_person", section="setting", title="the share of contacts in person",
              of=lambda array: float((array["direction"] < DIRECTIONS - 1).mean()), percent=True),
    Statistic(name="pages_per_contact", section="media", title="the mean number of pages of a contact, both sides together",
              of=lambda array: float(array["pages"].sum(axis=1).mean())),
    Statistic(name="unreported", section="media", title="the share of contacts without a page on one side",
              of=lambda array: float((array["pages"] == 0).mean()), percent=True),
    Statistic(name="commonest_tone", section="media", title="the share of pages with the most frequent tone",
              of=lambda array: commonest(array["page_tone"], TONES), percent=True),
    Statistic(name="tone", section="media", title="the mean tone of a page, from -1 to 1",
              of=lambda array: float(array["page_tone"].mean() - 1) if len(array["page_tone"]) else np.nan),
    Statistic(name="recorded_share", section="completeness", title="the mean recorded share over ranks and eras",
              latent=recorded_share, percent=True),
    Statistic(name="lists_per_contact", section="completeness", title="the mean number of lists that report a recorded contact",
              of=lists_per_contact),
)}
"""All statistics by name; sections as in the prior files."""
