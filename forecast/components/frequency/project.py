r"""From the posterior of a formulation to the rates of a future administration.

A returning president keeps his effects and a new one draws his own, given those before him in his party. Levels go on by one
term with a fresh shock,
:math:`A' = \kappa A_J + \lambda \sigma \epsilon`, with :math:`(\kappa, \lambda)` equal to
:math:`(\rho, \sqrt{1-\rho^2})` for an AR(1), :math:`(1, 1)` for a walk and :math:`(0, 1)` for independent levels.
The drift goes on by the clock of :mod:`forecast.components.frequency.trend`.
"""

import numpy as np

from forecast.components.administration import project_administration, project_ranks
from forecast.components.covariates import decade
from forecast.components.frequency.cells import companion_of
from forecast.components.frequency.data import BELOW_CABINET
from forecast.components.frequency.form import Form
from forecast.components.frequency.marks import contacts_of
from forecast.components.frequency.recording import log_recorded, next_age
from forecast.components.frequency.trend import damped
from forecast.components.projection import Future, Shocks, Take


def project(form: Form, take: Take, coord: dict[str, tuple[str, ...]], future: Future,
            shocks: Shocks) -> dict[str, np.ndarray]:
    """Rates of the next term.

    Returns
    -------
    dict of str to numpy.ndarray
        ``log_rate``, ``dispersion`` (path, rank, year_of_term), ``season`` (path, 12), ``state_persistence``,
        ``state_loading`` (path,).
    """
    rate = _log_rate(form, take, coord, future, shocks)
    size = take("overdispersion") ** -2
    profile = np.exp(take("season"))
    return {
        **_contacts(form, take, rate, size),
        "season": profile / profile.mean(axis=1, keepdims=True),
        "state_persistence": take("state_persistence"),
        "state_loading": take("state_loading"),
    }


def _log_rate(form: Form, take: Take, coord: dict[str, tuple[str, ...]], future: Future, shocks: Shocks) -> np.ndarray:
    """Log rate per year of contacts, or of occasions, shape (path, rank, year_of_term)."""
    carry, fresh = _continuation(form, take)
    level = carry * take("term_level")[:, -1] + fresh * take(form.level_scale) * shocks("frequency/term")
    rank_shock = take(form.rank_scale)[:, None] * shocks("frequency/term_rank", len(coord["rank"]))
    rank_level = carry[:, None] * take("term_rank_level")[:, -1] + fresh[:, None] * rank_shock
    effect = project_administration(take, coord, future, shocks, "president_scale", stream="frequency/president")
    by_rank = take("base")[:, 0] + rank_level + (effect + level)[:, None]
    by_rank += project_ranks(take, coord, future, shocks, "administration_rank_scale", stream="frequency/rank/president")
    if form.recording:
        by_rank = by_rank + _log_recorded(take, future)
    rate = by_rank[:, :, None] + take("phase")[:, None, :]
    if not form.drift:
        return rate
    slope = take("drift")[:, None] + take("drift_lower")[:, None] * np.isin(coord["rank"], BELOW_CABINET)
    return rate + slope[:, :, None] * _clock(form, take, future)[:, None, :]


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
    if form.levels == "ar1":
        persistence = take("term_persistence")
        return persistence, np.sqrt(1 - persistence**2)
    ones = np.ones(len(take("term_level")))
    return (ones, ones) if form.levels == "walk" else (0 * ones, ones)


def _contacts(form: Form, take: Take, rate: np.ndarray, size: np.ndarray) -> dict[str, np.ndarray]:
    """Log rate and size of contacts, each (path, rank, year_of_term)."""
    if not form.occasions:
        return {"log_rate": rate, "dispersion": np.repeat(np.repeat(size[:, None, None], rate.shape[1], 1), rate.shape[2], 2)}
    named = {name: take(name) for name in ("mark_base", "mark_effect")}
    companion = companion_of(named, rate.shape[1])
    mean, of_contacts = contacts_of(np.exp(np.minimum(rate, 700)), size, companion, take("mark_overdispersion"))
    return {"log_rate": np.log(mean), "dispersion": of_contacts}
