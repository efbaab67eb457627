"""Log prior densities of a component's top-level parameters from their draws, gathered in blocks.

Only parameters to which a prior file gives a distribution are scaled. Effects that share a scale have a prior given that
scale; it belongs to the model as much as to the prior, and scaling it would scale the shrinkage itself (Kallioinen,
Paananen, Buerkner and Vehtari 2024, doi 10.1007/s11222-023-10366-5). A joint normal of types and named presidents is a
distribution that the file gives: it is scaled, and the priors in whose place it stands are left out.
"""

from collections.abc import Mapping

import numpy as np
from scipy.stats import beta, halfnorm, norm

from forecast.components.joint import PARAMETER, idle, is_joint, log_density
from forecast.components.priors import Prior
from forecast.components.protocol import Component

BLOCK: Mapping[str, tuple[str, ...]] = {
    "administrations": ("type_scale", "president_scale", "administration_scale", "administration_rank_scale",
                        "administration_effects"),
    "drift": ("drift", "drift_lower", "recording_age"),
    "dispersion": ("overdispersion", "breadth_scale", "visibility_scale"),
    "ranks": ("term_rank_scale", "walk_rank_scale", "list_rank_scale", "rank_scale", "mark_scale"),
    "levels": ("term_scale", "walk_scale", "era_scale"),
    "calendar": ("phase_scale", "season_scale", "covid"),
    "base": ("base", "share"),
    "covariates": ("breadth", "effective"),
}
"""Blocks of priors by how the names of their parameters end; the first that fits counts."""

DENSITY = {
    "normal": lambda prior, value: norm.logpdf(value, prior.mu, prior.sigma),
    "half_normal": lambda prior, value: halfnorm.logpdf(value, scale=prior.sigma),
    "beta": lambda prior, value: beta.logpdf(value, prior.alpha, prior.beta),
    "dirichlet": lambda prior, value: ((np.array(prior.concentration) - 1) * np.log(value)).sum(axis=-1),  # less a constant
}


def block_of(parameter: str) -> str:
    """Block to which the prior of a parameter belongs."""
    for block, endings in BLOCK.items():
        if any(parameter == ending or parameter.endswith(f"_{ending}") for ending in endings):
            return block
    return "other"


def log_prior(component: Component, priors: Mapping[str, Prior], named: Mapping[str, np.ndarray],
              coord: Mapping[str, tuple[str, ...]]) -> dict[str, np.ndarray]:
    """Log prior density of every parameter that a likelihood touches.

    Parameters
    ----------
    named : mapping of str to (draw, ...) array
        Draws by name.
    coord : mapping of str to tuple of str
        Labels of their axes.

    Returns
    -------
    dict of str to (draw,) array
        By parameter, summed over its elements.
    """
    without = {*component.assumed, *idle(priors)}
    found = {name: _total(prior, named[name]) for name, prior in priors.items()
             if prior.distribution in DENSITY and name not in without}
    if is_joint(priors):
        found[PARAMETER] = log_density(priors, coord, named["type_effect"], named["president_effect"])
    return found


def by_block(density: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sums over the parameters of each block, (draw,)."""
    found: dict[str, np.ndarray] = {}
    for name, values in density.items():
        found[block_of(name)] = found.get(block_of(name), 0.0) + values
    return found


def _total(prior: Prior, value: np.ndarray) -> np.ndarray:
    value = np.asarray(value, float)
    density = DENSITY[prior.distribution](prior, value)
    return density.reshape(len(value), -1).sum(axis=1)
