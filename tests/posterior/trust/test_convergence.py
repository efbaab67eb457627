"""Chains that agree pass, chains that do not are seen; so is an energy that barely moves."""

import numpy as np
import xarray as xr

from forecast.posterior.attempt import MIN_BFMI, convergence, energy
from forecast.posterior.groups import rows
from forecast.posterior.posterior import MAX_RHAT, MIN_ESS, Posterior
from tests.components.example import PASSED

CHAINS, DRAWS = 4, 1000


def posterior(shift=0.0, memory=0.0):
    rng = np.random.default_rng(8)
    noise = rng.normal(size=(CHAINS, DRAWS, 3))
    noise[:, :, 1] += shift * np.arange(CHAINS)[:, None]
    noise[:, :, 2] = 5.0  # a constant of the model
    walk = rng.normal(size=(CHAINS, DRAWS))
    for draw in range(1, DRAWS):
        walk[:, draw] += memory * walk[:, draw - 1]
    axes = ("chain", "draw")
    chains = xr.Dataset({"base": ((*axes, "rank"), noise), "scale": (axes, np.abs(noise[:, :, 0])), "term_persistence": 0.7,
                         "term_score": ("term", np.zeros(4)), "diverging": (axes, np.zeros((CHAINS, DRAWS), np.int8)),
                         "energy": (axes, walk)})  # fmt: skip
    return Posterior(component="x", key="k", chains=chains, coord={"rank": ("a", "b", "c")}, gates=PASSED, reused=False)


def test_chains_that_agree_pass_and_constants_have_no_diagnostics():
    table = convergence(posterior())
    assert table["parameter"].tolist() == ["base[a]", "base[b]", "scale"]
    assert (table["rhat"] <= MAX_RHAT).all()
    assert (table[["ess_bulk", "ess_tail"]] >= MIN_ESS).all(axis=None)
    np.testing.assert_allclose(table["mcse_over_sd"], 1 / np.sqrt(CHAINS * DRAWS), rtol=0.2)


def test_a_chain_elsewhere_is_seen_in_its_parameter_alone():
    table = convergence(posterior(shift=1.0)).set_index("parameter")
    assert (table["rhat"] > MAX_RHAT)[["base[a]", "base[b]", "scale"]].tolist() == [False, True, False]


def test_an_energy_that_hardly_moves_is_seen():
    assert (energy(posterior())["bfmi"] > MIN_BFMI).all()
    assert (energy(posterior(memory=0.99))["bfmi"] < MIN_BFMI).all()


def test_rows_go_chain_after_chain_and_hold_fixed_values():
    given = posterior()
    found = rows(given.chains)
    assert set(found) == {"base", "scale", "term_persistence"}
    np.testing.assert_array_equal(found["scale"].reshape(CHAINS, DRAWS), given.chains["scale"].to_numpy())
