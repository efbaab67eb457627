r"""Sources of uncertainty of a coming term, and posterior draws in which single ones are switched off.

===========  ===================================================  =====================================
source       what varies                                          switched off
===========  ===================================================  =====================================
type         effects of types and their scale, also by rank       at the posterior mean
president    effects of presidents and their scale, also by       at the posterior mean; a new president is
             rank, and those of a president not yet seen          what her predecessor makes expected
term         levels of the coming term, all and by rank           no departure from what is carried over
formulation  which formulation of a pool a draw follows           never: the members' draws differ with it
parameters   all else in the posterior, and sizes of events       at the (posterior) mean
state        relation state :math:`x`                             at its expectation, a factor of one
count        frailty and Poisson noise                            at their expectation
===========  ===================================================  =====================================

The share of the formulation is the variance of the means of formulations (:mod:`forecast.evaluation.variance`).
Effects of type and president are told by the last part of a variable's name, so that ``frequency_drift/type_effect`` of a pool
is one. Season, dispersion and relation state are taken not to depend on who governs.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecast.components.projection import Take
from forecast.posterior.posterior import Posterior

TYPE, PRESIDENT, TERM, FORMULATION, PARAMETERS, STATE, COUNT = SOURCES = (
    "type", "president", "term", "formulation", "parameters", "state", "count")
Sources = frozenset[str]
FORM = "form"
"""Variable of a pool that says which formulation a draw follows."""
_VARIABLE = {"type_effect": TYPE, "type_scale": TYPE, "type_rank_effect": TYPE, "president_effect": PRESIDENT,
             "president_rank_effect": PRESIDENT, "president_scale": PRESIDENT, "administration_scale": PRESIDENT,
             "administration_rank_scale": PRESIDENT, FORM: FORMULATION}
_STREAM = {"president": PRESIDENT}


def source_of_variable(name: str) -> str:
    """Source that a posterior variable belongs to."""
    return _VARIABLE.get(name.rpartition("/")[2], PARAMETERS)


def source_of_stream(name: str) -> str:
    """Source that a random stream of the coming term belongs to."""
    return _STREAM.get(name.rpartition("/")[2], TERM)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Posterior draws of one component for some paths, beside their means.

    Parameters
    ----------
    found : Posterior
        Of one formulation, or of a pool of them.
    row : (path,) array of int
        Draw of each path.
    """

    found: Posterior
    row: np.ndarray
    _kept: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, init=False)

    def take(self, on: Sources) -> Take:
        """Values by variable name, (path, ...), at the posterior mean for sources that are off; a path keeps its formulation."""
        return lambda name: self._both(name)[source_of_variable(name) not in {*on, FORMULATION}]

    @property
    def form(self) -> np.ndarray | None:
        """Number of the formulation that each path follows, (path,); None where there is one alone."""
        return self._both(FORM)[0] if FORM in self.found.chains else None

    @cached_property
    def _all(self) -> Take:
        """Values of all draws."""
        return self.found.taker().at(slice(0, draws_in(self.found)))

    def _both(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        if name not in self._kept:
            drawn = self._all(name)
            self._kept[name] = drawn[self.row], self._off(name, drawn)
        return self._kept[name]

    def _off(self, name: str, drawn: np.ndarray) -> np.ndarray:
        return np.broadcast_to(drawn.mean(axis=0), (len(self.row), *drawn.shape[1:]))


def draws_in(found: Posterior) -> int:
    """Draws of a posterior, all chains together."""
    return found.chains.sizes["draw"] * found.chains.sizes["chain"]
