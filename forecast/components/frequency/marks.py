r"""Companions of an occasion: the other contacts that one visit, summit or delegation brings about.

An occasion led by rank :math:`l` has, besides its lead, companions of every rank :math:`r` that is not higher:

.. math:: k_{or} \sim \mathrm{NegBinomial}(e^{\theta_{l(o)\,r}},\ u^{-2}), \qquad \theta_{lr} = m + \nu M_{lr}, \quad r \ge l.

With occasions :math:`N_l \sim \mathrm{NegBinomial}(\lambda_l, \phi)`, the contacts of rank :math:`r` are the compound sum
:math:`n_r = \sum_l \sum_{o=1}^{N_l} (1[l = r] + k_{or})`, whose moments are, with :math:`e_{lr} = 1[l=r] + e^{\theta_{lr}}` and
:math:`v_{lr} = e^{\theta_{lr}} + u^2 e^{2\theta_{lr}}`,

.. math:: \mathrm{E}\, n_r = \sum_l \lambda_l e_{lr}, \qquad
    \mathrm{Var}\, n_r = \sum_l \lambda_l (v_{lr} + e_{lr}^2) + \lambda_l^2 e_{lr}^2 / \phi .

Forecasts and scores use the negative binomial with these two moments. That ranks meet on the same day makes their counts
correlated within a year; this is in the rates that they share and not in the noise of the counts.
"""

from collections.abc import Mapping

import numpy as np

from forecast.components.frequency.form import Form
from forecast.components.likelihood import exceedances, negative_binomial, observed
from forecast.components.linear import Block, Linear
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales

LARGEST_SIZE = 1e12  # a negative binomial of this size is a Poisson


def allowed(ranks: int) -> np.ndarray:
    """Whether rank r can accompany lead l, shape (lead, rank): the lead is the highest."""
    return np.triu(np.ones((ranks, ranks), bool))


def marks(ranks: int) -> Linear:
    """Log expected companions, rows in the order of the allowed pairs (lead, rank)."""
    pairs = int(allowed(ranks).sum())
    return Linear(name="mark", blocks=(
        Block(name="mark_base", prior="mark_base", design=np.ones((pairs, 1))),
        Block(name="mark_effect", prior="mark_scale", dims=("pair",), design=np.eye(pairs)),
    ))


def add_marks(form: Form, data: ComponentData, priors: Mapping[str, Prior], scales: Scales) -> None:
    """Add the likelihood of the companions to the open model; of none where the form does not count occasions."""
    import pymc as pm

    ranks = len(data.coord["rank"])
    named, exposed, above = _by_pair(data) if form.occasions else (*np.zeros((2, ranks, ranks)), exceedances(*np.zeros((2, 1))))
    pair = allowed(ranks)
    data_of_pairs = (observed("mark_weighted", named[pair]), observed("mark_weight", exposed[pair]),
                     observed("mark_above", above))
    log_mean = marks(ranks).predictor(priors, scales)
    pm.Potential("companion", negative_binomial(*data_of_pairs, log_mean, scales["mark_overdispersion"]))


def _by_pair(data: ComponentData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Companions and occasions by (lead, rank), and the exceedances of companions, over the terms used."""
    array, ranks = data.array, len(data.coord["rank"])
    weight = array["term_used"][array["term"][array["occasion_year"]]].astype(float)
    named, exposed = np.zeros((2, ranks, ranks))
    np.add.at(named, array["lead"], weight[:, None] * array["companion"])
    np.add.at(exposed, array["lead"], weight[:, None] * np.ones(ranks))
    return named, exposed, exceedances(array["companion"].ravel(), np.repeat(weight, ranks))


def companions(base: np.ndarray, effect: np.ndarray, ranks: int) -> np.ndarray:
    """Expected companions, shape (..., lead, rank) from (...,) and (..., pair); zero where not allowed."""
    mean = np.zeros((*base.shape, ranks, ranks))
    mean[..., allowed(ranks)] = np.exp(base[..., None] + effect)
    return mean


def contacts_of(occasions: np.ndarray, size: np.ndarray, companion: np.ndarray,
                spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and negative-binomial size of contacts, from those of occasions.

    Parameters
    ----------
    occasions : (..., rank, cell) array
        Expected occasions by rank of the lead.
    size, spread : (...) array
        Negative-binomial size of occasions, and coefficient of variation of companions beyond Poisson.
    companion : (..., rank, rank) array
        Expected companions by lead and rank.

    Returns
    -------
    mean, size : (..., rank, cell) array
    """
    each = companion + np.eye(companion.shape[-1])
    square = companion + (spread[..., None, None] * companion) ** 2 + each**2
    mean = np.einsum("...lc,...lr->...rc", occasions, each)
    between = np.einsum("...lc,...lr->...rc", occasions**2, each**2) / size[..., None, None]
    excess = np.einsum("...lc,...lr->...rc", occasions, square) + between - mean
    return mean, np.minimum(mean**2 / np.maximum(excess, mean**2 / LARGEST_SIZE), LARGEST_SIZE)
