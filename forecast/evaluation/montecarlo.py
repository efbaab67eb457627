r"""Monte Carlo error of any statistic of the paths, by batches of posterior draws.

Paths of one draw share its parameters and neighbouring draws are autocorrelated, so paths are no
independent sample. All paths of neighbouring draws fall into one of :math:`B` batches;
:math:`\mathrm{mcse} = \mathrm{sd}(\hat\theta_1, \dots, \hat\theta_B) / \sqrt B` (batch means, doi 10.1214/09-AOS735).
"""

import numpy as np

BATCHES = 40
QUANTILE = (0.05, 0.25, 0.5, 0.75, 0.95)


def batch_of(paths: int, draws: int) -> np.ndarray:
    """Batch of every path, shape (path,); path ``p`` uses draw ``p`` modulo ``draws``."""
    draw = np.arange(paths) % draws
    return draw * min(BATCHES, draws, paths) // min(draws, paths)


def describe(values: np.ndarray, batch: np.ndarray) -> dict[str, float]:
    """Mean and quantiles of the paths, each with its Monte Carlo error.

    Parameters
    ----------
    values : (path,) array
        One number per path; paths without a value are NaN and left out.
    batch : (path,) array of int
        From :func:`batch_of`.

    Returns
    -------
    dict of str to float
        ``mean, mcse, q05, ..., q95`` and ``q05_mcse, q50_mcse, q95_mcse``.
    """
    known = ~np.isnan(values)
    values, batch = values[known], batch[known]
    groups = [values[batch == index] for index in np.unique(batch)]
    mean, error = values.mean(), _spread([group.mean() for group in groups])
    names = [f"q{round(100 * level):02d}" for level in QUANTILE]
    quantile = dict(zip(names, np.quantile(values, QUANTILE), strict=True))
    by_batch = np.array([np.quantile(group, QUANTILE) for group in groups])
    spread = {f"{name}_mcse": _spread(by_batch[:, i]) for i, name in enumerate(names) if name in ("q05", "q50", "q95")}
    return {"mean": mean, "mcse": error, **quantile, **spread}


def probability(event: np.ndarray, batch: np.ndarray) -> tuple[float, float]:
    """Share of paths in which an event happens (values 0 to 1), and its Monte Carlo error."""
    shares = [event[batch == index].mean() for index in np.unique(batch)]
    return float(event.mean()), _spread(shares)


def _spread(estimates: list[float] | np.ndarray) -> float:
    return float(np.std(estimates, ddof=1) / np.sqrt(len(estimates)))
