r"""Compare the statistics of a record with those of replicated records.

The posterior predictive p-value of a statistic is :math:`\Pr(T_{rep} > T) + \Pr(T_{rep} = T) / 2` over records replicated
from the posterior (Gelman, Meng and Stern 1996, Statistica Sinica 6, 733; ties count half because statistics are discrete).
It uses the data twice, so that under a true model it lies closer to one half than a uniform does: extreme values are rarer
than they look, and a check that passes proves little (Robins, van der Vaart and Ventura 2000,
doi 10.1080/01621459.2000.10474310).

A family is judged as one, by :math:`-\sum_k \log p_k` with two-sided :math:`p_k`, which sees many statistics that are a little
off, and by the largest distance from the mean of the replicates in standard deviations, which sees a single one that is far off.
The smaller of the two tail probabilities counts. Every replicated record gives a value of it too, so that neither the choice, nor
the number of statistics, nor the dependence between them matters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from forecast.components.protocol import Component, ComponentData
from forecast.evaluation.predictive.families import families
from forecast.evaluation.predictive.family import Family

LEVEL = 0.05
REPLICATES = 1000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One family of one component.

    Parameters
    ----------
    component : str
    family : Family
    labels : tuple of str
        One per statistic.
    observed : (statistic,) array
        In the record.
    replicated : (replicate, statistic) array
        In replicated records.
    p : (statistic,) array
        Posterior predictive p-values.
    p_family : float
        Share of replicated records that are at least as unusual in all statistics together.
    outside_expected : float
        How many statistics of a replicated record lie outside 95 % of the others, on average.
    """

    component: str
    family: Family
    labels: tuple[str, ...]
    observed: np.ndarray
    replicated: np.ndarray
    p: np.ndarray
    p_family: float
    outside_expected: float

    @property
    def outside(self) -> np.ndarray:
        """Whether each statistic lies outside 95 % of its replicates, (statistic,)."""
        return two_sided(self.p) < LEVEL

    @property
    def passed(self) -> bool:
        """Whether the family looks like what the posterior produces."""
        return self.p_family >= LEVEL


def two_sided(p: np.ndarray) -> np.ndarray:
    """Twice the smaller tail."""
    return 2 * np.minimum(p, 1 - p)


def check(component: Component, data: ComponentData, draws: Mapping[str, np.ndarray], rng: np.random.Generator,
          *, replicates: int = REPLICATES, progress: Callable[[int, int], None] = lambda *_: None) -> list[Checked]:
    """Check one component.

    Parameters
    ----------
    draws : mapping of str to (draw, ...) array
        Named parameters; fixed ones may lack the axis.
    """
    chosen = families(component, data)
    size = max(len(values) for values in draws.values() if np.ndim(values))
    found: list[list[np.ndarray]] = []
    for number, at in enumerate(np.linspace(0, size - 1, replicates).astype(int)):
        truth = {name: values[at] if np.ndim(values) else values for name, values in draws.items()}
        replicated = component.simulate(data, truth, rng)
        found.append([family.of(replicated.array) for family in chosen])
        if number % 50 == 49:
            progress(number + 1, replicates)
    return [judge(component.name, family, data, np.array([one[place] for one in found], float))
            for place, family in enumerate(chosen)]


def judge(component: str, family: Family, data: ComponentData, replicated: np.ndarray) -> Checked:
    """P-values of one family from its replicates (replicate, statistic)."""
    observed = np.asarray(family.of(data.array), float)
    p = (replicated > observed).mean(axis=0) + (replicated == observed).mean(axis=0) / 2
    every = np.vstack([observed, replicated])
    each = 1 - (rankdata(every, axis=0) - 0.5) / len(every)
    return Checked(component=component, family=family, labels=tuple(family.labels(data)), observed=observed,
                   replicated=replicated, p=p, p_family=_together(every, each),
                   outside_expected=float((two_sided(each[1:]) < LEVEL).sum(axis=1).mean()))


def _together(every: np.ndarray, p: np.ndarray) -> float:
    """Share of records (the first is the real one) that are as unusual as the first, from statistics and their p-values."""
    spread = every.std(axis=0)
    distance = np.abs(every - every.mean(axis=0)) / np.where(spread > 0, spread, 1)
    many = -np.log(np.clip(two_sided(p), 1 / len(p), 1)).sum(axis=1)
    rarest = np.minimum(_tail(many), _tail(distance.max(axis=1)))
    return float((rarest <= rarest[0]).mean())


def _tail(values: np.ndarray) -> np.ndarray:
    """Share of values that are at least as large as each."""
    return 1 - (rankdata(np.round(values, 9), method="min") - 1) / len(values)
