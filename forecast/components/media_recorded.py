r"""Pages of contacts that are in the record: coverage given that somebody reports the contact.

Contact :math:`i` has :math:`n_{is}` pages of side :math:`s`, and :math:`k_i = 1` with probability :math:`q` where it would be
known without them. It is recorded where :math:`k_i = 1` or some :math:`n_{is} > 0`, and nothing is seen of those that are not.
With :math:`o_{is} = \Pr(n_{is} = 0)` of the negative binomial,

.. math::

    p(n_i, k_i \mid \text{recorded}) = \frac{q^{k_i} (1 - q)^{1 - k_i} \prod_s p(n_{is})}{1 - (1 - q) \prod_s o_{is}}

and zero where :math:`k_i = 0` and no side has a page: a negative binomial truncated at no page of either side, and not of each.
Where pages are many or nearly all contacts are known from elsewhere, :math:`(1 - q) \prod_s o_{is}` is near zero and nothing
changes.

The same in steps, :math:`k` first and then side after side:

.. math::

    \Pr(k_i = 1 \mid \text{recorded}) &= q / (1 - (1 - q) \textstyle\prod_t o_{it}) \\
    \Pr(n_{is} = 0 \mid \text{recorded, nothing before}) &=
        o_{is} \frac{1 - (1 - Q) \prod_{t > s} o_{it}}{1 - (1 - Q) \prod_{t \ge s} o_{it}}

with :math:`Q` the probability that the contact is known from elsewhere: 0 after :math:`k_i = 0`, and :math:`q` where :math:`k_i`
has not been drawn. After :math:`k_i = 1` or a page the contact is recorded in any case, and pages are plainly negative binomial.
That :math:`k` and :math:`n` are independent given who governs, rank and outcome, and that :math:`q` is one number for the whole
record, are assumptions.
"""

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_expit

if TYPE_CHECKING:
    from forecast.components.protocol import TensorLike, TensorVariable


def given_recorded(known: "TensorLike", contacts: "TensorLike", logit: "TensorVariable", log_mean: "TensorVariable",
                   spread: "TensorVariable") -> "TensorVariable":
    """What the sum of log probabilities has beyond the negative binomial ones: who is known from elsewhere, and who is recorded.

    Parameters
    ----------
    known, contacts : (row,) tensor
        Contacts of equal covariates that are known from elsewhere, and all of them.
    logit : scalar tensor
        Log odds of that before anything is known of a contact.
    log_mean : (row, side) tensor
    spread : scalar tensor
        As in :func:`forecast.components.likelihood.negative_binomial`.
    """
    import pytensor.tensor as pt

    square = spread**2
    no_page = pt.log1p(square * pt.exp(log_mean)).sum(axis=1) / square  # minus its log
    unknown = pt.softplus(logit)  # minus the log of 1 - q
    found: TensorVariable = (known * logit - contacts * (unknown + pt.log1p(-pt.exp(-unknown - no_page)))).sum()
    return found


def known_before(known: np.ndarray, pages: np.ndarray) -> np.ndarray:
    """Whether a contact is known before a side is looked at, from elsewhere or the sides before, (contact, side) of 0 and 1."""
    found = np.column_stack([known, pages[:, :-1]]) > 0
    return np.logical_or.accumulate(found, axis=1).astype(np.int64)


def log_none(mean: np.ndarray, spread: np.ndarray | float) -> np.ndarray:
    """Log of the probability of no page; NumPy's broadcasting."""
    square = np.asarray(spread, float) ** 2
    found: np.ndarray = -np.log1p(square * mean) / square
    return found


def none_given_nothing(log_no_page: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Probability of no page of a side, given that the contact is recorded and no side before has a page.

    Parameters
    ----------
    log_no_page : (..., side) array
        Of the negative binomials.
    share : array
        :math:`Q`, of the shape before the axis of sides.
    """
    from_here = np.cumsum(log_no_page[..., ::-1], axis=-1)[..., ::-1]
    unknown = np.log1p(-np.minimum(share, 1 - 1e-16))[..., None]
    found: np.ndarray = np.exp(log_no_page) * np.expm1(unknown + from_here - log_no_page) / np.expm1(unknown + from_here)
    return found


def log_pages(plain: np.ndarray, log_no_page: np.ndarray, pages: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Log probability of the pages of every side given what is known before it, (..., contact, side).

    Minus infinity for no page of the last side where the contact is not known before.

    Parameters
    ----------
    plain, log_no_page : (..., contact, side) array
        Log probability of these pages, and of none, under the negative binomials.
    pages, known : (contact, side) array
        Pages, and :func:`known_before`.
    """
    from_here = np.cumsum(log_no_page[..., ::-1], axis=-1)[..., ::-1]
    with np.errstate(divide="ignore"):
        none = np.log(none_given_nothing(log_no_page, np.zeros(log_no_page.shape[:-1])))
    return np.where(known > 0, plain, np.where(pages > 0, plain - np.log(-np.expm1(from_here)), none))


def log_known(log_no_page: np.ndarray, logit: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Log probability of being known from elsewhere or not, given that a contact is recorded, (..., contact).

    Parameters
    ----------
    logit : (..., 1) array
        Log odds of that before anything is known of a contact.
    known : (contact,) array
        1 where it is.
    """
    none, unknown = log_no_page.sum(axis=-1), log_expit(-logit)
    recorded = np.log(-np.expm1(unknown + none))
    with np.errstate(divide="ignore"):
        by_pages = unknown + np.log(-np.expm1(none))
    found: np.ndarray = np.where(known > 0, log_expit(logit), by_pages) - recorded
    return found


def chance_of_record(log_no_page: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Probability that a contact is recorded; arguments as in :func:`none_given_nothing`."""
    return 1 - (1 - share) * np.exp(log_no_page.sum(axis=-1))


# Pages of recorded contacts drawn.

def draw_pages(mean: np.ndarray, spread: float, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether recorded contacts are known from elsewhere, (contact,), and their pages, (contact, side).

    Parameters
    ----------
    mean : (contact, side) array
        Expected pages of all contacts, recorded or not.
    spread, share : float
        Coefficient of variation of the rate, and probability to be known from elsewhere.
    """
    size = spread**-2
    no_page = log_none(mean, spread)
    elsewhere = (rng.random(len(mean)) * chance_of_record(no_page, share) < share).astype(np.int64)
    pages = rng.poisson(mean * rng.gamma(size, 1 / size, mean.shape))
    none = none_given_nothing(no_page, np.zeros(len(mean)))
    nothing = elsewhere == 0
    for side in range(mean.shape[1]):
        some = nothing & (rng.random(len(mean)) >= none[:, side])
        pages[nothing, side] = 0
        pages[some, side] = _at_least_one(mean[some, side], size, rng)
        nothing &= ~some
    return elsewhere, pages


def _at_least_one(mean: np.ndarray, size: float, rng: np.random.Generator) -> np.ndarray:
    """Pages of one side, given one or more; from the upper tail, where a small mean loses no digits."""
    from scipy.stats import nbinom  # most of a second, for made-up data alone

    chance = size / (size + mean)
    above = rng.uniform(0, 1, len(mean)) * -np.expm1(size * np.log(chance))
    return np.maximum(nbinom.isf(above, size, chance), 1).astype(np.int64)
