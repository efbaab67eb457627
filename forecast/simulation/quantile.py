"""Quantile functions for compiled code: one uniform number in, one count or normal number out.

Inversion keeps common random numbers coupled: on one uniform number a higher rate never gives a lower count.
"""

from math import exp, log, sqrt

import numba

RATE_CAP = 700.0  # contacts per month and rank; beyond, exp(-rate) would leave the range of a double
PAGES_CAP = 10_000  # pages of one contact and side: a guard against heavy tails
NEGLIGIBLE = 1e-18  # probabilities that no longer move a sum near one

# Rational approximations of the normal quantile (algorithm AS 241, doi 10.2307/2347330): relative error 1e-16
CENTRE = (
    (2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
     13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665),
    (5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
     5394.196021424751, 687.1870074920579, 42.31333070160091, 1.0),
)
MIDDLE = (
    (0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
     3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835),
    (1.0507500716444169e-09, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
     0.6897673349851, 1.6763848301838038, 2.053191626637759, 1.0),
)
TAIL = (
    (2.0103343992922881e-07, 2.7115555687434876e-05, 0.0012426609473880784, 0.026532189526576124,
     0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103),
    (2.0442631033899397e-15, 1.421511758316446e-07, 1.8463183175100548e-05, 0.0007868691311456133,
     0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1.0),
)


@numba.njit(cache=True, nogil=True)
def _ratio(x: float, table: tuple) -> float:
    above, below = 0.0, 0.0
    for i in range(8):
        above, below = above * x + table[0][i], below * x + table[1][i]
    return above / below


@numba.njit(cache=True, nogil=True)
def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile of a probability inside (0, 1) (doi 10.2307/2347330)."""
    centred = probability - 0.5
    if abs(centred) <= 0.425:
        return centred * _ratio(0.180625 - centred * centred, CENTRE)
    distance = sqrt(-log(min(probability, 1.0 - probability)))
    size = _ratio(distance - 1.6, MIDDLE) if distance <= 5.0 else _ratio(distance - 5.0, TAIL)
    return size if centred > 0.0 else -size


@numba.njit(cache=True, nogil=True)
def poisson_quantile(probability: float, rate: float) -> int:
    """Smallest count whose Poisson distribution function reaches the probability; rates are capped at 700."""
    rate = min(rate, RATE_CAP)
    mass = exp(-rate)
    total, count = mass, 0
    while probability > total and (mass > NEGLIGIBLE or count < rate):
        count += 1
        mass *= rate / count
        total += mass
    return count


@numba.njit(cache=True, nogil=True)
def negative_binomial_quantile(probability: float, none: float, ratio: float, size: float) -> int:
    """Smallest count whose negative-binomial distribution function reaches the probability, at most 10,000.

    Parameters
    ----------
    probability : float
        Inside (0, 1).
    none, ratio, size : float
        P(0), mean / (mean + size), and the size of the distribution.
    """
    mass, total, count, step = none, none, 0, 2.0
    while probability > total and count < PAGES_CAP and (mass > NEGLIGIBLE or step >= 1.0):
        step = ratio * (count + size) / (count + 1)
        count += 1
        mass *= step
        total += mass
    return count
