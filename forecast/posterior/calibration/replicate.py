r"""One replication of simulation-based calibration.

Parameters :math:`\theta` from the prior, data :math:`y` from the model at :math:`\theta` in the shape of the record, and a
posterior :math:`\theta_1, \dots, \theta_L` of these data. The rank of any :math:`f(\theta, y)` among the
:math:`f(\theta_l, y)` is uniform on :math:`0, \dots, L` where simulation, model and sampler agree (Talts et al. 2018,
arXiv:1804.06788). Among the :math:`f` is the log likelihood, which sees faults that no single parameter shows (Modrak et al.
2023, doi 10.1214/23-BA1404).

Ranked are parameters, the log likelihood, and what is forecast (:mod:`forecast.posterior.calibration.next_term`). Controls
refit another model than the one simulated: a gross one, the same for all components (:func:`wrong`), and the subtle ones that a
component names for itself (:mod:`forecast.components.control`).

A discounted past is a power prior and no generative model: that formulation is calibrated at a discount of one, where its code
is the same and its ranks have to be uniform.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.projection import Future
from forecast.components.protocol import Component, ComponentData
from forecast.posterior.calibration.next_term import projected, ranks_of
from forecast.posterior.diagnose import diagnose
from forecast.posterior.posterior import STATS
from forecast.posterior.prior import draw_prior
from forecast.posterior.sampler import SamplerSettings, compiled, draw
from forecast.posterior.trust.pointwise import pointwise

RANKS = 100
"""Possible ranks: the posterior is thinned to one less, about what its effective size allows."""
EFFORT: Mapping[str, float] = {"draws": 500, "tune": 400, "chains": 2, "target_accept": 0.95}
LIKELIHOOD = "log likelihood"
COARSE = "coarse"
WRONG_SCALE, WRONG_SHIFT = 2.0, 0.5
"""The coarse control simulates at twice every scale and half a prior standard deviation off every coefficient, up and down
in turn."""


@dataclass(frozen=True, kw_only=True)
class Replication:
    """Ranks of one replication, by quantity, and how its fit went."""

    rank: Mapping[str, int]
    max_rhat: float
    min_ess: float
    divergences: int


def replicate(component: Component, shape: ComponentData, priors: Mapping[str, Prior], futures: Sequence[Future],
              number: int, seed: int, *, control: str | None = None) -> Replication:
    """Simulate, refit and rank.

    Parameters
    ----------
    futures : sequence of Future
        The two outcomes of the next election.
    number, seed : int
        Decide everything random.
    control : str, optional
        ``coarse`` or a control of the component, where the refit is to be of another model than the simulation.
    """
    rng = np.random.default_rng([seed, zlib.crc32(component.name.encode()), number])
    drawn = draw_prior(component, shape, priors, rng)
    truth = _values(drawn)
    data = component.simulate(shape, _at(wrong(truth, component, priors) if control == COARSE else truth), rng)
    settings = replace(SamplerSettings(**EFFORT), seed=int(rng.integers(2**31)))
    data, assumed = assume(component, data, priors, control)
    model = compiled(component, data, assumed)  # anew only where counts are so large that they need more room
    chains = draw(model, component, data, assumed, settings)
    gates = diagnose(chains)
    found = ranks(component, data, truth, _values(chains))
    one, many = (projected(component, given, rows, data, futures, (settings.seed, place)) for place, (given, rows)
                 in enumerate([(drawn, np.zeros(1, int)), (chains, _thinned(chains.sizes["chain"] * chains.sizes["draw"]))]))
    return Replication(rank=found | ranks_of(one, many), max_rhat=gates.max_rhat, min_ess=gates.min_ess_bulk,
                       divergences=gates.divergences)


def assume(component: Component, data: ComponentData, priors: Mapping[str, Prior],
           control: str | None) -> tuple[ComponentData, Mapping[str, Prior]]:
    """Data and priors as the refit takes them: as they are, but for a control of the component."""
    if control is None or control == COARSE:
        return data, priors
    (chosen,) = (one for one in component.controls(priors) if one.name == control)
    return chosen.assume(data, priors)


def _thinned(draws: int) -> np.ndarray:
    """Draws that are ranked among, (RANKS - 1,)."""
    return np.linspace(0, draws - 1, RANKS - 1).astype(int)


def ranks(component: Component, data: ComponentData, truth: Mapping[str, np.ndarray],
          draws: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Rank of every prior's parameter, the type effects and the log likelihood among thinned draws.

    Parameters
    ----------
    truth, draws : mapping of str to (draw, ...) array
        One draw, and many.
    """
    keep = _thinned(len(next(iter(draws.values()))))
    thin = {name: values[keep] for name, values in draws.items() if name in truth}
    found = {}
    for name in thin:
        if name in component.needs or name.endswith("type_effect"):
            below, moves = (thin[name] < truth[name]).sum(axis=0), (thin[name] != truth[name]).any(axis=0)
            found |= {f"{name}{list(at) if at else ''}": int(value) for at, value in np.ndenumerate(below) if moves[at]}
    likelihood = [sum(part.sum(axis=1) for part in pointwise(component, data, one).values()) for one in (truth, thin)]
    return found | {LIKELIHOOD: int((likelihood[1] < likelihood[0]).sum())}


def wrong(truth: Mapping[str, np.ndarray], component: Component, priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
    """Parameters that the coarse control simulates at in place of the truth."""
    found = dict(truth)
    for name, prior in priors.items():
        if name in truth and name not in component.assumed:
            if prior.distribution == "half_normal":
                found[name] = truth[name] * WRONG_SCALE
            elif prior.distribution == "normal":
                found[name] = truth[name] + WRONG_SHIFT * prior.sigma * _up_and_down(truth[name].shape[1:])
    return found


def _up_and_down(shape: tuple[int, ...]) -> np.ndarray:
    """One and minus one in turn: a common shift of all values would leave shares as they are."""
    return np.where(np.arange(int(np.prod(shape, dtype=int))) % 2 == 0, 1.0, -1.0).reshape(shape)


def calibrated_at(priors: Mapping[str, Prior]) -> dict[str, Prior]:
    """The priors, with a discount next to one."""
    if "discount" not in priors:
        return dict(priors)
    return {**priors, "discount": priors["discount"].model_copy(update={"value": 1 - 1e-9})}


def _values(chains: xr.Dataset) -> dict[str, np.ndarray]:
    """Parameters in one row, each (draw, ...), chains one after the other; those that a prior fixes, the same in every draw."""
    count = chains.sizes["chain"] * chains.sizes["draw"]
    return {str(name): values.to_numpy().reshape(-1, *values.shape[2:]) if "draw" in values.dims
            else np.full(count, float(values)) for name, values in chains.data_vars.items()
            if name not in STATS and ("draw" in values.dims or not values.dims)}


def _at(truth: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values[0] for name, values in truth.items()}
