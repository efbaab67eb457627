r"""The pool of formulations: a draw follows one of them, with the weights of the pool.

.. math:: p(n) = \sum_v w_v\, p_v(n), \qquad \textstyle\sum_v w_v = 1,

a linear pool (Stone 1961, doi 10.1214/aoms/1177704873). Which formulation a draw follows (variable ``form``) is uncertain as
its parameters are: all paths of the draw and all scenarios share it.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import xarray as xr

from forecast.components.frequency import FORMS, Frequency
from forecast.components.projection import Future, Shocks, Take


class FrequencyPool:
    """Several formulations of contact frequency as one component; it projects and is not fitted itself."""

    name = "frequency"

    def __init__(self) -> None:
        self.members = tuple(Frequency(form) for form in FORMS)

    def fitted(self, posterior: xr.Dataset) -> dict[int, Frequency]:
        """Members that the posterior has by their numbers: a record may not allow some."""
        return {number: member for number, member in enumerate(self.members) if f"{member.name}/type_effect" in posterior}

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Fields of each path from the formulation that it follows; variables of a member are ``{member}/{name}``."""
        chosen, drawn = take("form"), cache(shocks)  # formulations share their shocks
        found: dict[str, np.ndarray] = {}
        for number, member in enumerate(self.members):
            row = np.flatnonzero(chosen == number)
            fields = member.project(_of(member.name, take, row), coord, future, _at(drawn, row)) if row.size else {}
            for key, values in fields.items():
                found.setdefault(key, np.empty((len(chosen), *values.shape[1:])))[row] = values
        return found

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each type to their mean under each formulation, ``rate_ratio`` (draw, form, type)."""
        effect = [posterior[f"{member.name}/type_effect"] for member in self.fitted(posterior).values()]
        return xr.Dataset({"rate_ratio": np.exp(xr.concat(effect, "form").transpose("draw", "form", "type"))})


def _of(member: str, take: Take, row: np.ndarray) -> Take:
    return lambda name: take(f"{member}/{name}")[row]


def _at(shocks: Shocks, row: np.ndarray) -> Shocks:
    return lambda name, *shape: shocks(name, *shape)[row]
