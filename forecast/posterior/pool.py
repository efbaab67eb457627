r"""Posteriors of the members of a pool as one posterior, with the weights of the pool.

Weights of a pool from how its members forecast past terms
----------------------------------------------------------
The weights maximise the log score of the pool over the terms that were forecast, held back by a Dirichlet prior that is
worth one term for every member:

.. math:: \max_w \sum_j \log \sum_v w_v\, p_v(n_j) + (\alpha - 1) \sum_v \log w_v, \qquad \alpha = 2

(stacking of predictive distributions: Yao, Vehtari, Simpson and Gelman 2018, doi 10.1214/17-BA1091; with a prior, because
seven terms cannot carry a weight of zero or one: Yao, Pirs, Vehtari and Gelman 2022, doi 10.1214/21-BA1287). Solved by the
EM steps of a mixture with known components, :math:`w_v \propto \alpha - 1 + \sum_j r_{jv}`; the objective is concave, so they
reach its only maximum.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.special import softmax

from forecast.components.registry import CONTACTS, POOL
from forecast.posterior.fit import seen_from
from forecast.posterior.posterior import STATS, Posterior


def pooled(found: Mapping[str, Posterior], dyad: str) -> dict[str, Posterior]:
    """Replace the members of every pool by the pool, as the contacts of one dyad are projected.

    Parameters
    ----------
    found : mapping of str to Posterior
        One per fitted component, to one dyad or to several; members of a pool that the record does not allow are not among them.
    dyad : str
        Whose contacts: a fit to several dyads is seen from it, and its scores weigh the members.

    Returns
    -------
    dict of str to Posterior
        One per projecting component. Variables of a member are called ``{member}/{name}``; ``form`` (chain, draw) is the
        number of the member that a draw follows.
    """
    found = seen_from(found, dyad)
    members = {member.name for pool in POOL.values() for member in pool.members}
    pools = {name: _together(name, found) for name, pool in POOL.items()}
    return pools | {name: one for name, one in found.items() if name not in members}


def weights(found: Mapping[str, Posterior], name: str = CONTACTS) -> dict[str, float]:
    """Weight of every member of a pool that was fitted, by name."""
    members = [member.name for member in POOL[name].members if member.name in found]
    score = np.array([found[member].chains["term_score"].to_numpy() for member in members])
    return dict(zip(members, stacking_weights(score).tolist(), strict=True))


def _together(name: str, found: Mapping[str, Posterior]) -> Posterior:
    weight = weights(found, name)
    members = [found[member] for member in weight]
    draws = min(one.chains.sizes["draw"] for one in members)
    parts = [_prefixed(one, draws) for one in members]
    chains = xr.merge(parts, compat="equals", join="exact")
    share = np.array([weight.get(member.name, 0.0) for member in POOL[name].members])
    chains = chains.assign(form=(("chain", "draw"), chosen(share, (chains.sizes["chain"], draws))))
    worst = max(members, key=lambda one: one.gates.max_rhat)
    return Posterior(component=name, key="-".join(one.key for one in members), chains=chains, coord=worst.coord,
                     gates=worst.gates, reused=all(one.reused for one in members))


def chosen(weight: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Number of the member that each draw follows, in the shares of the weights to within one draw and in random order."""
    count = int(np.prod(shape))
    place = (np.random.default_rng(count).permutation(count) + 0.5) / count
    return np.searchsorted(np.cumsum(weight)[:-1], place).reshape(shape)


def _prefixed(one: Posterior, draws: int) -> xr.Dataset:
    kept = one.chains.drop_vars([*STATS, "chain", "draw"], errors="ignore").isel(draw=slice(draws))
    return kept.rename({key: f"{one.component}/{key}" for key in kept.data_vars})


# Weights of a pool from how its members forecast past terms.

CONCENTRATION = 2.0
STEPS = 10_000
ENOUGH = 1e-12


def stacking_weights(score: np.ndarray, concentration: float = CONCENTRATION) -> np.ndarray:
    """Weights of the members.

    Parameters
    ----------
    score : (form, term) array
        Log predictive probabilities; a term that some member did not forecast (NaN) is left out for all.
    concentration : float
        Of the Dirichlet prior; above one.

    Returns
    -------
    (form,) array
        Positive, sums to one; equal where no term was forecast.
    """
    score = np.asarray(score, float)
    known = score[:, np.isfinite(score).all(axis=0)]
    weight = np.full(len(score), 1 / len(score))
    for _ in range(STEPS):
        share = softmax(np.log(weight)[:, None] + known, axis=0).sum(axis=1)
        after = (concentration - 1 + share) / (len(score) * (concentration - 1) + known.shape[1])
        moved, weight = np.abs(after - weight).max(), after
        if moved < ENOUGH:
            break
    return weight
