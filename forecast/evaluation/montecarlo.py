r"""Monte Carlo error of any statistic of the paths, by batches of posterior draws.

Paths of one draw share its parameters and neighbouring draws are autocorrelated, so paths are no
independent sample. All paths of neighbouring draws fall into one of :math:`B` batches, and the error is
:math:`\mathrm{sd}(\hat\theta_1, \dots, \hat\theta_B) / \sqrt B` (batch means, doi 10.1214/09-AOS735).

Statistics of some of the paths
-------------------------------
Of paths that were chosen (those in which a condition holds) batches have different numbers. A statistic is then a sum of
influences :math:`r_p` that add up to zero; of the mean over chosen paths, :math:`r_p = a_p (x_p - \bar x) / \sum_q a_q` with
:math:`a_p` one where a path is chosen and zero elsewhere. Its error is

.. math:: e^2 = \frac{B}{B - 1} \sum_b \Big( \sum_{p \in b} r_p \Big)^2,

which for the mean over batches of one size is the error above.

One distribution over any number of paths in bounded memory
-----------------------------------------------------------
Tallies of blocks of paths add up.

A value :math:`x` falls into bin :math:`\mathrm{round}(x / s)` of a grid with step :math:`s`, and the tally keeps

.. math::

    h_{bn} = \#\{p : \mathrm{batch}(p) = b,\; \mathrm{round}(x_p / s) = n\}, \qquad t_b = \sum_{p \in b} x_p

with batches of posterior draws as above. Means and their errors are those of the values
themselves; quantiles are exact for whole numbers on a grid of step 1, and off by at most half a step otherwise. The order of
the blocks does not matter.

When are there enough paths?
----------------------------
A probability :math:`\hat p` from :math:`n` paths has a Monte Carlo error :math:`e` with two parts,

.. math::

    e^2 = \frac{\hat p (1 - \hat p)}{n} + e_{draws}^2

the first of which more paths make small. The second is that of the posterior draws: where it alone is above the precision asked
for, no number of paths will do, and only more draws will. Both are estimates from batches; the second is given up upon only
where it exceeds the precision by :data:`MARGIN`, five times the relative error of a standard error from forty batches.
"""

from collections.abc import Iterable
from dataclasses import dataclass

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
    so that whole rounds are stepped over, evenly from the first to the last.
    """
    place = np.arange(count)
    if count >= draws:
        return place
    rounds, wanted = draws // chains, -(-count // chains)
    return place // chains * rounds // wanted * chains + place % chains


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
    values, batch = (values, batch) if known.all() else (values[known], batch[known])
    quantile = dict(zip(names, _quantiles(values), strict=True))
    by_batch = _quantiles_by_batch(values, batch)
    errors = {f"{name}_mcse": standard_error(by_batch[:, i]) for i, name in enumerate(names) if name in REPORTED}
    return {"mean": values.mean(), "mcse": standard_error(_means(values, batch)), **quantile, **errors}


def undefined() -> dict[str, float]:
    """What :func:`describe` says where no path has a value."""
    names = [f"q{round(100 * level):02d}" for level in QUANTILE]
    return dict.fromkeys(["mean", "mcse", *names, *(f"{name}_mcse" for name in REPORTED)], float("nan"))


def probability(event: np.ndarray, batch: np.ndarray) -> tuple[float, float]:
    """Share of paths in which an event happens (values 0 to 1), and its Monte Carlo error; NaN where there is no path."""
    if not len(event):
        return float("nan"), float("nan")
    return float(event.mean()), standard_error(_means(event, batch))


def _means(values: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """Mean of each batch that has any value."""
    size = np.bincount(batch)
    return np.bincount(batch, values)[size > 0] / size[size > 0]


def _quantiles_by_batch(values: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """Quantiles of each batch that has any value, shape (batch, quantile); batches of one size, the usual case, in one sort."""
    ordered = values[np.argsort(batch.astype(np.int16), kind="stable")]  # 16 bits: a radix sort, linear in the paths
    size = np.bincount(batch)
    size = size[size > 0]
    if (size == size[0]).all():
        return _quantiles(ordered.reshape(len(size), -1))
    return np.array([_quantiles(group) for group in np.split(ordered, np.cumsum(size)[:-1])])


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Linearly interpolated quantiles along the last axis, as numpy.quantile gives them, without its overhead."""
    ordered = np.sort(values)
    place = np.array(QUANTILE) * (ordered.shape[-1] - 1)
    below = place.astype(int)
    above = np.minimum(below + 1, ordered.shape[-1] - 1)
    found: np.ndarray = ordered[..., below] + (place - below) * (ordered[..., above] - ordered[..., below])
    return found


def standard_error(estimates: list[float] | np.ndarray) -> float:
    """Standard error of the mean of batch estimates; nan from a single batch, which tells nothing."""
    return float(np.std(estimates, ddof=1) / np.sqrt(len(estimates))) if len(estimates) > 1 else float("nan")


def error_of_influence(influence: np.ndarray, batch: np.ndarray) -> float:
    """Monte Carlo error of a statistic of the paths by batches; nan from a single batch.

    Parameters
    ----------
    influence : (path,) array
        How much every path moves the statistic away from its value; they add up to zero.
    batch : (path,) array of int
        From :func:`batch_of`, of all paths, also those that were not chosen.
    """
    of_batch = np.bincount(batch, influence)[np.bincount(batch) > 0]
    return standard_error(of_batch * len(of_batch))


# One distribution over any number of paths in bounded memory.

@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many paths of each batch fall into each bin.

    Parameters
    ----------
    step : float
        Width of a bin.
    low : int
        Number of the first bin.
    paths : (batch, bin) array of int32
    total, greater : (batch,) arrays
        Sum of the values, and number of values above zero, zeros counting half.
    beyond : (2, batch) array
        Number of values above and below a region around zero, counted exactly and not on the grid; zero where there is none.
    """

    step: float
    low: int
    paths: np.ndarray
    total: np.ndarray
    greater: np.ndarray
    beyond: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, batch: np.ndarray, step: float = 1.0, region: float = np.inf) -> "Tally":
        """Tally one block; paths without a value (NaN) are left out. `region` is the half width of a region around zero."""
        values = np.asarray(values, float)
        known = ~np.isnan(values)
        values, batch = values[known], batch[known]
        place = np.rint(values / step).astype(np.int64)
        low = int(place.min(initial=0))
        length = int(place.max(initial=low)) - low + 1
        paths = np.bincount(batch * length + place - low, minlength=BATCHES * length).reshape(BATCHES, length).astype(np.int32)
        greater = (values > 0) + 0.5 * (values == 0)
        weights = (values, greater, values > region, values < -region)
        total, greater, *beyond = (np.bincount(batch, weight, minlength=BATCHES) for weight in weights)
        return cls(step=step, low=low, paths=paths, total=total, greater=greater, beyond=np.stack(beyond))

    def __add__(self, other: "Tally") -> "Tally":
        low = min(self.low, other.low)
        length = max(one.low + one.paths.shape[1] for one in (self, other)) - low
        return Tally(step=self.step, low=low, paths=self._over(low, length) + other._over(low, length),
                     total=self.total + other.total, greater=self.greater + other.greater, beyond=self.beyond + other.beyond)

    @property
    def count(self) -> int:
        """Paths with a value."""
        return int(self.paths.sum())

    @property
    def variance(self) -> float:
        """Variance of the values, to the grid."""
        paths, value = self.paths.sum(axis=0), self._values()
        mean = paths @ value / paths.sum()
        return float(paths @ (value - mean) ** 2 / paths.sum())

    def describe(self) -> dict[str, float]:
        """The numbers of :func:`forecast.evaluation.montecarlo.describe`."""
        if not self.count:
            return undefined()
        by_batch = self.paths[self.paths.any(axis=1)]
        names = [f"q{round(100 * level):02d}" for level in QUANTILE]
        quantile = dict(zip(names, self._quantiles(by_batch.sum(axis=0)), strict=True))
        each = np.array([self._quantiles(batch) for batch in by_batch]).reshape(-1, len(names))
        errors = {f"{name}_mcse": standard_error(each[:, i]) for i, name in enumerate(names) if name in REPORTED}
        mean, mcse = self.mean()
        return {"mean": mean, "mcse": mcse, **quantile, **errors}

    def mean(self) -> tuple[float, float]:
        """Mean of the values and its Monte Carlo error: :meth:`describe` without quantiles, at a hundredth of its cost."""
        return self._share(self.total)

    def probability_greater(self) -> tuple[float, float]:
        """P(value > 0) + P(value = 0) / 2, and its Monte Carlo error."""
        return self._share(self.greater)

    def probability_by_region(self) -> list[tuple[float, float]]:
        """P(above the region), P(within it) and P(below it), each with its Monte Carlo error."""
        above, below = self.beyond
        return [self._share(weight) for weight in (above, self.paths.sum(axis=1) - above - below, below)]

    def probability(self, *, at_least: float = -np.inf, at_most: float = np.inf) -> tuple[float, float]:
        """Probability of a range, both ends included, and its Monte Carlo error."""
        value = self._values()
        return self._share(self.paths[:, (value >= at_least) & (value <= at_most)].sum(axis=1))

    def _share(self, weight: np.ndarray) -> tuple[float, float]:
        """Sum of a weight per path, and its error from batches."""
        size = self.paths.sum(axis=1)
        if not size.any():
            return float("nan"), float("nan")
        return float(weight.sum() / size.sum()), standard_error(weight[size > 0] / size[size > 0])

    def _values(self) -> np.ndarray:
        return (self.low + np.arange(self.paths.shape[1])) * self.step

    def _quantiles(self, paths: np.ndarray) -> np.ndarray:
        """Quantiles interpolated between order statistics, as for values held in memory."""
        upto = np.cumsum(paths)
        place = np.array(QUANTILE) * (upto[-1] - 1)
        order = np.stack([np.floor(place), np.ceil(place)])
        below, above = self._values()[np.searchsorted(upto, order, side="right")]
        found: np.ndarray = below + (place - order[0]) * (above - below)
        return found

    def _over(self, low: int, length: int) -> np.ndarray:
        before = self.low - low
        return np.pad(self.paths, [(0, 0), (before, length - before - self.paths.shape[1])])


# When are there enough paths?

MARGIN = 1 + 5 / np.sqrt(2 * (BATCHES - 1))


@dataclass(frozen=True, kw_only=True)
class Precision:
    """How precise the least precise of some probabilities is.

    Parameters
    ----------
    of : str
        The probability with the largest Monte Carlo error.
    error, of_draws : float
        That error, and the part of it that more paths leave.
    paths : int
        Simulated futures per scenario.
    """

    of: str
    error: float
    of_draws: float
    paths: int

    def reached(self, asked: float) -> bool:
        """Whether no error is above the one asked for."""
        return self.error <= asked

    def out_of_reach(self, asked: float) -> bool:
        """Whether more paths will not help."""
        found: bool = self.of_draws > MARGIN * asked
        return found

    @property
    def of_futures(self) -> float:
        """The part of the error that more paths make smaller."""
        return float(np.sqrt(max(0.0, self.error**2 - self.of_draws**2)))

    def told(self, asked: float) -> str:
        """What came out, in a sentence or two."""
        found = (f"largest Monte Carlo error of a probability {self.error:.5f} ({self.of}) after {self.paths:,} futures per "
                 "scenario")
        if self.reached(asked):
            return f"Precision {asked:g} reached: {found}."
        parts = (f"Of it {self.of_futures:.5f} comes from the number of futures, which more of them (--paths) make smaller, and "
                 f"{self.of_draws:.5f} from the number of posterior draws, which they do not change; the two add up as squares.")
        remedy = ("The second part alone is above the precision asked for: fit with more draws (--draws); --paths N goes on to N "
                  "futures all the same." if self.out_of_reach(asked) else "Allow more futures (--paths).")
        return f"Precision {asked:g} not reached: {found}. {parts} {remedy}"


def precision(chances: Iterable[tuple[str, float, float]], paths: int) -> Precision:
    """The least precise of some probabilities, each given by what it is of, its value and its error."""
    of, chance, error = max(chances, key=lambda one: one[2])
    rest = np.sqrt(max(0.0, error**2 - chance * (1 - chance) / paths))
    return Precision(of=of, error=error, of_draws=float(rest), paths=paths)
