r"""Probability integral transforms of discrete observations, each predicted from all the others.

For a count or code :math:`y_i` with leave-one-out distribution :math:`F_i` the randomised transform

.. math:: u_i = F_i(y_i - 1) + v_i\, \Pr_i(y_i), \qquad v_i \sim \mathrm{Uniform}(0, 1)

is uniform if and only if the prediction is calibrated (Czado, Gneiting and Held 2009, doi 10.1111/j.1541-0420.2009.01191.x). Its
empirical distribution is compared with simultaneous bands that hold 95 % of samples of uniforms (Sailynoja, Buerkner and
Vehtari 2022, doi 10.1007/s11222-022-10090-6). One set of :math:`v` decides little, so the verdict is the share of many sets that
leave the bands.
"""

from dataclasses import dataclass

import numpy as np
from arviz_stats.ecdf_utils import compute_ecdf, ecdf_pit

INSIDE = 0.95
SIMULATIONS = 1000
SETS = 100


@dataclass(frozen=True, kw_only=True)
class Pit:
    """Transforms of one observed quantity.

    Parameters
    ----------
    at : (point,) array
        Where the distribution is evaluated, 0 to 1.
    share, low, high : (point,) array
        Share of transforms up to there, the mean over randomisations, and the bands.
    outside : float
        Share of the randomisations that leave the bands somewhere.
    observations : int
    """

    at: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    outside: float
    observations: int

    @property
    def calibrated(self) -> bool:
        """Whether most randomisations stay within the bands."""
        return self.outside <= 0.5

    @property
    def shape(self) -> str:
        """What a departure says, in words."""
        gap = self.share - self.at
        left, right = gap[self.at <= 0.5], gap[self.at > 0.5]
        low, high = left[np.abs(left).argmax()], right[np.abs(right).argmax()]
        if low * high < 0:
            return "predictions are too narrow" if low > 0 else "predictions are too wide"
        return "predictions are too high" if low + high > 0 else "predictions are too low"


def transform(below: np.ndarray, exactly: np.ndarray, rng: np.random.Generator) -> Pit:
    """Compare transforms with uniforms.

    Parameters
    ----------
    below, exactly : (observation,) array
        Leave-one-out probability of less than what was observed, and of exactly that.
    """
    sets = np.clip(below + rng.random((SETS, len(below))) * exactly, 0, 1)
    at, _, low, high = ecdf_pit(sets[0], INSIDE, SIMULATIONS, rng=np.random.default_rng(len(below)))
    shares = np.array([[0.0, *compute_ecdf(one, at[1:-1]), 1.0] for one in sets])
    outside = ((shares < low) | (shares > high)).any(axis=1)
    return Pit(at=at, share=shares.mean(axis=0), low=low, high=high, outside=float(outside.mean()), observations=len(below))


def predictive(log_weight: np.ndarray, log_density: np.ndarray) -> np.ndarray:
    """Leave-one-out probability of a value for every observation, (observation,).

    Parameters
    ----------
    log_weight : (observation, draw) array
        From :func:`forecast.posterior.trust.loo.leave_one_out`.
    log_density : (draw, observation) array
        Log probability of the value.
    """
    return np.exp(np.logaddexp.reduce(log_weight + log_density.T, axis=-1))
