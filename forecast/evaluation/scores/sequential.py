r"""Which of two forecasters is better, asked again whenever an outcome comes in.

Let :math:`d_t` be how much less the first loses than the second at time :math:`t`, and :math:`c_t` a bound known beforehand,
:math:`|d_t| \le c_t`. If the first is nowhere better in expectation, :math:`E[d_t \mid past] \le 0`, then for every stake
:math:`\lambda \in [0, 1)`

.. math:: M_t(\lambda) = \prod_{u \le t} \left(1 + \lambda\, d_u / c_u\right), \qquad
          e_t = \frac{1}{L} \sum_l M_t(\lambda_l)

is a supermartingale that begins at 1: whoever looks after every outcome and stops when :math:`e_t \ge 20` is wrong with
probability 0.05 at most (Ville's inequality; Henzi and Ziegel 2022, doi 10.1093/biomet/asab047; Choe and Ramdas 2023,
doi 10.1287/opre.2021.0792). For CRPS of counts with distributions :math:`F, G` the bound is :math:`2 \sum_k |F(k) - G(k)|`.
"""

import numpy as np

from forecast.errors import ForecastError
from forecast.evaluation.scores.counts import CountForecast

STAKE = np.array([0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])


def evidence(advantage: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Evidence after every outcome that the first forecaster is better, (time,).

    Raises
    ------
    ForecastError
        Where an advantage exceeds its bound.
    """
    advantage, bound = np.asarray(advantage, float), np.asarray(bound, float)
    if advantage.shape != bound.shape or (np.abs(advantage) > bound * (1 + 1e-9) + 1e-12).any():
        raise ForecastError("Every advantage must lie within its bound, which is known before the outcome.")
    share = np.divide(advantage, bound, out=np.zeros_like(advantage), where=bound > 0)
    return np.cumprod(1 + STAKE[:, None] * np.clip(share, -1, 1), axis=1).mean(axis=0)


def crps_bound(first: CountForecast, second: CountForecast) -> np.ndarray:
    """Largest difference of the CRPS of two forecasts, whatever happens, (cell,)."""
    length = max(first.pmf.shape[1], second.pmf.shape[1])
    return 2 * np.abs(first.widened(length).cdf - second.widened(length).cdf).sum(axis=1)
