"""The coming term as anybody would write it in PyMC: one model whose predictive draws are futures.

The same counts by month and rank, unrecorded ones, topics, direction, format, outcome, pages and tones as in the engine, given
the same parameters. A model has arrays of fixed shape: every month and rank has room for ``ROOM`` contacts, those beyond the
count are drawn too and left out afterwards, as PyMC knows no other way; months with more contacts are cut off.
"""

import logging
import time
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from forecast.simulation.engine import calendar_of
from forecast.simulation.scenario import Scenario
from tests.simulation.conftest import TERM_START, constant

if TYPE_CHECKING:
    from pymc import Model

ROOM, PAGES = 6, 6
"""Contacts of a rank in a month, and pages of a contact on a side, that there is room for."""


class Predictive:
    """Futures by ``pm.sample_posterior_predictive``; the model is made once."""

    def __init__(self, scenario: Scenario) -> None:
        self._model = _model(scenario)
        self._seconds(10)  # fills the caches

    def paths_per_second(self, draws: int) -> float:
        """Compilation left out: the slope between two numbers of draws."""
        few = draws // 5  # of few draws the slope is noise: ask for a thousand
        return (draws - few) / (-self._seconds(few) + self._seconds(draws))

    def _seconds(self, draws: int) -> float:
        import pymc as pm

        logging.getLogger("pymc").setLevel(logging.ERROR)
        log_rate = np.repeat(constant(1).log_rate, draws, axis=0)[None]
        trace = xr.DataTree.from_dict({"posterior": xr.Dataset({"log_rate": (("chain", "draw", "rank", "year"), log_rate)})})
        begin = time.perf_counter()
        with self._model:
            pm.sample_posterior_predictive(trace, var_names=list(NAMES), random_seed=1, progressbar=False)
        return time.perf_counter() - begin


NAMES = ("count", "unseen", "named", "direction", "form", "standing", "outcome", "pages", "tone")


def _model(scenario: Scenario) -> "Model":
    import pymc as pm
    import pytensor.tensor as pt

    given, calendar = constant(1), calendar_of(scenario, TERM_START)
    months, ranks, topics = len(calendar.month_of_year), given.log_rate.shape[1], given.topic_logit.shape[2]
    with pm.Model() as model:
        log_rate = pm.Flat("log_rate", shape=(ranks, 4))
        size = given.dispersion[0]
        frailty = pm.Gamma("frailty", size, size, shape=(ranks, 4))
        shock = pm.Normal("shock", 0, 1, shape=months)
        state = [shock[0]]
        keep, loading = given.state_persistence[0], given.state_loading[0]
        for month in range(1, months):
            state.append(keep * state[-1] + np.sqrt(1 - keep**2) * shock[month])
        climate = pt.exp(loading * pt.stack(state) - loading**2 / 2) * given.season[0][calendar.month_of_year]
        rate = pt.dot(calendar.exposure, (pt.exp(log_rate) * frailty).T) * climate[:, None]
        pm.Poisson("count", rate)
        pm.Poisson("unseen", rate * (1 / given.recorded_share[0] - 1))
        each = (months, ranks, ROOM)
        breadth = pm.Normal("breadth", 0, given.breadth_sd[0], shape=each)
        pm.Bernoulli("named", logit_p=given.topic_logit[0][None, :, None, :] + breadth[..., None], shape=(*each, topics))
        chance = np.exp(given.direction_logit[0])
        direction = pm.Categorical("direction", (chance / chance.sum(axis=1, keepdims=True))[None, :, None, :], shape=each)
        pm.Categorical("form", pt.as_tensor(given.format_share[0])[direction], shape=each)
        standing = pm.Bernoulli("standing", logit_p=given.mechanism_logit[0][None, :, None], shape=each)
        cut = pt.as_tensor(given.outcome_cut[0])[standing]
        below = pm.math.sigmoid(cut - given.outcome_location[0][None, :, None, None])
        edges = pt.concatenate([pt.zeros((*each, 1)), below, pt.ones((*each, 1))], axis=-1)
        outcome = pm.Categorical("outcome", edges[..., 1:] - edges[..., :-1], shape=each)
        agreed = pt.ge(outcome, 1)
        mean = [pt.exp(given.pages_log_mean[0][side][None, :, None] + given.pages_outcome[0][side] * agreed) for side in (0, 1)]
        pm.NegativeBinomial("pages", mu=pt.stack(mean), alpha=given.pages_dispersion[0][:, None, None, None], shape=(2, *each))
        location = [given.tone_location[0][side][None, :, None, None] + given.tone_outcome[0][side] * agreed[..., None]
                    + pt.zeros((*each, PAGES)) for side in (0, 1)]
        tone = [pm.math.sigmoid(given.tone_cut[0][side] - location[side][..., None]) for side in (0, 1)]
        full = [pt.concatenate([pt.zeros((*each, PAGES, 1)), one, pt.ones((*each, PAGES, 1))], axis=-1) for one in tone]
        pm.Categorical("tone", pt.stack([one[..., 1:] - one[..., :-1] for one in full]), shape=(2, *each, PAGES))
    return model
