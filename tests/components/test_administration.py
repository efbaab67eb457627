"""Types within parties, presidents along a party, and deviations by rank: what the docstring promises, from prior draws."""

import numpy as np
import pytest

from forecast.components.administration import project_administration, project_ranks
from forecast.components.frequency.formulations import DRIFT
from forecast.components.frequency.model import linear
from forecast.components.linear import one_hot, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT
from forecast.posterior.posterior import draw_prior
from tests.components.example import SeededShocks, data_of, priors_for

DRAWS = 20_000
ERROR = 4 / np.sqrt(DRAWS)
"""Four standard errors of the correlation of independent draws, and more than that of others."""
MIDPOINT = np.arange(2025.55, 2029)
NAME = "frequency_drift"
SCALES = ("type_scale", "president_scale", "administration_rank_scale")


def fixed(value: float) -> Prior:
    return Prior(distribution="fixed", value=value, reason="A value of the test.")


def priors(types: float = 0.5, presidents: float = 0.35) -> dict[str, Prior]:
    return priors_for(NAME) | {"type_correlation": fixed(types), "president_correlation": fixed(presidents)}


def draws(**given: float) -> dict[str, np.ndarray]:
    """Prior draws, effects in units of their scales."""
    found = draw_prior(COMPONENT[NAME], data_of(NAME), priors(**given), np.random.default_rng(1), draws=DRAWS).isel(chain=0)
    value = {name: found[name].to_numpy() for name in (*SCALES, "type_effect", "president_effect", "type_rank_effect",
                                                       "president_rank_effect")}
    value["president_correlation"] = np.full(DRAWS, found["president_correlation"].item())
    return value


def in_scales(value: dict[str, np.ndarray], name: str, scale: str) -> np.ndarray:
    return value[name] / value[scale].reshape(-1, *[1] * (value[name].ndim - 1))


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def president(name: str) -> int:
    return data_of(NAME).coord["president"].index(name)


@pytest.mark.parametrize("kept", [0.35, 0.7])
@pytest.mark.parametrize(("one", "other", "steps"), [("Biden", "Obama", 1), ("Biden", "Clinton", 2), ("Trump", "Bush 43", 1),
                                                     ("Trump", "Biden", None), ("Obama", "Bush 43", None)])
def test_presidents_of_one_party_are_correlated_as_stated_and_those_of_two_are_not(kept, one, other, steps):
    value = draws(presidents=kept)
    effect = in_scales(value, "president_effect", "president_scale")
    by_rank = in_scales(value, "president_rank_effect", "administration_rank_scale")[:, :, 2]
    for found in (effect, by_rank):
        expected = 0.0 if steps is None else kept**steps
        assert abs(correlation(found[:, president(one)], found[:, president(other)]) - expected) < ERROR
    assert abs(effect[:, president(one)].std() - 1) < ERROR


def test_types_of_one_party_are_nearer_than_those_of_two():
    effect = in_scales(draws(types=0.5), "type_effect", "type_scale")
    apart = [(effect[:, one] - effect[:, other]).var() for one, other in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(apart, [3, 3, 1.5], rtol=4 * np.sqrt(2 / DRAWS))
    flat = in_scales(draws(types=0.0), "type_effect", "type_scale")
    assert abs((flat[:, 1] - flat[:, 2]).var() / 3 - 1) < 4 * np.sqrt(2 / DRAWS)


def test_deviations_sum_to_zero_over_ranks():
    value = draws()
    for name in ("type_rank_effect", "president_rank_effect"):
        np.testing.assert_allclose(value[name].sum(axis=-1), 0.0, atol=1e-12)
        assert value[name].std() > 0


def blocks(**given: float) -> dict:
    return {block.name: block for block in linear(DRIFT, data_of(NAME), priors(**given)).blocks}


def test_without_correlations_the_design_is_that_of_exchangeable_types_and_presidents():
    data, found = data_of(NAME), blocks(types=0.0, presidents=0.0)
    _, _, year = (index.ravel() for index in np.indices(data.array["count"].shape))
    term = data.array["term"][year]
    plain = {"type_effect": one_hot(data.array["type_of_term"][term], 3) @ zero_sum_basis(3),
             "president_effect": one_hot(data.array["president_of_term"][term], 6)}
    for name, expected in plain.items():
        np.testing.assert_allclose(found[name].design @ found[name].structure, expected, atol=1e-12)
        tied = blocks()[name]
        assert np.abs(tied.design @ tied.structure - expected).max() > 0.05


def take(value: dict[str, np.ndarray]):
    return value.__getitem__


def projected(value: dict[str, np.ndarray], future: Future) -> tuple[np.ndarray, np.ndarray]:
    """Effects of a future president in units of their scales, less those of the type: (draw,) and (draw, rank)."""
    given, shocks = (take(value), data_of(NAME).coord, future), SeededShocks(DRAWS, 3)
    kind = data_of(NAME).coord["type"].index(future.type)
    effect = project_administration(*given, shocks, "president_scale", stream="frequency/president")
    by_rank = project_ranks(*given, shocks, "administration_rank_scale", stream="frequency/rank/president")
    return ((effect - value["type_effect"][:, kind]) / value["president_scale"],
            (by_rank - value["type_rank_effect"][:, kind]) / value["administration_rank_scale"][:, None])


@pytest.mark.parametrize(("line", "latest", "steps"), [(("Biden", "Obama"), "Biden", 1), (("Somebody", "Obama"), "Obama", 2),
                                                       ((), "Biden", None), (("Biden", "Obama"), "Trump", None)])
def test_a_new_president_goes_on_from_the_latest_of_the_party(line, latest, steps):
    value = draws(presidents=0.7)
    new, by_rank = projected(value, Future(president="New", type="democratic", midpoint=MIDPOINT, predecessors=line))
    expected = 0.0 if steps is None else 0.7**steps
    assert abs(correlation(new, in_scales(value, "president_effect", "president_scale")[:, president(latest)]) - expected) < ERROR
    earlier = in_scales(value, "president_rank_effect", "administration_rank_scale")[:, president(latest)]
    assert abs(correlation(by_rank[:, 1], earlier[:, 1]) - expected) < ERROR
    assert abs(new.std() - 1) < ERROR
    assert abs(by_rank[:, 1].std() - 1) < ERROR
    np.testing.assert_allclose(by_rank.sum(axis=1), 0.0, atol=1e-9)


def test_who_returns_is_the_same_person_whatever_the_line():
    value = draws()
    back = Future(president="Trump", type="republican_trumpist", midpoint=MIDPOINT, predecessors=("Bush 43", "Bush 41"))
    effect, by_rank = projected(value, back)
    np.testing.assert_allclose(effect, in_scales(value, "president_effect", "president_scale")[:, president("Trump")], atol=1e-9)
    own = in_scales(value, "president_rank_effect", "administration_rank_scale")[:, president("Trump")]
    np.testing.assert_allclose(by_rank, own, atol=1e-9)


def test_deviations_by_rank_can_be_left_out_by_a_fixed_scale():
    given = priors() | {"administration_rank_scale": fixed(0.0)}
    found = draw_prior(COMPONENT[NAME], data_of(NAME), given, np.random.default_rng(1), draws=5)
    assert found["administration_rank_scale"].item() == 0
    assert not found["type_rank_effect"].to_numpy().any()
    assert not found["president_rank_effect"].to_numpy().any()
    constant = priors() | {"administration_rank_scale": fixed(0.2)}
    sized = draw_prior(COMPONENT[NAME], data_of(NAME), constant, np.random.default_rng(1), draws=DRAWS)
    assert abs(sized["president_rank_effect"].std().item() / 0.2 - 1) < ERROR
