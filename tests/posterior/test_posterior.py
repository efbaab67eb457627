"""Draws in one row, chains interleaved, and which path uses which of them."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from forecast.posterior.posterior import Posterior, Taker
from tests.components.example import PASSED

CHAINS, DRAWS = 3, 4


@pytest.fixture
def posterior():
    number = 100 * np.arange(CHAINS)[:, None] + np.arange(DRAWS)  # tells chain and draw
    chains = xr.Dataset({
        "scale": (("chain", "draw"), number),
        "base": (("chain", "draw", "rank", "other"), number[:, :, None, None] + np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]).T),
        "of_chain": (("chain", "rank"), np.arange(9.0).reshape(CHAINS, 3)),
        "of_draw": (("draw",), np.arange(DRAWS) / 8),
        "diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), np.int8)),
        "term_persistence": 0.7,
    })  # fmt: skip
    return Posterior(component="x", key="k", chains=chains, coord={"rank": ("a", "b", "c"), "unused": ("z",)},
                     gates=PASSED, reused=False)  # fmt: skip


def test_chains_are_interleaved(posterior):
    assert posterior.draws["scale"].to_numpy().tolist() == [0, 100, 200, 1, 101, 201, 2, 102, 202, 3, 103, 203]


def test_the_axis_of_draws_comes_first_and_known_axes_are_labelled(posterior):
    draws = posterior.draws
    assert draws["base"].dims == ("draw", "rank", "other")
    assert draws["rank"].to_numpy().tolist() == ["a", "b", "c"]
    assert "other" not in draws.coords
    assert "diverging" not in draws
    assert draws["base"].sel(rank="b").isel(draw=4, other=1).item() == pytest.approx(101.5)


def test_any_first_paths_use_all_chains_alike(posterior):
    chain = posterior.taker().at(slice(0, 3 * CHAINS))("scale") // 100
    assert np.bincount(chain.astype(int)).tolist() == [3, 3, 3]


def test_a_path_uses_the_draw_of_its_number_modulo_the_draws(posterior):
    taker, total = posterior.taker(), CHAINS * DRAWS
    expected = posterior.draws["scale"].to_numpy()
    found = taker.at(slice(7, 40))("scale")
    assert found.tolist() == [expected[path % total] for path in range(7, 40)]
    assert taker.at(slice(7, 40))("base").shape == (33, 3, 2)


def test_chunks_do_not_change_what_a_path_uses(posterior):
    taker = posterior.taker()
    parts = [taker.at(slice(start, min(start + 5, 31)))("base") for start in range(0, 31, 5)]
    np.testing.assert_array_equal(np.concatenate(parts), taker.at(slice(0, 31))("base"))


def test_variables_of_one_path_come_from_one_draw(posterior):
    take = posterior.taker().at(slice(5, 29))
    np.testing.assert_allclose(take("base")[:, 0, 0] - take("scale"), 0.1)


def test_a_constant_is_the_same_for_every_path(posterior):
    assert posterior.taker().at(slice(3, 8))("term_persistence").tolist() == [0.7] * 5


def test_paths_take_what_the_draws_have(posterior):
    taken = posterior.taker().at(slice(0, CHAINS * DRAWS))
    for name in ("scale", "base", "of_chain", "of_draw"):
        np.testing.assert_array_equal(taken(name), posterior.draws[name].to_numpy())
    with pytest.raises(KeyError):
        taken("diverging")


@pytest.mark.parametrize("paths", [slice(2, 9), slice(7, 40)], ids=["within one round", "over several"])
def test_nobody_can_change_what_others_take(posterior, paths):
    for name in ("scale", "base", "term_persistence"):
        with pytest.raises(ValueError, match="read-only"):
            posterior.taker().at(paths)(name)[...] = 0


def test_an_axis_without_labels_has_no_values(posterior):
    nobody = posterior.chains.assign(nobody=(("draw", "unused", "chain"), np.empty((DRAWS, 0, CHAINS))))
    assert replace(posterior, chains=nobody).taker().at(slice(3, 8))("nobody").shape == (5, 0)


def test_an_unknown_variable_is_an_error():
    with pytest.raises(KeyError, match="drift"):
        Taker({"base": np.zeros(3)}, 3).at(slice(0, 2))("drift")
