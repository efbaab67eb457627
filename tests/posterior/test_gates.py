"""Gates pass draws that are known to be good and fail, by name, those that are known to be bad."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from forecast.posterior.attempt import diagnose
from forecast.posterior.posterior import MAX_RHAT, MIN_ESS
from tests.components.example import PASSED

CHAINS, DRAWS = 4, 1000


def independent(seed: int = 1) -> xr.Dataset:
    """Known to be good: independent standard normals."""
    rng = np.random.default_rng(seed)
    return xr.Dataset({
        "scale": (("chain", "draw"), rng.normal(size=(CHAINS, DRAWS))),
        "base": (("chain", "draw", "rank"), rng.normal(size=(CHAINS, DRAWS, 3))),
        "diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), np.int8)),
        "term_persistence": 0.7,
    })  # fmt: skip


def test_independent_draws_pass():
    gates = diagnose(independent())
    assert gates.failures == ()
    assert gates.as_dict()["passed"] is True
    assert gates.parameters == 4  # no constant, no sampler statistic
    assert gates.min_ess_bulk > 0.8 * CHAINS * DRAWS


def spoilt(name, change) -> xr.Dataset:
    draws = independent()
    change(draws[name].to_numpy())
    return draws


def shift_a_chain(values):
    values[2, :, 1] += 0.5


def test_a_shifted_chain_fails_by_name():
    gates = diagnose(spoilt("base", shift_a_chain))
    assert f"R-hat {gates.max_rhat:.4f} > 1.01 at base[1]" in gates.failures
    assert gates.max_rhat > MAX_RHAT


@pytest.mark.parametrize("place", [0.0, 3.0], ids=["in the middle", "in the tail"])
def test_a_stuck_chain_fails_by_name(place):
    """Stuck in the middle it hardly lowers the bulk ESS, and the folded R-hat is what tells."""

    def stick(values):
        values[1, 200:] = place

    gates = diagnose(spoilt("scale", stick))
    assert f"R-hat {gates.max_rhat:.4f} > 1.01 at scale" in gates.failures
    assert any(text.startswith("bulk ESS") for text in gates.failures) == (place == 3.0)


def creep(values):
    """AR(1) of coefficient 0.95: the effective size is a fortieth of the draws."""
    for draw in range(1, DRAWS):
        values[:, draw, 0] = 0.95 * values[:, draw - 1, 0] + np.sqrt(1 - 0.95**2) * values[:, draw, 0]


def test_a_slow_chain_fails_on_its_effective_size():
    gates = diagnose(spoilt("base", creep))
    assert f"bulk ESS {gates.min_ess_bulk:.0f} < 400 at base[0]" in gates.failures
    assert gates.min_ess_bulk < MIN_ESS


def hold(values):
    values[:] = 1.0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # ArviZ divides by a variance of zero
def test_a_parameter_that_never_moves_does_not_pass():
    assert diagnose(spoilt("scale", hold)).failures


def lose(values):
    values[0, 10] = np.nan


def test_a_draw_that_is_no_number_does_not_pass():
    assert diagnose(spoilt("scale", lose)).failures


def diverge(values):
    values[0, :3] = 1


def test_divergent_transitions_fail():
    gates = diagnose(spoilt("diverging", diverge))
    assert gates.failures == ("3 divergent transitions",)
    assert gates.as_dict()["failures"] == ["3 divergent transitions"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"max_rhat": 1.02, "max_rhat_at": "drift"}, "R-hat 1.0200 > 1.01 at drift"),
        ({"min_ess_bulk": 399.0, "min_ess_bulk_at": "base[0, 2]"}, "bulk ESS 399 < 400 at base[0, 2]"),
        ({"min_ess_tail": 12.3, "min_ess_tail_at": "covid"}, "tail ESS 12 < 400 at covid"),
        ({"divergences": 1}, "1 divergent transitions"),
        ({"max_rhat": float("nan"), "max_rhat_at": "drift"}, "R-hat nan > 1.01 at drift"),
        ({"min_ess_tail": float("nan"), "min_ess_tail_at": "covid"}, "tail ESS nan < 400 at covid"),
    ],
)
def test_each_gate_speaks_for_itself(changed, told):
    assert PASSED.failures == ()
    assert replace(PASSED, **changed).failures == (told,)


def test_values_on_the_gate_pass():
    assert replace(PASSED, max_rhat=1.01, min_ess_bulk=400.0, min_ess_tail=400.0).failures == ()
