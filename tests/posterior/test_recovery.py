"""Parameters drawn from the priors, data simulated from them in the shape of the panel, and recovered by the sampler.

A truth drawn from the prior, given the data it produced, is one more draw from the posterior (Cook, Gelman and
Rubin 2006, doi 10.1198/106186006X136976). So no tolerance is chosen and no independence assumed: each statistic of the
truth is judged by the same statistic of the posterior's own draws, at the level of one false alarm in a thousand.
Effects are strongly correlated, and a binomial of all parameters would be far too narrow. The log likelihood is among
the statistics because it sees what single parameters hide (Modrak et al. 2023, doi 10.1214/23-BA1404): a level
shifted by one may lie within its own interval, and still not explain the counts.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from forecast.components.protocol import ComponentData
from forecast.components.registry import COMPONENT, CONTACTS, POOL
from forecast.posterior.fit import Job, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.store import identity
from tests.components.example import data_of, draw_raw, draw_truth, priors_for

pytestmark = [pytest.mark.sampling, pytest.mark.slow]

SETTINGS = {
    **{member.name: SamplerSettings(draws=1000, tune=600, target_accept=0.9) for member in POOL[CONTACTS].members},
    "agenda": SamplerSettings(draws=1500, tune=500, target_accept=0.8),  # its scales mix slowly
    "effectiveness": SamplerSettings(draws=800, tune=500, target_accept=0.9),
    "setting": SamplerSettings(draws=800, tune=500, target_accept=0.9),
    "media": SamplerSettings(draws=800, tune=500, target_accept=0.9),
}
LEVEL = 0.001
NO_GENERATIVE_MODEL = "frequency_discount"
RECOVERED = tuple(name for name, one in COMPONENT.items() if one.governed and name != NO_GENERATIVE_MODEL)
INFORMED = {
    "frequency_drift": ("base", "drift"),
    "frequency_walk": ("base",),
    "frequency_occasion": ("base", "mark_base"),
    "frequency_damped": ("base", "drift"),
    "frequency_recording": ("base",),
    "agenda": ("base",),
    "effectiveness": ("mechanism_base",),
    "setting": ("visit_share",),
    "media": ("pages_base", "elsewhere", "tone_share"),
}
every = pytest.mark.parametrize("name", RECOVERED)  # the slow lane of completeness stands beside it
Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Recovery:
    """One component's truth and the posterior of the data that it produced."""

    truth: Values
    data: ComponentData
    posterior: Posterior

    @cached_property
    def draws(self) -> Values:
        """Parameters that have a truth, each (draw, element)."""
        draws = self.posterior.draws
        return {name: draws[name].to_numpy().reshape(draws.sizes["draw"], -1) for name in self.truth if draws[name].dims}

    def log_likelihood(self, values: Values) -> float:
        """Of the simulated data at named parameters in their natural shapes."""
        return float(self._log_likelihood({name: np.asarray(array)[None] for name, array in values.items()})[0])

    def _log_likelihood(self, draws: Values) -> np.ndarray:
        parts = COMPONENT[self.posterior.component].pointwise(self.data, draws)
        return sum(part.sum(axis=1) for part in parts.values())

    @cached_property
    def log_likelihoods(self) -> np.ndarray:
        """Of every fourth draw, (draw,)."""
        thin = self.posterior.draws.isel(draw=slice(None, None, 4))
        return self._log_likelihood({name: thin[name].to_numpy() for name in self.truth})


def _job(name: str, seed: int) -> tuple[Values, Job]:
    component, priors = COMPONENT[name], priors_for(name)
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    truth = draw_truth(component, data_of(name), rng)
    data = component.simulate(data_of(name), truth, rng)
    key = identity(name, data, priors, SETTINGS[name])
    return truth, Job(name=name, key=key, data=data, priors=priors, settings=SETTINGS[name])


@pytest.fixture(scope="module")
def recoveries(tmp_path_factory):
    made = {name: _job(name, seed=20241104) for name in RECOVERED}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        found = posteriors(job for _, job in made.values())
        again = posteriors(job for _, job in made.values())
    assert not any(posterior.reused for posterior in found.values())
    assert all(posterior.reused for posterior in again.values())
    return {name: Recovery(made[name][0], made[name][1].data, found[name]) for name in made}


def covered(draws: Values, values: Values) -> np.ndarray:
    """Number of scalar parameters inside their 90 % intervals, per row of ``values``."""
    total = 0
    for name, of_draws in draws.items():
        low, high = np.quantile(of_draws, [0.05, 0.95], axis=0)
        inside = (values[name] >= low) & (values[name] <= high)
        total = total + inside.reshape(len(inside), -1).sum(axis=1)
    return total


def worst_distance(draws: Values, values: Values) -> np.ndarray:
    """Mean squared standardised distance of a named parameter over what 99 % of its draws keep; the worst name."""
    found = []
    for name, of_draws in draws.items():
        centre, spread = of_draws.mean(axis=0), of_draws.std(axis=0)
        spread[spread == 0] = np.inf  # zero by construction, in the truth as well
        keep = np.quantile((((of_draws - centre) / spread) ** 2).mean(axis=1), 0.99)
        found.append((((values[name] - centre) / spread) ** 2).mean(axis=1) / keep)
    return np.max(found, axis=0)


def rows(truth: Values) -> Values:
    return {name: np.reshape(values, (1, -1)) for name, values in truth.items()}


def failures(fit: Recovery, truth: Values) -> list[str]:
    """Statistics of a truth that lie beyond the farthest thousandth of the posterior's own draws."""
    limit = np.quantile(worst_distance(fit.draws, fit.draws), 1 - LEVEL)
    far = worst_distance(fit.draws, rows(truth))[0] > limit
    unlikely = fit.log_likelihood(truth) < np.quantile(fit.log_likelihoods, LEVEL)
    return ["distance"] * bool(far) + ["likelihood"] * bool(unlikely)


@every
def test_the_sampler_converged(recoveries, name):
    gates = recoveries[name].posterior.gates
    assert gates.max_rhat < 1.03, gates.max_rhat_at
    assert gates.min_ess_bulk > 100, gates.min_ess_bulk_at


@every
def test_the_truth_is_recovered(recoveries, name):
    assert failures(recoveries[name], recoveries[name].truth) == []


def pooled(recoveries: dict[str, Recovery], truths: dict[str, Values]) -> tuple[int, float]:
    """Parameters covered in all components, and the fewest that calibration allows.

    The fits are independent of each other, so draws of different components are paired at will.
    """
    paired = min(fit.posterior.draws.sizes["draw"] for fit in recoveries.values())
    of_draws = sum(covered(fit.draws, fit.draws)[:paired] for fit in recoveries.values())
    of_truth = sum(covered(fit.draws, rows(truths[name]))[0] for name, fit in recoveries.items())
    return int(of_truth), float(np.quantile(of_draws, LEVEL))


def test_intervals_cover_the_truth_as_often_as_they_cover_draws(recoveries):
    found, least = pooled(recoveries, {name: fit.truth for name, fit in recoveries.items()})
    assert found >= least


def test_intervals_do_not_cover_the_truth_of_other_data(recoveries):
    found, least = pooled(recoveries, {name: _job(name, seed=1)[0] for name in RECOVERED})
    assert found < least


@every
def test_informed_parameters_lie_within_four_standard_deviations(recoveries, name):
    draws = recoveries[name].draws
    for item in INFORMED[name]:
        distance = (recoveries[name].truth[item].ravel() - draws[item].mean(axis=0)) / draws[item].std(axis=0)
        assert np.abs(distance).max() < 4, item


@every
def test_the_data_narrow_the_priors_of_informed_parameters(recoveries, name):
    """By more than three standard errors of a standard deviation, 1 / sqrt(2 ESS), on either side."""
    fit, component = recoveries[name], COMPONENT[name]
    raw = draw_raw(component, data_of(name), np.random.default_rng(4), draws=1000)
    prior = component.unpack(raw, data_of(name), priors_for(name))
    error = np.hypot(*(1 / np.sqrt(2 * np.array([fit.posterior.gates.min_ess_bulk, 1000]))))
    for item in INFORMED[name]:
        before = prior[item].to_numpy().reshape(1000, -1).std(axis=0)
        assert (fit.draws[item].std(axis=0) / before).max() < 1 - 3 * error, item


def _shifted(values: np.ndarray) -> np.ndarray:
    return values + 1.0


def _reversed(values: np.ndarray) -> np.ndarray:
    return values[..., ::-1]


@pytest.mark.parametrize(
    ("name", "item", "change"),
    [
        ("frequency_drift", "base", _shifted),
        ("frequency_drift", "base", _reversed),
        ("frequency_walk", "base", _shifted),
        ("frequency_occasion", "base", _shifted),
        ("frequency_occasion", "mark_base", _shifted),
        ("agenda", "base", _shifted),
        ("agenda", "base", _reversed),
        ("effectiveness", "drift", _shifted),
        ("effectiveness", "outcome_share", _reversed),
        ("setting", "visit_share", _reversed),
        ("setting", "drift", _shifted),
        ("media", "pages_base", _shifted),
        ("media", "tone_share", _reversed),
    ],
)
def test_a_wrong_truth_is_not_recovered(recoveries, name, item, change):
    fit = recoveries[name]
    assert failures(fit, fit.truth | {item: change(fit.truth[item])})


@every
def test_the_truth_of_other_data_is_not_recovered(recoveries, name):
    other, _ = _job(name, seed=1)
    assert failures(recoveries[name], other)


def test_draws_differ_between_chains_and_are_finite(recoveries):
    for fit in recoveries.values():
        first = fit.posterior.chains[INFORMED[fit.posterior.component][0]].to_numpy()
        assert np.isfinite(first).all()
        assert not np.array_equal(first[0], first[1])
