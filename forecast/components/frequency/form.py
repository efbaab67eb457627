r"""The formulations that the pool is made of, and what tells them apart.

All share the predictor of :mod:`forecast.components.frequency.model`; they differ in how levels go from term to term, in
whether there is a drift, in what a past term counts, and in what is counted:

=================== ============================= ======================== ========================  ===========
name                levels over terms             drift                    weight of a term          counts
=================== ============================= ======================== ========================  ===========
frequency_drift     stationary AR(1)              goes on                  1                         contacts
frequency_walk      random walk, common, by rank  none                     1                         contacts
frequency_discount  independent                   none                     :math:`d^{terms\ ago}`    contacts
frequency_occasion  stationary AR(1)              goes on                  1                         occasions
frequency_damped    stationary AR(1)              damped after the record  1                         contacts
frequency_recording stationary AR(1)              of contacts, goes on     1                         contacts
=================== ============================= ======================== ========================  ===========

Occasions come with companions (:mod:`forecast.components.frequency.marks`). How a drift is damped stands in
:mod:`forecast.components.frequency.trend`, and how growth of recording is told from it, with who reports which contact, in
:mod:`forecast.components.frequency.recording`.

No one of them is believed: they are what sensible forecasters would do with this record, and the pool weighs them by how
they forecast past terms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.components.administration import NEEDS
from forecast.components.effects import ar1_matrix, walk_matrix
from forecast.components.priors import Prior

UNIT = {
    "normal": Prior(distribution="normal", mu=0, sigma=1, reason="In the place of a parameter that a form does not have."),
    "half_normal": Prior(distribution="half_normal", sigma=1, reason="In the place of a scale that a form does not have."),
}


@dataclass(frozen=True, kw_only=True)
class Form:
    """One formulation of the frequency component.

    Parameters
    ----------
    name : str
        As in the registry.
    levels : str
        How term levels continue: ``ar1``, ``walk`` or ``free``.
    drift : bool
        Whether rates grow with time.
    discount : bool
        Whether earlier terms count less.
    occasions : bool
        Whether occasions are counted, and contacts are their marks.
    damped : bool
        Whether the drift is damped beyond the end of the record.
    recording : bool
        Whether the growth of recording is told from that of contacts.
    """

    name: str
    levels: Literal["ar1", "walk", "free"]
    drift: bool = False
    discount: bool = False
    occasions: bool = False
    damped: bool = False
    recording: bool = False

    @property
    def level_scale(self) -> str:
        """Prior of the scale of the levels that all ranks share."""
        return "walk_scale" if self.levels == "walk" else "term_scale"

    @property
    def rank_scale(self) -> str:
        """Prior of the scale of the levels of single ranks."""
        return "walk_rank_scale" if self.levels == "walk" else "term_rank_scale"

    @property
    def scales(self) -> tuple[str, ...]:
        """Parameters with positive support, in the order of the sampler's vector."""
        return ("type_scale", "president_scale", self.level_scale, self.rank_scale, "phase_scale", "overdispersion",
                "season_scale", "mark_scale", "mark_overdispersion", "administration_rank_scale",
                *(("recording_rank_scale", "recording_visibility_scale") if self.recording else ()))

    @property
    def absent(self) -> frozenset[str]:
        """Parameters of other forms, which keep their place in the sampler so that one compiled model serves all forms."""
        drift = () if self.drift else ("drift", "drift_lower")
        return frozenset((*drift, *(() if self.occasions else ("mark_base", "mark_scale", "mark_overdispersion"))))

    @property
    def needs(self) -> dict[str, str]:
        """Parameter -> support of its prior."""
        real = ("base", "covid", "drift", "drift_lower", "mark_base",
                *(("recording_base", "recording_age") if self.recording else ()))
        fixed = (*(("term_persistence",) if self.levels == "ar1" else ()), *(("discount",) if self.discount else ()))
        every = ({"type_centre": "by_type", "administration_effects": "administrations"} | dict.fromkeys(real, "real")
                 | dict.fromkeys(self.scales, "positive") | dict.fromkeys(fixed, "persistence")
                 | {"state_persistence": "unit", "state_loading": "positive"} | NEEDS
                 | dict.fromkeys(("trend_damping",) if self.damped else (), "unit")
                 | {"administration_rank_scale": "deviation"})
        return {name: support for name, support in every.items() if name not in self.absent}

    def complete(self, priors: Mapping[str, Prior]) -> dict[str, Prior]:
        """The priors of this form, and unit ones in the place of absent parameters."""
        return {name: UNIT["normal" if name in ("drift", "drift_lower", "mark_base") else "half_normal"]
                for name in self.absent} | dict(priors)

    def basis(self, terms: int, priors: Mapping[str, Prior]) -> np.ndarray:
        """Map from noise to levels, shape (term, noise = term); a walk, zero at the latest term, leaves one noise unused."""
        if self.levels == "ar1":
            return ar1_matrix(terms, priors["term_persistence"].value)
        return np.column_stack([walk_matrix(terms), np.zeros(terms)]) if self.levels == "walk" else np.eye(terms)

    def weight(self, used: np.ndarray, priors: Mapping[str, Prior]) -> np.ndarray:
        """How much each term counts, shape (term,).

        Parameters
        ----------
        used : (term,) array
            1 where the term is data, 0 where it is held out.
        """
        if not self.discount:
            return used.astype(float)
        ago = np.flatnonzero(used).max() - np.arange(len(used))
        return np.where(used > 0, priors["discount"].value ** np.maximum(ago, 0.0), 0.0)


DRIFT = Form(name="frequency_drift", levels="ar1", drift=True)
WALK = Form(name="frequency_walk", levels="walk")
DISCOUNT = Form(name="frequency_discount", levels="free", discount=True)
OCCASION = Form(name="frequency_occasion", levels="ar1", drift=True, occasions=True)
DAMPED = Form(name="frequency_damped", levels="ar1", drift=True, damped=True)
RECORDING = Form(name="frequency_recording", levels="ar1", drift=True, recording=True)
FORMS = (DRIFT, WALK, DISCOUNT, OCCASION, DAMPED, RECORDING)
