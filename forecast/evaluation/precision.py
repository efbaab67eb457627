r"""When are there enough paths?

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

from forecast.evaluation.montecarlo import BATCHES

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
        return self.of_draws > MARGIN * asked

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
