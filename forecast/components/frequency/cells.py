r"""Means and sizes of the counts of past cells from named parameters, in plain NumPy over any leading axes."""

from collections.abc import Mapping

import numpy as np
from scipy.special import gammaln

from forecast.components.frequency.form import Form
from forecast.components.frequency.marks import companions, contacts_of
from forecast.components.frequency.recording import log_recorded
from forecast.components.frequency.trend import damped

Values = Mapping[str, np.ndarray]


def log_rate(array: Values, named: Values) -> np.ndarray:
    """Log rate per year of every cell, shape (..., dyad, rank, year); of occasions where these are counted.

    Parameters
    ----------
    array : mapping
        Covariates, as in :mod:`forecast.components.frequency.data`.
    named : mapping
        Parameters, each (..., *axes) with the same leading axes. Years beyond ``trend_end`` have a damped drift where
        ``trend_damping`` is among them too.
    """
    term = array["term"]
    effect = (named["type_effect"][..., array["type_of_term"]] + named["president_effect"][..., array["president_of_term"]]
              + named["term_level"])
    by_year = (effect[..., term] + named["phase"][..., array["year_of_term"]]
               + np.multiply.outer(named["covid"], array["covid"]))
    of_rank = (named["type_rank_effect"][..., array["type_of_term"], :]
               + named["president_rank_effect"][..., array["president_of_term"], :] + named["term_rank_level"])
    by_rank = np.swapaxes(of_rank[..., term, :], -1, -2) + by_year[..., None, :]
    if "drift" in named:
        slope = np.asarray(named["drift"])[..., None] + np.multiply.outer(named["drift_lower"], array["lower"])
        by_rank = by_rank + slope[..., None] * _clock(array, named)
    if "recording_base" in named:
        by_rank = by_rank + log_recorded(named, array["coding_age"])[..., term]
    return named["base"][..., None] + by_rank[..., None, :, :]


def _clock(array: Values, named: Values) -> np.ndarray:
    """Decades from the origin as the drift counts them, (year,) or (..., 1, year)."""
    if "trend_end" not in named or "trend_damping" not in named:
        return array["decade"]
    return damped(array["decade"], named["trend_end"], named["trend_damping"])[..., None, :]


def contact_cells(form: Form, array: Values, named: Values) -> tuple[np.ndarray, np.ndarray]:
    """Expected contacts and negative-binomial size of every cell, each (..., dyad, rank, year), exposure included."""
    mean = array["exposure"][:, None, :] * np.exp(log_rate(array, named))
    size = np.asarray(named["overdispersion"], float) ** -2
    if form.occasions:
        companion = companion_of(named, mean.shape[-2])
        spread = np.asarray(named["mark_overdispersion"], float)
        return contacts_of(mean, size[..., None], companion[..., None, :, :], spread[..., None])
    return mean, np.broadcast_to(size[..., None, None, None], mean.shape)


def companion_of(named: Values, ranks: int) -> np.ndarray:
    """Expected companions by lead, shape (..., lead, rank)."""
    return companions(np.asarray(named["mark_base"]), named["mark_effect"], ranks)


def log_probability(count: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Negative-binomial log probability of counts."""
    spread = np.log1p(mean / size)
    return (gammaln(count + size) - gammaln(size) - gammaln(count + 1) - size * spread
            + count * (np.log(mean) - np.log(size) - spread))
