r"""Log likelihoods as small PyTensor expressions, up to constants of the data.

Observations enter as shared data, so that a model compiled once serves any data of equal shape. Contacts of equal covariates have
one likelihood and are one row, with counts of what was observed of them: a record of twenty thousand contacts has no more rows
than there are combinations of rank, year and whatever else a predictor takes.

Negative binomial with size :math:`\phi = s^{-2}`, stable as :math:`s \to 0` and without gamma functions; cell :math:`i`
counts with weight :math:`w_i` (1, 0 where it is held out, or a discount of the past):

.. math::

    \sum_i w_i \log p(y_i) = \sum_m N_m \log(1 + m s^2) + \sum_i w_i y_i \log\mu_i
        - \sum_i w_i (y_i + s^{-2}) \log(1 + \mu_i s^2) + c

with :math:`N_m` the weight of the cells with :math:`y > m`, because
:math:`\Gamma(y + \phi) / \Gamma(\phi) = \prod_{m<y} (\phi + m)`.

Ordered logit: :math:`\Pr(y = k) = \sigma(c_k - \theta) - \sigma(c_{k-1} - \theta)`. With :math:`a = c_k - \theta`,
:math:`b = c_{k-1} - \theta` and softplus :math:`\zeta` its logarithm is :math:`\log(1 - e^{b-a}) - \zeta(-a) - \zeta(b)`,
where :math:`b - a` does not depend on :math:`\theta`. Over rows with :math:`n_{ik}` observations of code :math:`k`:

.. math::

    \sum_k N_k \log(1 - e^{c_{k-1} - c_k})
        - \sum_{ik} \left( n_{ik}\, \zeta(\theta_i - c_k) + n_{i,k+1}\, \zeta(c_k - \theta_i) \right)

How often contacts name each topic, their breadth integrated out.

For logits :math:`\theta_k`, breadth :math:`\beta \sim \mathrm{Normal}(0, \kappa)` and contacts that name at least one topic,

.. math::

    p_k = \int \frac{\mathrm{logit}^{-1}(\theta_k + \beta)}{1 - \prod_l (1 + e^{\theta_l + \beta})^{-1}}\, d\Phi(\beta / \kappa)

by Gauss-Hermite quadrature.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, gammaln, logit

from forecast.components.protocol import ComponentData

if TYPE_CHECKING:
    from forecast.components.protocol import TensorLike, TensorVariable


def observed(name: str, values: np.ndarray) -> "TensorVariable":
    """Values as shared data of the open model, replaceable without compiling again."""
    import pymc as pm

    found: TensorVariable = pm.Data(name, np.asarray(values, dtype=float))
    return found


def distinct(data: ComponentData, covariates: Sequence[str]) -> tuple[ComponentData, np.ndarray]:
    """One contact of every kind, and which of them each contact is like.

    Parameters
    ----------
    covariates : sequence of str
        Arrays (contact,) that a predictor takes; those that the data do not have are passed over.

    Returns
    -------
    ComponentData
        With these arrays of one contact of every kind, (row,); all others as they are.
    (contact,) array of int
        The row of every contact.
    """
    names = [name for name in covariates if name in data.array]
    table = np.column_stack([data.array[name] for name in names])
    _, first, row = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return replace(data, array={**data.array, **{name: data.array[name][first] for name in names}}), row.ravel()


def exceedances(count: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weight of the cells with a count above m = 1, 2, ..., shape (m,); zeros up to a multiple of 64 keep shapes stable."""
    steps = 64 * max(-(-int(count.max(initial=0)) // 64), 1)
    return np.array([weight[count > m].sum() for m in range(1, steps + 1)])


def counts(name: str, count: np.ndarray, log_mean: "TensorVariable", spread: "TensorVariable",
           weight: np.ndarray | None = None, row: np.ndarray | None = None) -> None:
    """Add a negative-binomial term to the open model.

    Parameters
    ----------
    count, weight : (cell,) array
        Counts, and how much each cell counts; 1 where not given.
    log_mean : (row,) tensor
    spread : scalar tensor
        Coefficient of variation of the rate, size = spread**-2.
    row : (cell,) array of int, optional
        The row that a cell has its mean from; cells are rows where not given.
    """
    import pymc as pm

    weight = np.ones(len(count)) if weight is None else weight
    row = np.arange(len(count)) if row is None else row
    data = (observed(f"{name}_weighted", np.bincount(row, weight * count)), observed(f"{name}_weight", np.bincount(row, weight)),
            observed(f"{name}_above", exceedances(count, weight)))
    pm.Potential(name, negative_binomial(*data, log_mean, spread))


def negative_binomial(weighted: "TensorLike", weight: "TensorLike", above: "TensorLike", log_mean: "TensorVariable",
                      spread: "TensorVariable") -> "TensorVariable":
    """Weighted sum over cells of the log probability of counts, less log y!.

    Parameters
    ----------
    weighted, weight : (row,) tensor
        Weight times count, and weight, of the cells of a row.
    above : (m,) tensor
        As from :func:`exceedances`.
    """
    import pytensor.tensor as pt

    square = spread**2
    beyond = pt.log1p(square * pt.exp(log_mean))
    cells = pt.dot(weighted, log_mean - beyond) - pt.dot(weight, beyond) / square
    steps = pt.arange(1, pt.shape(above)[0] + 1).astype("float64")
    found: TensorVariable = cells + pt.dot(above, pt.log1p(square * steps))
    return found


def binomial(named: "TensorLike", of: "TensorLike", logit: "TensorVariable") -> "TensorVariable":
    """Sum of the log probability that so many `of` some are `named`, any shape, less log binomial coefficients."""
    import pytensor.tensor as pt

    found: TensorVariable = (named * logit - of * pt.softplus(logit)).sum()
    return found


def log_dirichlet(log_share: "TensorVariable", concentration: "TensorLike") -> "TensorVariable":
    """Dirichlet log density of shares that are the softmax of unbounded values, in those values.

    The Jacobian of the softmax with one value fixed is the product of the shares, so the exponents
    ``concentration - 1`` become ``concentration``.
    """
    found: TensorVariable = (concentration * log_share).sum()
    return found


def ordered(count: "TensorLike", location: "TensorVariable", share: "TensorVariable") -> "TensorVariable":
    """Sum of the log probability of ordinal codes 0..K-1.

    Parameters
    ----------
    count : (group, row, K) tensor
        Observations of each code; every group has cutpoints of its own.
    location : (group or 1, row) tensor
    share : (group, K) tensor
        Shares of the codes at location zero; their cumulated logits are the cutpoints.
    """
    import pytensor.tensor as pt

    _, codes = share.type.shape
    below = pt.dot(share, np.triu(np.ones((codes, codes)))[:, :-1])
    cut = pt.log(below) - pt.log1p(-below)
    below_cut = location[:, :, None] - cut[:, None, :]
    # softplus(-x) = softplus(x) - x: one of them for each cutpoint
    rows = ((count[:, :, :-1] + count[:, :, 1:]) * pt.softplus(below_cut) - count[:, :, 1:] * below_cut).sum()
    if codes == 2:
        found: TensorVariable = -rows
        return found
    inner = count.sum(axis=1)[:, 1:-1]
    found = (inner * pt.log1p(-pt.exp(cut[:, :-1] - cut[:, 1:]))).sum() - rows
    return found


# The same outside PyTensor, observation by observation: negative binomial counts, and ordered logits with draws of them.

def log_probability(count: np.ndarray, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Negative-binomial log probability of counts with a mean and a size; NumPy's broadcasting."""
    spread = np.log1p(mean / size)
    found: np.ndarray = (gammaln(count + size) - gammaln(size) - gammaln(count + 1) - size * spread
                         + count * (np.log(mean) - np.log(size) - spread))
    return found


def cutpoints(share: np.ndarray) -> np.ndarray:
    """Logits of the cumulated shares, shape (..., K - 1) from (..., K)."""
    return logit(np.cumsum(share, axis=-1)[..., :-1])


def draw(location: np.ndarray, cut: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ordinal codes at given locations (row,) and cutpoints (row or 1, K - 1)."""
    found: np.ndarray = (rng.random((len(location), 1)) > expit(cut - location[:, None])).sum(axis=1)
    return found


def log_ordered(code: np.ndarray, location: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Log probability of ordinal codes (row,) at locations (draw, row) and cutpoints (draw, row or 1, K - 1)."""
    edge = np.full((*location.shape, 1), np.inf)
    cut = np.broadcast_to(cut, (*location.shape, cut.shape[-1]))
    bound = np.concatenate([-edge, cut, edge], axis=-1)
    row = np.arange(len(code))
    high, low = bound[:, row, code + 1] - location, bound[:, row, code] - location
    # the difference on the side where both are far from one, lest it vanish
    flip = low > 0
    found: np.ndarray = np.log(np.where(flip, expit(-low) - expit(-high), expit(high) - expit(low)))
    return found


# How often contacts name each topic, their breadth integrated out.

NODES = 11
LARGEST = 50.0  # of a logit: beyond, a topic is named by all contacts to the last digit


def chance_of_naming(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability that a contact which names a topic at all names each one.

    Parameters
    ----------
    logit : (..., topic) array
        At breadth zero.
    spread : (...) array
        Standard deviation of breadth; broadcast against the leading axes of `logit`.

    Returns
    -------
    (..., topic) array
        Sums to one or more over topics.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    odds, spread, total = np.exp(np.clip(logit, -LARGEST, LARGEST)), np.asarray(spread)[..., None], np.zeros(())
    for at, share in zip(node, weight / weight.sum(), strict=True):
        here = odds * np.exp(spread * at)
        total = total + share * here / ((1 + here) * -np.expm1(-np.log1p(here).sum(axis=-1, keepdims=True)))
    return total
