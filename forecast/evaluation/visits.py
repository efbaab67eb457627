r"""Counts, shares and means of a few cases that come in visits: draws from their posterior, and what a difference says.

What is measured of a president is, over the visits :math:`v` of the term (runs of contacts that one trip or delegation brought
about, :func:`forecast.panel.panel.occasion_of`), a rate, a share or a mean:

.. math::

    \lambda = \frac{\sum_v a_v}{T}, \qquad \pi = \frac{\sum_v a_v}{\sum_v b_v}

with :math:`a_v` what is counted on a visit (contacts of a rank, say), :math:`b_v` what it is a part of, and :math:`T` the years
observed. A visit is one case: its contacts share a place, a day and an agenda, and are not independent. Visits arrive as a
Poisson process with unknown marks. Under a gamma process prior the posterior gives every visit on record a weight
:math:`g_v \sim \mathrm{Exponential}(1)` (Lo 1982, doi 10.1007/BF00575525; given their number it is the Bayesian bootstrap of
Rubin 1981, doi 10.1214/aos/1176345338), so that

.. math::

    \lambda = \frac{\sum_v g_v a_v + h m}{T}, \qquad
    \pi = \frac{\sum_v g_v a_v + h m}{\sum_v g_v b_v + (h + h') m}, \qquad h, h' \sim \mathrm{Gamma}(\tfrac12, 1)

with :math:`m` the size of a visit that counts, averaged over both presidents. The weights :math:`h, h'` are the prior: half a
visit that counts, half a one that does not. Where visits are of one size they give the Jeffreys posteriors
:math:`\mathrm{Gamma}(n + \frac12, T)` and :math:`\mathrm{Beta}(s + \frac12, n - s + \frac12)`: what was never seen in a term is
not taken for impossible. A mean in [-1, 1] is a share on another scale, with prior weights at both ends.

A difference is told from zero where its central interval of probability ``LEVEL`` leaves zero out. Its two-sided p is twice the
smaller share of draws on one side of zero.
"""

from dataclasses import dataclass

import numpy as np

DRAWS = 20_000
LEVEL = 0.95
"""Probability of intervals of differences."""
RATE, SHARE, PER_CONTACT, MEAN = "rate", "share", "per contact", "mean"
"""Per year; part of a whole; pages per contact; of values between -1 and 1."""


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What is counted on the visits of one president.

    Parameters
    ----------
    part, whole : (visit, measure) arrays
        :math:`a_v` and :math:`b_v`; of a rate, `whole` is the contacts of the visit and not used.
    years : float
        Observed.
    """

    part: np.ndarray
    whole: np.ndarray
    years: float


def value_of(cases: Cases, kind: np.ndarray) -> np.ndarray:
    """What the record says of each measure, shape (measure,); missing where there is nothing to divide by."""
    part, whole = cases.part.sum(0), np.where(kind == RATE, cases.years, cases.whole.sum(0))
    found: np.ndarray = np.divide(part, whole, out=np.full(len(kind), np.nan), where=whole > 0)
    return found


def sizes(sides: list[Cases], kind: np.ndarray) -> np.ndarray:
    """Size of a visit that counts, :math:`m`, over all presidents: shape (measure,); one where there is none."""
    of_part = np.isin(kind, (RATE, PER_CONTACT))
    counted = np.concatenate([np.where(of_part, one.part, one.whole) for one in sides])
    many = (counted > 0).sum(0)
    found: np.ndarray = np.divide(counted.sum(0), many, out=np.ones(len(kind)), where=many > 0)
    return found


def draw(cases: Cases, kind: np.ndarray, size: np.ndarray, rng: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
    """Draws of every measure of one president, shape (draw, measure).

    Parameters
    ----------
    cases : Cases
        Visits on record; there may be none.
    kind : (measure,) array of str
        ``rate``, ``share``, ``per contact`` or ``mean``.
    size : (measure,) array
        From :func:`sizes`, the same for presidents who are compared.
    rng : numpy.random.Generator
    draws : int
        How many.
    """
    weight = rng.standard_exponential((draws, len(cases.part)))
    counts, other = rng.gamma(0.5, size=(2, draws, len(kind))) * size
    sign = np.where(kind == MEAN, -1.0, 0.0)
    part = weight @ cases.part + counts + sign * other
    whole = weight @ cases.whole
    whole += np.where(kind == PER_CONTACT, 0.0, counts + other)
    whole = np.where(kind == RATE, cases.years, whole)
    found: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found


def interval(draws: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval over the first axis."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), axis=0)
    return low, high


def two_sided(draws: np.ndarray) -> np.ndarray:
    """Two-sided p of differences over the first axis; never less than so many draws can show."""
    less, more = (draws < 0).sum(0), (draws > 0).sum(0)
    return np.minimum(1.0, 2 * (np.minimum(less, more) + 1) / (len(draws) + 1))
