r"""Every value that an observation could have taken, one after the other.

The pointwise log likelihood of data in which all observations of a quantity are set to :math:`k` is
:math:`\log p(y_i = k \mid \theta)` for every :math:`i`; for :math:`k = 0, 1, \dots` these make up the whole predictive
distribution, without simulation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.components.protocol import Component, ComponentData
from forecast.posterior.trust.loo import Loo
from forecast.posterior.trust.pit import predictive
from forecast.posterior.trust.pointwise import pointwise

Draws = Mapping[str, np.ndarray]
EVERY = 3
"""Of the draws that are used here: a probability needs fewer than the tail of weights does."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """A discrete quantity: its array, and the largest value that needs to be tried is the largest one observed."""

    quantity: str
    array: str


LADDER: Mapping[str, tuple[Ladder, ...]] = {
    "frequency": (Ladder(quantity="count", array="count"),),
    "effectiveness": (Ladder(quantity="mechanism_member", array="mechanism_member"),
                      Ladder(quantity="outcome_code", array="outcome_code")),
    "media": (Ladder(quantity="pages", array="pages"), Ladder(quantity="page_tone", array="page_tone")),
}
"""By section. Agendas and capture histories are sets of lists, not numbers, and have no order to climb."""


def below_and_at(component: Component, data: ComponentData, draws: Draws, ladder: Ladder,
                 loo: Loo) -> tuple[np.ndarray, np.ndarray]:
    """Leave-one-out probability of less than what was observed and of exactly that, each (observation,)."""
    observed = data.array[ladder.array].ravel()
    below, at = np.zeros(len(observed)), np.zeros(len(observed))
    weight = loo.log_weight[:, ::EVERY] - np.logaddexp.reduce(loo.log_weight[:, ::EVERY], axis=1, keepdims=True)
    some = {name: values[::EVERY] if np.ndim(values) else values for name, values in draws.items()}
    for value, density in _climb(component, data, some, ladder):
        chance = predictive(weight, density)
        below += np.where(observed > value, chance, 0.0)
        at += np.where(observed == value, chance, 0.0)
    return below, at


def _climb(component: Component, data: ComponentData, draws: Draws, ladder: Ladder) -> Iterator[tuple[int, np.ndarray]]:
    array = data.array[ladder.array]
    for value in range(int(array.max()) + 1):
        filled = replace(data, array={**data.array, ladder.array: np.full_like(array, value)})
        yield value, pointwise(component, filled, draws)[ladder.quantity]
