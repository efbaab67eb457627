r"""From the posterior of a formulation to the rates of a future administration.

A returning president keeps his effects and a new one draws his own, given those before him in his party. Levels go on by one
term with a fresh shock,
:math:`A' = \kappa A_J + \lambda \sigma \epsilon`, with :math:`(\kappa, \lambda)` equal to
:math:`(\rho, \sqrt{1-\rho^2})` for an AR(1), :math:`(1, 1)` for a walk and :math:`(0, 1)` for independent levels.
The drift goes on by the clock of :mod:`forecast.components.frequency.formulations`. Of a term that runs, the last of the record,
the level was estimated from what happened so far and stays: no step. To a term after the next there are two steps, each with a
shock of its own.

Where the last term of a record went: a direction for quantities that depend on the record.

A projection that takes term levels to persist too little is right on average over all records, because levels above and below
the mean cancel, and ranks of the projected rates hardly show it. With :math:`d_r` the departure of rank :math:`r` in the last
term from a line through the log rates of all terms, :math:`\sum_r d_r\, \eta_r` of the coming term is projected too low where
levels persist more than is assumed, whichever way they went (quantities that depend on the data: Modrak et al. 2023,
doi 10.1214/23-BA1404).
"""

from collections.abc import Mapping

import numpy as np

from forecast.components.administration import decade, further, project_administration, project_ranks
from forecast.components.covariates import projected
from forecast.components.frequency.formulations import Form, companion_of, contacts_of, damped, log_rate
from forecast.components.frequency.model import BELOW_CABINET
from forecast.components.frequency.recording import draw_histories, log_recorded, next_age
from forecast.components.frequency.region import (
    ATTENDANCE,
    ATTENDED,
    CORRELATION,
    JOINT,
    SHARED,
    attended_share,
    own_take,
    with_shared,
)
from forecast.components.protocol import ComponentData, Future, Shocks, Take


def project(form: Form, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
            shocks: Shocks) -> dict[str, np.ndarray]:
    """Rates of the next term.

    Returns
    -------
    dict of str to numpy.ndarray
        ``log_rate``, ``dispersion`` (path, rank, year_of_term), ``season`` (path, 12), ``state_persistence``,
        ``state_loading`` (path,).
    """
    profile = np.exp(take("season"))
    counts = _counts(form, take, coord, future, shocks, coord["dyad"][0])
    if SHARED in coord:
        shared = _counts(form, own_take(take, SHARED), coord, future, shocks, coord[SHARED][0])
        counts = with_shared(counts, shared, attended_share(take(ATTENDED), shocks(ATTENDANCE)))
    return {
        **counts,
        "season": profile / profile.mean(axis=1, keepdims=True),
        "state_persistence": take("state_persistence"),
        "state_loading": take("state_loading"),
    }


def _counts(form: Form, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
            unit: str) -> dict[str, np.ndarray]:
    """Log rate and size of the contacts of one dyad, or of the occasions that dyads share."""
    rate = _log_rate(form, take, coord, future, shocks, unit)
    return _contacts(form, take, rate, take("overdispersion") ** -2)


def _log_rate(form: Form, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
              unit: str) -> np.ndarray:
    """Log rate per year of contacts, or of occasions, shape (path, rank, year_of_term)."""
    level, rank_level = _levels(form, take, coord, future, shocks, unit)
    effect = project_administration(take, coord, future, shocks, "president_scale", stream="frequency/president")
    by_rank = take("base")[:, 0] + rank_level + (effect + level)[:, None]
    by_rank += project_ranks(take, coord, future, shocks, "administration_rank_scale", stream="frequency/rank/president")
    if form.recording:
        by_rank = by_rank + _log_recorded(take, future)
    rate = by_rank[:, :, None] + take("phase")[:, None, :] + projected(take, coord, future)
    if not form.drift:
        found: np.ndarray = rate
        return found
    slope = take("drift")[:, None] + take("drift_lower")[:, None] * np.isin(coord["rank"], BELOW_CABINET)
    found = rate + slope[:, :, None] * _clock(form, take, future)[:, None, :]
    return found


def _levels(form: Form, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
            unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Level of the term, (path,), and that of every rank, (path, rank)."""
    carry, fresh = _continuation(form, take)
    level, by_rank = take("term_level")[:, -1], take("term_rank_level")[:, -1]
    for step in range(1, future.ahead + 1):
        which = further(step)
        level = carry * level + fresh * take(form.level_scale) * _level_shock(take, coord, shocks, unit, which)
        rank_shock = take(form.rank_scale)[:, None] * shocks(f"frequency/term_rank{which}", len(coord["rank"]))
        by_rank = carry[:, None] * by_rank + fresh[:, None] * rank_shock
    return level, by_rank


def _level_shock(take: Take, coord: Mapping[str, tuple[str, ...]], shocks: Shocks, unit: str, which: str) -> np.ndarray:
    """Fresh level of a term in units of its scale, (path,); of a fit to several dyads partly that of all of them."""
    if JOINT not in coord:
        return shocks(f"frequency/term{which}")
    common, own = take(CORRELATION), shocks(f"frequency/term/{unit}{which}")
    found: np.ndarray = np.sqrt(common) * shocks(f"frequency/term{which}") + np.sqrt(1 - common) * own
    return found


def _clock(form: Form, take: Take, future: Future) -> np.ndarray:
    """Decades from the origin as the drift counts them, (path, year_of_term)."""
    own = take("trend_damping") if form.damped else 1.0
    return damped(decade(future.midpoint), take("trend_end"), own if future.damping is None else future.damping)


def _log_recorded(take: Take, future: Future) -> np.ndarray:
    """Log share of contacts of each rank that will be on record of a term that is coded at its end, (path, rank)."""
    named = {name: take(name) for name in ("recording_base", "recording_age", "recording_rank", "recording_visibility_scale")}
    return log_recorded(named, next_age(len(future.midpoint)))[..., 0]


def _continuation(form: Form, take: Take) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the last level and of a fresh shock, each (path,)."""
    ones = np.ones(len(take("term_level")))
    if form.levels == "ar1":
        persistence = take("term_persistence")
        return persistence, np.sqrt(1 - persistence**2)
    return (ones, ones) if form.levels == "walk" else (0 * ones, ones)


def _contacts(form: Form, take: Take, rate: np.ndarray, size: np.ndarray) -> dict[str, np.ndarray]:
    """Log rate and size of contacts, each (path, rank, year_of_term)."""
    if not form.occasions:
        return {"log_rate": rate, "dispersion": np.repeat(np.repeat(size[:, None, None], rate.shape[1], 1), rate.shape[2], 2)}
    named = {name: take(name) for name in ("mark_base", "mark_effect")}
    companion = companion_of(named, rate.shape[1])
    mean, of_contacts = contacts_of(np.exp(np.minimum(rate, 700)), size, companion, take("mark_overdispersion"))
    return {"log_rate": np.log(mean), "dispersion": of_contacts}


# Counts of past cells drawn at known parameter values, without PyMC.

Values = Mapping[str, np.ndarray]


def simulate(form: Form, data: ComponentData, truth: Values, rng: np.random.Generator) -> ComponentData:
    """Draw counts by year and by month from the model at known values of all named parameters."""
    array = dict(data.array)
    mean = array["exposure"][:, None] * np.exp(log_rate(array, truth))
    size = float(truth["overdispersion"]) ** -2
    drawn = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    array |= _with_companions(array, drawn, truth, rng) if form.occasions else {"count": drawn}
    if form.recording:
        array["history"] = draw_histories(array, truth, rng)
    weight = np.exp(truth["season"]) * array["month_exposure"]
    array["month_count"] = rng.multinomial(array["count"].sum(), weight / weight.sum())
    return ComponentData(array=array, coord=data.coord)


def _with_companions(array: Values, occasion: np.ndarray, truth: Values, rng: np.random.Generator) -> Values:
    """Occasions one by one with their companions, and the counts of contacts that they add up to."""
    dyad, lead, year = (np.repeat(index.ravel(), occasion.ravel()) for index in np.indices(occasion.shape))
    mean = companion_of(truth, occasion.shape[1])[lead]
    size = float(truth["mark_overdispersion"]) ** -2
    companion = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    count = occasion.copy()
    np.add.at(count.swapaxes(1, 2), (dyad, year), companion)
    return {"count": count, "occasion_dyad": dyad, "occasion_year": year, "lead": lead, "companion": companion}


# Where the last term of a record went.

HALF = 0.5
"""Added to counts, of which some are zero, with the exposure in which so many are usual: a day observed was a usual one."""


def last_departure(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """Departure of the last term's log rate from a line through those of all terms, (rank,), in units of its largest.

    Parameters
    ----------
    array : mapping
        As made by :mod:`forecast.components.frequency.model`; every term counts, held out or not.
    """
    terms = len(array["type_of_term"])
    count, exposure = np.zeros((terms, array["count"].shape[1])), np.zeros(terms)
    np.add.at(count, array["term"], array["count"].sum(axis=0).T)
    np.add.at(exposure, array["term"], array["exposure"].sum(axis=0))
    seen, usual = exposure > 0, (count.sum(axis=0) + HALF) / exposure.sum()
    rate = np.log((count[seen] + HALF) / (exposure[seen, None] + HALF / usual))
    time = np.vander(np.arange(len(rate), dtype=float), 2)
    left = (rate - time @ np.linalg.lstsq(time, rate, rcond=None)[0])[-1]
    largest = np.abs(left).max()
    return left / largest if largest > 0 else np.ones_like(left)
