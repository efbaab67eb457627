"""Draws of one component from its prior: parameters, records simulated at them, and what is kept of these."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.agenda import breadth
from forecast.components.completeness import Completeness
from forecast.components.effectiveness import OUTCOMES
from forecast.components.frequency import Frequency
from forecast.components.frequency.checks import yearly
from forecast.components.frequency.formulations import contact_cells
from forecast.components.media import TONES, distribution, draw_pages, expected_pages, tone_shares
from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.components.setting import DIRECTIONS
from forecast.components.statistics import Array, ratio
from forecast.posterior.posterior import draw_prior

# Records that would be too large to simulate one observation at a time.

LARGEST = 10_000
"""Expected contacts or pages: the record has some hundreds; beyond, a record is drawn as counts, without single rows."""
CEILING = 1e12
"""Expected values are cut here; nobody needs to know how much more."""

Values = Mapping[str, np.ndarray]
Counts = Callable[[np.random.Generator], np.ndarray]


def draw_record(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData | None:
    """A record at known parameters; one that is too large has its counts and no single occasions or pages.

    None where the parameters are so extreme that a distribution cannot be drawn from.
    """
    with np.errstate(all="ignore"):
        try:
            return _drawn(component, data, truth, rng)
        except (ValueError, ZeroDivisionError):
            return None


def _drawn(component: Component, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    counted = _COUNTED.get(component.section)
    if counted is None:
        return component.simulate(data, truth, rng)
    name, mean, counts = counted(component, data.array, truth)
    if np.nan_to_num(mean, nan=np.inf).sum() <= LARGEST:
        return component.simulate(data, truth, rng)
    return ComponentData(array={**data.array, **_without_rows(data.array), name: counts(rng)}, coord=data.coord)


def _finite(mean: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.minimum(np.nan_to_num(mean, nan=CEILING, posinf=CEILING), CEILING)
    return found


def _without_rows(array: Values) -> dict[str, np.ndarray]:
    return {name: values[:0] for name, values in array.items() if name.startswith(("occasion_", "page_", "lead", "companion"))}


def _contacts(component: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, Counts]:
    mean, size = contact_cells(cast(Frequency, component).form, array, truth)
    size = np.clip(np.nan_to_num(size, nan=1.0, posinf=CEILING), 1 / CEILING, CEILING)
    return "count", mean, lambda rng: rng.poisson(np.minimum(_finite(mean) * rng.gamma(size, 1 / size, mean.shape), CEILING))


def _pages(_: Component, array: Values, truth: Values) -> tuple[str, np.ndarray, Counts]:
    mean, share = expected_pages(array, truth), float(expit(truth["elsewhere"]))
    spread = float(np.clip(truth["pages_overdispersion"], CEILING**-0.5, CEILING**0.5))
    return "pages", mean, lambda rng: np.minimum(draw_pages(_finite(mean), spread, share, rng)[1], CEILING)


_COUNTED: Mapping[str, Callable[[Component, Values, Values], tuple[str, np.ndarray, Counts]]] = {
    "frequency": _contacts, "media": _pages}
"""By section: the array of counts, their expected values, and how they are drawn, cut at the ceiling."""


# Statistics of one simulated record, each a single number that a person can picture.

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


# Draws of one component from its prior.

Curve = Callable[[Array], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class PriorDraws:
    """What one component says before it sees the record.

    Parameters
    ----------
    named : Dataset
        Named parameters, each (draw, ...); fixed ones without the axis.
    statistic : mapping of str to (draw,) array
        Statistics by name.
    curve : mapping of str to (draw, ...) array
        What figures show.
    """

    named: xr.Dataset
    statistic: Mapping[str, np.ndarray]
    curve: Mapping[str, np.ndarray]


def of_section(section: str) -> tuple[Statistic, ...]:
    """The statistics of one section."""
    return tuple(one for one in STATISTIC.values() if one.section == section)


def prior_draws(component: Component, data: ComponentData, priors: Mapping[str, Prior], seed: int, draws: int,
                curves: Mapping[str, Curve] | None = None) -> PriorDraws:
    """Draw parameters and records; the same seed gives the same noise whatever the priors, so that sets can be compared.

    Parameters
    ----------
    data : ComponentData
        Its covariates and shape are those of the records drawn.
    curves : mapping of str to callable
        What else to keep of every record.
    """
    key = [seed, zlib.crc32(component.name.encode())]
    named = draw_prior(component, data, priors, np.random.default_rng(key), draws=draws).isel(chain=0)
    values = {str(name): (one.to_numpy(), "draw" in one.dims) for name, one in named.data_vars.items()}
    seen, curves = _seen(component.section), dict(curves or {})
    kept: dict[str, list[np.ndarray | float]] = {name: [] for name in (*seen, *curves)}
    for at in range(draws):
        truth = {name: value[at] if drawn else value for name, (value, drawn) in values.items()}
        record = draw_record(component, data, truth, np.random.default_rng([*key, at]))
        for name, of in (seen | curves).items():
            kept[name].append(np.full_like(of(data.array), np.nan, float) if record is None else of(record.array))
    found = {name: np.asarray(one, float) for name, one in kept.items()}
    latent = {one.name: one.latent(named) for one in of_section(component.section) if one.latent}
    return PriorDraws(named=named, statistic={name: found[name] for name in seen} | latent,
                      curve={name: found[name] for name in curves})


def observed(section: str, data: ComponentData) -> dict[str, float]:
    """The same statistics of the record itself; those that no record shows are left out."""
    return {name: float(of(data.array)) for name, of in _seen(section).items()}


def _seen(section: str) -> dict[str, Callable[[Array], float]]:
    return {one.name: one.of for one in of_section(section) if one.of}


# What the figures of the prior predictive check show of every record: a few profiles that people can picture.

def outcomes(array: Array) -> np.ndarray:
    """Share of contacts with each outcome, (outcome,)."""
    return shares(np.bincount(array["outcome_code"], minlength=OUTCOMES))


def tones(array: Array) -> np.ndarray:
    """Share of each tone among the pages of a side, (side and tone,); NaN without pages."""
    return tone_shares(array) if len(array["page_tone"]) else np.full(len(tone_shares(array)), np.nan)


def pages(array: Array) -> np.ndarray:
    """Share of contacts with each number of pages, (side, pages)."""
    count = distribution(array).reshape(array["pages"].shape[1], -1)
    return ratio(count, count.sum(axis=1, keepdims=True))


def shares(count: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum."""
    return ratio(count, count.sum())


def recorded(named: xr.Dataset) -> np.ndarray:
    """Recorded share by rank, mean over eras, (draw, rank)."""
    return Completeness().profile(named)["share"].mean("era").transpose("draw", "rank").to_numpy()


CURVE: Mapping[str, Mapping[str, Curve]] = {
    "frequency": {"yearly": yearly},
    "agenda": {"breadth": lambda array: shares(breadth(array))},
    "effectiveness": {"outcomes": outcomes},
    "media": {"pages": pages, "tones": tones},
}
"""Section -> curve -> arrays of a record to its values."""

LATENT: Mapping[str, Mapping[str, Callable[[xr.Dataset], np.ndarray]]] = {"completeness": {"recorded": recorded}}
"""Section -> curve -> named parameters to its values, for what no record shows."""
