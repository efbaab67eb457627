"""Ranks of the coming term: uniform where the posterior is right, and not where its projection takes a wrong persistence.

The toy has levels of terms that go on as an AR(1), each seen with noise. Its posterior is normal and exact, so that thousands of
replications take seconds and what is rejected is the projection alone.
"""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import ndtr

from forecast.components.control import other_persistence
from forecast.components.linear import ar1_matrix
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData, by_label
from forecast.components.registry import COMPONENT
from forecast.evaluation.uniformity import LEVEL, ecdf_smallest, null_of, rejects, uniformity
from forecast.posterior import calibration as module
from forecast.posterior.calibration import CONTRAST, LIKELIHOOD, NEXT_TERM, RANKS, RUNNING_TERM, projected, ranks_of, replicate
from forecast.posterior.sampler import SamplerSettings
from tests.components.example import data_of, prior_posterior, priors_for
from tests.posterior.calibration.example import FUTURES

TERMS, NOISE, PERSISTENCE = 6, 0.3, 0.7
SHAPE = ComponentData(array={"seen": np.zeros(TERMS)}, coord={"term": tuple(map(str, range(TERMS)))})
PRIORS = {"persistence": Prior(distribution="fixed", value=PERSISTENCE, reason="A value of the test.")}
GAP = 0.5
"""Of the two outcomes, in units of the effect."""


class Toy:
    """Levels of terms, and an effect of who governs that nothing was seen of."""

    name = section = "toy"
    needs = {"persistence": "persistence", "level": "real"}
    assumed = ()

    def model(self, data, priors):
        return SimpleNamespace(free_RVs=[SimpleNamespace(name="z", type=SimpleNamespace(shape=(TERMS + 1,)))])

    def unpack(self, raw, data, priors):
        noise = raw["z"].to_numpy()
        levels = noise[..., :TERMS] @ ar1_matrix(TERMS, priors["persistence"].value).T
        return xr.Dataset({"level": (("chain", "draw", "term"), levels), "effect": (("chain", "draw"), noise[..., -1])})

    def simulate(self, data, truth, rng):
        return replace(data, array={"seen": truth["level"] + NOISE * rng.standard_normal(TERMS)})

    def project(self, take, coord, future, shocks):
        kept, rate = take("persistence"), take("level")[:, -1]
        for _ in range(future.ahead):
            rate = kept * rate + np.sqrt(1 - kept**2) * shocks("toy/term")
        return {"rate": rate + take("effect") * (GAP if future.type == "democratic" else 0)}

    def next_term(self, given, data):
        return {"rate": given["rate"], "rate, as the last term went": given["rate"] * np.sign(data.array["seen"][-1])}

    def controls(self, priors):
        return (other_persistence("persistence", priors),)


TOY = Toy()


def exact(model, component, data, priors, settings, known=TERMS):
    """Draws of the normal posterior given the persistence that the refit assumes, in place of the sampler's.

    Of the `known` first terms; the others are left to the prior.
    """
    rng, shape = np.random.default_rng(settings.seed), (settings.chains, settings.draws)
    matrix = ar1_matrix(TERMS, priors["persistence"].value)
    weighed = matrix[:known] / NOISE**2
    cover = np.linalg.inv(np.eye(TERMS) + matrix[:known].T @ weighed)
    z = rng.multivariate_normal(cover @ weighed.T @ data.array["seen"][:known], cover, size=shape, method="cholesky")
    raw = xr.Dataset({"z": (("chain", "draw", "noise"), np.concatenate([z, rng.standard_normal((*shape, 1))], axis=-1))})
    return component.unpack(raw, data, priors).assign(persistence=priors["persistence"].value)


def density(component, data, draws):
    return {"seen": -0.5 * ((data.array["seen"] - draws["level"]) / NOISE) ** 2}


@pytest.fixture
def toy(monkeypatch):
    """The whole of a replication, with an exact posterior in the place of the sampler."""
    monkeypatch.setattr(module, "compiled", lambda *_: None)
    monkeypatch.setattr(module, "draw", exact)
    monkeypatch.setattr(Toy, "pointwise", density, raising=False)
    monkeypatch.setattr(module, "EFFORT", {"draws": RANKS - 1, "chains": 1})
    monkeypatch.setattr(module, "diagnose", lambda _: SimpleNamespace(max_rhat=1.0, min_ess_bulk=99.0, divergences=0))


def ranked(count, *, futures=FUTURES):
    """Ranks of many replications."""
    return pd.DataFrame([replicate(TOY, SHAPE, PRIORS, futures, number, 11).rank for number in range(count)])


COUNT = 400
WRONG = 0.2
"""The persistence that is assumed; the planned power is for this one."""
RATE, GOING = f"{NEXT_TERM}rate", f"{NEXT_TERM}rate, as the last term went"


def test_the_ranks_of_a_right_projection_are_uniform(toy):
    found = ranked(COUNT)
    assert {RATE, GOING, f"{CONTRAST}rate", LIKELIHOOD} <= set(found)
    assert not rejects(uniformity(found, RANKS))


@cache
def planned(count, assumed, *, going, studies=300):
    """Share of studies that reject the projection, by its own rank or by that of the rate as the last term went.

    Given the record, the last level is normal around a centre, the truth goes on from it with 0.7 and the draws with `assumed`.
    """
    rng, shape = np.random.default_rng(2), (studies, count)
    matrix = ar1_matrix(TERMS, PERSISTENCE)
    cover = np.linalg.inv(np.linalg.inv(matrix @ matrix.T) + np.eye(TERMS) / NOISE**2)[-1, -1]
    centre = np.sqrt(1 - cover) * rng.standard_normal(shape)
    level = centre + np.sqrt(cover) * rng.standard_normal(shape)
    fresh = np.sqrt(1 - PERSISTENCE**2 + GAP**2) * rng.standard_normal(shape)
    width = np.sqrt(assumed**2 * cover + 1 - assumed**2 + GAP**2)
    departure = (PERSISTENCE * level + fresh - assumed * centre) / width
    statistic = ecdf_smallest(rng.binomial(RANKS - 1, ndtr(departure * np.sign(centre) if going else departure)), RANKS)
    null = np.sort(null_of(count, RANKS))
    p = (1 + np.searchsorted(null, statistic, side="right")) / (1 + len(null))
    return (p * QUANTITIES < LEVEL / 2).mean()


QUANTITIES = 10
"""Of the toy: six levels, the log likelihood, two of the next term, one contrast."""


def test_a_projection_with_a_wrong_persistence_is_rejected_as_planned(toy, monkeypatch):
    """The posterior of the levels is right; the projection alone takes another persistence."""
    monkeypatch.setattr(module, "draw", lambda *given: exact(*given).assign(persistence=WRONG))
    assert planned(COUNT, WRONG, going=True) >= 0.95
    ranks = ranked(COUNT).drop(columns="persistence", errors="ignore")  # the constant that is wrong on purpose
    found = uniformity(ranks, RANKS).set_index("quantity")
    assert len(found) == QUANTITIES
    assert found.loc[GOING, "p_ecdf_joint"] < LEVEL / 2
    others = found.drop(index=[GOING, RATE])
    assert (others[["p_chi_square_joint", "p_ecdf_joint"]] > LEVEL / 2).all(axis=None)


def test_a_wrong_persistence_is_hardly_seen_without_the_record():
    """Why a component ranks a quantity that depends on the record; 0.5 for 0.7 is seen in half of the studies even so."""
    assert planned(COUNT, WRONG, going=False) < 0.1
    assert planned(COUNT, 0.5, going=False) < 0.1
    assert 0.3 < planned(COUNT, 0.5, going=True) < 0.7


RUNS = (replace(FUTURES[0], ahead=0),)
"""The last term of the record, which runs: there is one outcome, and no step to it."""
SO_FAR = f"{RUNNING_TERM}rate, as the last term went"


def test_the_ranks_of_a_term_that_runs_are_uniform(toy):
    found = ranked(COUNT, futures=RUNS)
    assert {name for name in found if ":" in name} == {f"{RUNNING_TERM}rate", SO_FAR}
    assert not rejects(uniformity(found, RANKS))


def test_an_update_that_forgets_the_term_so_far_is_rejected(toy, monkeypatch):
    """Draws of the eve are right over all records, and wrong in those whose term went another way."""
    monkeypatch.setattr(module, "draw", lambda *given: exact(*given, known=TERMS - 1))
    found = uniformity(ranked(COUNT, futures=RUNS), RANKS).set_index("quantity")["p_ecdf_joint"]
    assert found[SO_FAR] < LEVEL / 2 < found[f"{RUNNING_TERM}rate"]


@pytest.mark.parametrize(("control", "ranked"), [(None, True), ("coarse", True), ("persistence", False)])
def test_a_constant_is_ranked_unless_a_control_sets_it_wrong(toy, monkeypatch, control, ranked):
    """What a refit is stuck at is a fault of its own; what a control sets is not, and would be rejected in its place."""
    if control != "persistence":
        monkeypatch.setattr(module, "draw", lambda *given: exact(*given).assign(persistence=WRONG))
    found = replicate(TOY, SHAPE, PRIORS, FUTURES, 0, 11, control=control).rank
    assert ("persistence" in found) == ranked
    assert LIKELIHOOD in found


def test_the_control_of_a_component_refits_under_its_wrong_assumption(toy, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "draw", lambda *given: seen.append(given[3]["persistence"].value) or exact(*given))
    for control, assumed in ((None, 0.7), ("coarse", 0.7), ("persistence", 0.5)):
        replicate(TOY, SHAPE, PRIORS, FUTURES, 0, 11, control=control)
        assert seen[-1] == assumed


def test_outcomes_share_their_shocks_so_that_the_contrast_is_the_effect_alone(toy):
    chains = exact(None, TOY, SHAPE, PRIORS, SamplerSettings(draws=20, chains=2))
    found = projected(TOY, chains, np.arange(40), SHAPE, FUTURES, (1,))
    np.testing.assert_allclose(found[f"{CONTRAST}rate"], GAP * chains["effect"].to_numpy().ravel(), atol=1e-12)


def test_a_contrast_that_is_nothing_or_a_multiple_of_another_is_not_ranked():
    rng = np.random.default_rng(1)
    value = rng.normal(size=100)
    told = by_label("x", "abcd", np.column_stack([value, -3 * value + 1e-13, 0 * value, value**2]))
    every = {f"{begin}{name}": values for name, values in told.items() for begin in (NEXT_TERM, CONTRAST)}
    found = ranks_of({name: values[:1] for name, values in every.items()}, {name: values[1:] for name, values in every.items()})
    assert [name for name in found if name.startswith(CONTRAST)] == [f"{CONTRAST}x[a]", f"{CONTRAST}x[d]"]
    assert found[f"{CONTRAST}x[a]"] == (value[1:] < value[0]).sum()
    assert sum(name.startswith(NEXT_TERM) for name in found) == 4


@pytest.mark.parametrize("name", COMPONENT)
def test_every_component_says_what_it_projects(name):
    component, data = COMPONENT[name], data_of(name)
    chains, rows = prior_posterior(name).chains, np.arange(40)
    found = projected(component, chains, rows, data, FUTURES, (3,))
    again = projected(component, chains, rows, data, FUTURES, (3,))
    assert any(key.startswith(NEXT_TERM) for key in found)
    for key, values in found.items():
        assert values.shape == (40,), key
        assert np.isfinite(values).all(), key
        np.testing.assert_array_equal(values, again[key])
        if key.startswith(NEXT_TERM):
            assert len(np.unique(values)) == 40, key
    kept = ranks_of({key: values[:1] for key, values in found.items()}, {key: values[1:] for key, values in found.items()})
    assert any(key.startswith(CONTRAST) for key in kept) == (name != "completeness")
    assert priors_for(name).keys() <= set(component.needs)
