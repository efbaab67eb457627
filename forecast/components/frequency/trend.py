r"""The clock of a drift: linear in time within the record, damped beyond its end.

Within the record a drift :math:`b` is linear in the decades :math:`x` from the origin. Beyond the last cell that was observed, at
:math:`x_e` (the middle of the last year of the record, or of its observed part), what was learned of it fades year by year:

.. math:: \eta(x) = \eta(x_e) + \frac{b}{10} \sum_{k=1}^{h} \varphi^k
    = \eta(x_e) + \frac{b}{10}\, \varphi\, \frac{1 - \varphi^h}{1 - \varphi}, \qquad h = 10\,(x - x_e)

years ahead (Gardner and McKenzie 1985, doi 10.1287/mnsc.31.10.1237; the closed form holds between whole years too).
:math:`\varphi = 1` is the drift that goes on, :math:`\varphi = 0` one that stops at the end of the record. A term that was
held out is scored with this clock, started at the last year before it.

The damping touches no likelihood: how the trend of a record of nine terms fades after its end is in no count of it. Its draws are
those of its prior, an assumption; the held-out terms weigh the formulation that makes it against those that do not.
"""

from collections.abc import Mapping

import numpy as np

YEARS = 10.0  # in a decade


def end_of(array: Mapping[str, np.ndarray], before: int | None = None) -> float:
    """Where the record ends, in decades from the origin.

    Parameters
    ----------
    array : mapping
        Covariates, as in :mod:`forecast.components.frequency.data`.
    before : int, optional
        Only terms before this one; where not given, terms that are used.
    """
    known = array["term_used"][array["term"]] > 0 if before is None else array["term"] < before
    return float(array["decade"][known].max())


def damped(decade: np.ndarray, end: np.ndarray | float, damping: np.ndarray | float) -> np.ndarray:
    """The clock in decades from the origin.

    Parameters
    ----------
    decade : (year,) array
        Times.
    end, damping : (...) array
        Where the record ends, in decades, and the share of a year's growth that is left a year later, in [0, 1].

    Returns
    -------
    (..., year) array
        `decade` itself up to the end, and everywhere where the damping is one.
    """
    left = np.asarray(damping, float)[..., None]
    ahead = YEARS * np.maximum(decade - np.asarray(end, float)[..., None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = np.where(left == 1, ahead, left * (1 - left**ahead) / (1 - left))
    return decade + (grown - ahead) / YEARS
