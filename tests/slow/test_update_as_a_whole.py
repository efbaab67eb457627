"""An update as a whole: a term drawn with a relation state, a frailty and a season of its own, learned from and forecast on.

Parameters come from the priors, the past from the model of contact rates, and the term that runs from the engine, which
has the relation state that the likelihood leaves out. The record to the as-of date is then refitted, the season of its
last months estimated from it as an update does, and state and frailty are followed through the months that are over:
where what happened afterwards lies among the futures is uniform if all of that is right together, and not only each
part for itself. No month of the term lies in the pandemic, whose effect the engine does not know.
"""

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, poisson

from forecast.components.joint import knowing
from forecast.components.registry import CONTACTS, POOL, priors_of
from forecast.panel.incomplete import with_season
from forecast.pipeline import Request
from forecast.pipeline.running_term import UpdateRequest, read_term
from forecast.posterior.calibration import EFFORT, _at, _values
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior, draw_prior
from forecast.posterior.sampler import SamplerSettings, compiled, draw
from forecast.shipped import DYAD
from forecast.simulation.engine import simulate
from forecast.simulation.expected import intensity
from forecast.simulation.prepare import parameters_of
from tests.golden.example import GATES, posteriors

pytestmark = pytest.mark.slow
DAY, PATHS = date(2018, 6, 30), 1000
COMPONENT = POOL[CONTACTS].members[0]


@cache
def term():
    return read_term(Request(data=DYAD, alone=True), UpdateRequest(as_of=DAY))


@cache
def priors():
    return priors_of(term().now.priors, COMPONENT.name)


@cache
def shape():
    return knowing(COMPONENT.data(term().now.panel), priors(), term().now.panel)


def parameters(chains, seed):
    """What the engine takes, of one formulation; components that say nothing of rates are those of the golden example."""
    panel, terms = term().now.panel, len(shape().coord["term"])
    chains = chains.assign(term_score=("term", np.where(np.arange(terms) < 2, np.nan, -20.0)),
                           diverging=(("chain", "draw"), np.zeros((chains.sizes["chain"], chains.sizes["draw"]), np.int8)))
    own = Posterior(component=COMPONENT.name, key="drawn", chains=chains, coord=shape().coord, gates=GATES, reused=True)
    others = {name: one for name, one in posteriors(panel, term().now.priors).items()
              if name != "poles" and name not in {member.name for member in POOL[CONTACTS].members}}
    return parameters_of(pooled({**others, COMPONENT.name: own}, panel.dyad[0]), term().scenario.chances,
                         term().now.elections[term().scenario.name], seed)


def by_slot(contact, rng):
    """Contacts of the months that are over by slot and rank, those of a January in the years of the term by their days."""
    running = term().running
    whole = running.seen + running.left
    found = np.zeros((len(running.month), contact.shape[1]), np.int64)
    for month in range(running.month[-1] + 1):
        slots, left = np.flatnonzero(running.month == month), contact[month].copy()
        for slot in slots[:-1]:
            found[slot] = rng.binomial(left, whole[month, running.year[slot]] / whole[month].sum())
            left -= found[slot]
        found[slots[-1]] = left
    return found


def record(past, count, months, rng):
    """A simulated past with a term that runs in the place of its own, and the season of its last months as it tells it."""
    array, last = dict(past.array), len(shape().coord["term"]) - 1
    cells = np.flatnonzero(array["term"] == last)
    before = array["month_count"] - rng.multivariate_hypergeometric(array["month_count"], array["count"][0][:, cells].sum())
    array["count"] = array["count"].copy()
    for year, cell in enumerate(cells):
        array["count"][0][:, cell] = count[term().running.year == year].sum(axis=0)
    calendar = (term().scenario.horizon.start.month - 1 + np.arange(len(months))) % 12
    array["month_count"] = before + np.bincount(calendar, months, 12).astype(np.int64)
    panel, scale = term().now.panel, term().now.priors.component["frequency"]["season_scale"].sigma
    factor = [float((with_season(one, scale).exposure / one.exposure)[0, -1])
              for one in (panel, replace(panel, month_count=array["month_count"]))]
    array["exposure"] = array["exposure"].copy()
    array["exposure"][0, -1] *= factor[1] / factor[0]
    return replace(past, array=array)


def place_of(number, wrong=1.0):
    """Where the rest of the term of one replication lies among its futures, 0 to 1; `wrong` times the contacts are told."""
    rng = np.random.default_rng([2018, number])
    truth = draw_prior(COMPONENT, shape(), priors(), rng)
    past = COMPONENT.simulate(shape(), _at(_values(truth)), rng)
    common = {"scenario": term().scenario.model_copy(update={"questions": ()}), "term_start": term().election.term_start}
    happened = simulate(parameters(truth, number), paths=1, seed=number, **common)["contact"]
    contact = happened.transpose("path", "month", "rank", "outcome").to_numpy()[0].sum(axis=2).astype(np.int64)
    running, over = term().running, int(term().running.month[-1]) + 1
    told = np.rint(contact[:over] * wrong).astype(np.int64)
    count = by_slot(told, rng)
    data = record(past, count, told.sum(axis=1), rng)
    settings = replace(SamplerSettings(**EFFORT), seed=int(rng.integers(2**31)))
    chains = draw(compiled(COMPONENT, data, priors()), COMPONENT, data, priors(), settings)
    known = replace(running, count=count)
    updated = parameters(chains, number + 10**6)
    rate = intensity(updated, paths=PATHS, seed=number + 10**6, running=known, **common).sum(axis=(1, 2))
    rest = contact[over:].sum()
    below, upto = poisson.cdf(rest - 1, rate).mean(), poisson.cdf(rest, rate).mean()
    return below + rng.uniform() * (upto - below)


def test_the_rest_of_a_term_lies_where_an_update_says():
    place = np.array([place_of(number) for number in range(200)])
    assert kstest(place, "uniform").pvalue > 0.005
    for level in (0.8, 0.95):
        inside = int((np.abs(place - 0.5) < level / 2).sum())
        assert binomtest(inside, len(place), level).pvalue > 0.005, (level, inside / len(place))


def test_and_not_where_it_was_told_of_twice_the_contacts():
    """Negative control."""
    place = np.array([place_of(number, wrong=2.0) for number in range(40)])
    assert kstest(place, "uniform").pvalue < 0.005
