"""What components hand to the engine: plain arrays, one row per path."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Future:
    """The administration that a projection is for.

    Parameters
    ----------
    president, type : str
        Who governs, and the administration type.
    midpoint : numpy.ndarray
        Decimal year in the middle of each year of the term, shape (year_of_term,).
    predecessors : tuple of str
        Presidents of the same party before this term, the latest first; without the president himself.
    damping : float, optional
        Share of a year's drift that is left a year later, under every formulation that has a drift: 1 lets it go on, 0 stops
        it at the end of the record. Where not given, each formulation keeps its own.
    """

    president: str
    type: str
    midpoint: np.ndarray
    predecessors: tuple[str, ...] = ()
    damping: float | None = None


class Shocks(Protocol):
    """Named standard normals of the paths of one chunk, the same in every scenario."""

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """Standard normals of shape (path, *shape)."""
        ...


Take = Callable[[str], np.ndarray]
"""Values of one posterior variable for the paths of a chunk: shape (path, *dims)."""


@dataclass(frozen=True, kw_only=True)
class PathParameters:
    """Everything that the engine needs to know about the paths of one chunk.

    Shapes are (path, ...) with year_of_term = 4, month_of_year = 12 and the axes of
    :mod:`forecast.contacts.codes`; logs are natural.

    Parameters
    ----------
    log_rate : (path, rank, year_of_term)
        Log recorded contacts per year, before dispersion, season and relation state.
    season : (path, month_of_year)
        Multiplicative profile with mean one.
    dispersion : (path, rank, year_of_term)
        Size of the yearly negative binomial; variance = mean + mean**2 / dispersion.
    recorded_share : (path, rank)
        Probability that a contact gets into the record.
    state_persistence, state_loading : (path,)
        Relation state: stationary AR(1) by month of unit variance; rate times
        exp(loading * state - loading**2 / 2).
    direction_logit : (path, rank, direction)
        Logit of each direction, up to a constant.
    format_share : (path, direction, format)
        Shares of the formats of a direction.
    topic_logit : (path, rank, topic)
        Logit that a contact names the topic, at breadth zero; every contact names at least one.
    breadth_sd : (path,)
        Standard deviation of a contact's breadth, added to all its topic logits.
    mechanism_logit : (path, rank)
        Logit that a contact belongs to a standing mechanism.
    outcome_location : (path, rank)
        Location of the ordered logit of the outcome, without breadth.
    outcome_breadth : (path,)
        Coefficient of log((1 + topics) / 3).
    outcome_cut : (path, mechanism, 3)
        Increasing, outside and inside of standing mechanisms; P(outcome <= k) = logistic(cut[k] - location).
    pages_log_mean : (path, side, rank)
        Log expected pages of a contact with outcome 0, recorded or not.
    pages_outcome, pages_dispersion : (path, side)
        Added to the log mean where the outcome is 1 or more; negative-binomial size.
    known_elsewhere : (path,)
        Probability that a contact would be recorded without a page of either side; of the others only those with a page are.
    tone_location : (path, side, rank)
        Location of the ordered logit of a page's tone.
    tone_outcome : (path, side)
        Added where the outcome is 1 or more.
    tone_cut : (path, side, 2)
        Increasing; P(tone <= j) = logistic(cut[j] - location).
    """

    log_rate: np.ndarray
    season: np.ndarray
    dispersion: np.ndarray
    recorded_share: np.ndarray
    state_persistence: np.ndarray
    state_loading: np.ndarray
    direction_logit: np.ndarray
    format_share: np.ndarray
    topic_logit: np.ndarray
    breadth_sd: np.ndarray
    mechanism_logit: np.ndarray
    outcome_location: np.ndarray
    outcome_breadth: np.ndarray
    outcome_cut: np.ndarray
    pages_log_mean: np.ndarray
    pages_outcome: np.ndarray
    pages_dispersion: np.ndarray
    known_elsewhere: np.ndarray
    tone_location: np.ndarray
    tone_outcome: np.ndarray
    tone_cut: np.ndarray


def by_label(name: str, labels: Iterable[str], values: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (path,) of an array (path, label), named ``name[label]``."""
    return {f"{name}[{label}]": values[:, number] for number, label in enumerate(labels)}
