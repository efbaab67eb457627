r"""Monte Carlo error of any statistic of the paths, by batches of posterior draws.

Paths of one draw share its parameters and neighbouring draws are autocorrelated, so paths are no
independent sample. All paths of neighbouring draws fall into one of :math:`B` batches, and the error is
:math:`\mathrm{sd}(\hat\theta_1, \dots, \hat\theta_B) / \sqrt B` (batch means, doi 10.1214/09-AOS735).
"""

import numpy as np

BATCHES = 40
QUANTILE = (0.05, 0.25, 0.5, 0.75, 0.95)
REPORTED = ("q05", "q50", "q95")


def batch_of(paths: int, draws: int, first: int = 0, of: int | None = None) -> np.ndarray:
    """Batch of every path of a block, shape (path,); path ``p``, counted from ``first``, uses draw ``p`` modulo ``draws``.

    `of` is the number of paths that all blocks will have: a draw must be in one batch in all of them, also where there are more
    draws than paths in the first block.
    """
    draw = (first + np.arange(paths)) % draws
    used = min(draws, first + paths if of is None else max(of, first + paths))
    return draw * min(BATCHES, used) // used


def spaced(count: int, draws: int, chains: int) -> np.ndarray:
    """Numbers of so many draws from all over the chains, shape (count,); all of them, and on, where `count` is not smaller.

    Draws of chains take turns: draw ``p`` is of chain ``p`` modulo `chains`. Steps of a multiple of it would see one chain alone,
    so that whole rounds are stepped over.
    """
    place = np.arange(count)
    return place // chains * chains * max(1, draws // max(count, 1)) + place % chains


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
        ``mean, mcse, q05, ..., q95`` and ``q05_mcse, q50_mcse, q95_mcse``; NaN where no path has a value.
    """
    values = np.asarray(values, float)
    known = ~np.isnan(values)
    names = [f"q{round(100 * level):02d}" for level in QUANTILE]
    if not known.any():  # pages per contact where no path has a contact
        return undefined()
    groups = _groups(values[known], batch[known])
    quantile = dict(zip(names, _quantiles(values[known]), strict=True))
    by_batch = _quantiles_by_batch(groups)
    errors = {f"{name}_mcse": spread(by_batch[:, i]) for i, name in enumerate(names) if name in REPORTED}
    return {"mean": values[known].mean(), "mcse": spread(_means(values[known], batch[known])), **quantile, **errors}


def undefined() -> dict[str, float]:
    """What :func:`describe` says where no path has a value."""
    names = [f"q{round(100 * level):02d}" for level in QUANTILE]
    return dict.fromkeys(["mean", "mcse", *names, *(f"{name}_mcse" for name in REPORTED)], float("nan"))


def probability(event: np.ndarray, batch: np.ndarray) -> tuple[float, float]:
    """Share of paths in which an event happens (values 0 to 1), and its Monte Carlo error; NaN where there is no path."""
    if not len(event):
        return float("nan"), float("nan")
    return float(event.mean()), spread(_means(event, batch))


def _means(values: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """Mean of each batch that has any value."""
    size = np.bincount(batch)
    return np.bincount(batch, values)[size > 0] / size[size > 0]


def _groups(values: np.ndarray, batch: np.ndarray) -> list[np.ndarray]:
    """Values of each batch that has any."""
    order = np.argsort(batch.astype(np.int16), kind="stable")  # 16 bits: a radix sort, linear in the paths
    size = np.bincount(batch)
    return np.split(values[order], np.cumsum(size[size > 0])[:-1])


def _quantiles_by_batch(groups: list[np.ndarray]) -> np.ndarray:
    """Quantiles of each batch, shape (batch, quantile); batches of one size, the usual case, in one sort."""
    if len({len(group) for group in groups}) == 1:
        return _quantiles(np.stack(groups))
    return np.array([_quantiles(group) for group in groups])


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Linearly interpolated quantiles along the last axis, as numpy.quantile gives them, without its overhead."""
    ordered = np.sort(values)
    place = np.array(QUANTILE) * (ordered.shape[-1] - 1)
    below = place.astype(int)
    above = np.minimum(below + 1, ordered.shape[-1] - 1)
    return ordered[..., below] + (place - below) * (ordered[..., above] - ordered[..., below])


def spread(estimates: list[float] | np.ndarray) -> float:
    """Standard error of the mean of batch estimates; nan from a single batch, which tells nothing."""
    return float(np.std(estimates, ddof=1) / np.sqrt(len(estimates))) if len(estimates) > 1 else float("nan")
