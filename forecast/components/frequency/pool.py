r"""The pool of formulations: a path follows one of them, drawn with the weights of the pool.

.. math:: p(n) = \sum_v w_v\, p_v(n), \qquad \textstyle\sum_v w_v = 1,

a linear pool (Stone 1961, doi 10.1214/aoms/1177704873). Which formulation a path follows is one more source of
uncertainty, with a random stream of its own (``frequency/form``) that all scenarios share.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.special import ndtr

from forecast.components.frequency import FORMS, Frequency
from forecast.components.projection import Future, Shocks, Take


class FrequencyPool:
    """Several formulations of contact frequency as one component; it projects and is not fitted itself."""

    name = "frequency"

    def __init__(self) -> None:
        self.members = tuple(Frequency(form) for form in FORMS)

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Fields of each path from the formulation that it follows; variables of a member are ``{member}/{name}``."""
        chosen = _chosen(take("weight"), shocks("frequency/form"))
        found: dict[str, np.ndarray] = {}
        for number, member in enumerate(self.members):
            fields = member.project(_of(member.name, take), coord, future, shocks)
            for key, values in fields.items():
                follow = (chosen == number).reshape(-1, *[1] * (values.ndim - 1))
                found[key] = np.where(follow, values, found.get(key, values))
        return found

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Rate ratio of each type to their mean under each formulation, ``rate_ratio`` (draw, form, type)."""
        effect = [posterior[f"{member.name}/type_effect"] for member in self.members]
        return xr.Dataset({"rate_ratio": np.exp(xr.concat(effect, "form").transpose("draw", "form", "type"))})


def _chosen(weight: np.ndarray, shock: np.ndarray) -> np.ndarray:
    """Number of the formulation of each path, from weights (path, form) and a standard normal (path,)."""
    edge = np.cumsum(weight, axis=1)[:, :-1]
    return (ndtr(shock)[:, None] > edge).sum(axis=1)


def _of(member: str, take: Take) -> Take:
    return lambda name: take(f"{member}/{name}")
