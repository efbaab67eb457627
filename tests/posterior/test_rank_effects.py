"""Effects of administrations by rank: found where they were planted, near zero where none were."""

from functools import cache

import numpy as np
import pytest

from forecast.components.registry import COMPONENT
from forecast.posterior.sampler import SamplerSettings, sample
from tests.components.example import data_of, draw_truth, priors_for

pytestmark = pytest.mark.sampling

NAME, RANK = "frequency_drift", "deputy"
SETTINGS = SamplerSettings(draws=500, tune=500, chains=2, target_accept=0.9, seed=7)
PLANTED = 1.2
"""Log ratio of the rates of one rank under the two parties, beyond that of all ranks."""


def at() -> int:
    return data_of(NAME).coord["rank"].index(RANK)


def truth(planted: float) -> dict[str, np.ndarray]:
    """A quiet record of three contacts a year and rank, and an effect of party on one rank alone."""
    drawn = draw_truth(COMPONENT[NAME], data_of(NAME), np.random.default_rng(2))
    found = {name: 0 * values for name, values in drawn.items()} | {"overdispersion": np.array(0.1)}
    found["base"] = found["base"] + np.log(3.0)
    party = data_of(NAME).array["party_of_type"]
    size = planted * np.where(np.arange(len(data_of(NAME).coord["rank"])) == at(), 5 / 6, -1 / 6)
    found["type_rank_effect"] = np.where(party == party[0], 0.5, -0.5)[:, None] * size
    return found


@cache
def posterior(planted: float) -> dict[str, np.ndarray]:
    component, priors = COMPONENT[NAME], priors_for(NAME)
    data = component.simulate(data_of(NAME), truth(planted), np.random.default_rng(5))
    chains = sample(component, data, priors, SETTINGS).stack(row=("chain", "draw")).transpose("row", ...)
    return {name: chains[name].to_numpy() for name in ("type_rank_effect", "president_rank_effect", "administration_rank_scale")}


def contrasts(planted: float) -> np.ndarray:
    """Deviation of every rank under terms of the first party, less that under terms of the other, (draw, rank)."""
    array, found = data_of(NAME).array, posterior(planted)
    by_term = (found["type_rank_effect"][:, array["type_of_term"]]
               + found["president_rank_effect"][:, array["president_of_term"]])
    first = array["party_of_type"][array["type_of_term"]] == 0
    return by_term[:, first].mean(axis=1) - by_term[:, ~first].mean(axis=1)


def prior_median() -> float:
    """Of a half-normal."""
    return 0.6745 * priors_for(NAME)["administration_rank_scale"].sigma


def test_a_planted_effect_on_one_rank_is_found_there_and_widens_the_scale():
    found = contrasts(PLANTED)
    assert (found[:, at()] > 0).mean() > 0.95
    assert (np.delete(found, at(), axis=1) > 0).mean(axis=0).max() < 0.9
    assert found[:, at()].mean() > 0.2 * PLANTED
    assert np.median(posterior(PLANTED)["administration_rank_scale"]) > 1.3 * prior_median()


def test_without_an_effect_deviations_stay_near_zero_and_the_scale_below_its_prior():
    found = contrasts(0.0)
    low, high = np.quantile(found, [0.025, 0.975], axis=0)
    assert ((low < 0) & (high > 0)).all()
    assert np.abs(found.mean(axis=0)).max() < 0.15
    assert np.median(posterior(0.0)["administration_rank_scale"]) < 1.3 * prior_median()
