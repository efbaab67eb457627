r"""Assumptions that are wrong on purpose and in one small way, to learn what a test of calibration can see.

A record is simulated from the model as it is and refitted under an assumption that a component might well get wrong: a
persistence of 0.5 where 0.7 is true, a term's phase a year late. A gross error (all scales doubled) is seen with few
replications; whether one of these is seen says how much a calibration that found nothing has shown. Which of them a component
has is for the component to say (:meth:`~forecast.components.protocol.Component.controls`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData

OFF = 0.2
"""By how much a persistence is assumed wrong: 0.5 for 0.7."""
LATE = 0.25
"""Share of a term's rows that are taken for the next term's: one of four years."""

Assume = Callable[[ComponentData, Mapping[str, Prior]], tuple[ComponentData, dict[str, Prior]]]


@dataclass(frozen=True, kw_only=True)
class Control:
    """One wrong assumption.

    Parameters
    ----------
    name : str
        One word, distinct within a component; names the kept replications.
    told : str
        What is assumed and what is true, for people to read.
    assume : callable
        Simulated data and true priors -> what the refit takes them for, in the same shapes.
    """

    name: str
    told: str
    assume: Assume


def other_persistence(parameter: str, priors: Mapping[str, Prior]) -> Control:
    """A fixed persistence assumed lower than it is by ``OFF``, or higher where it is lower than that."""
    true = priors[parameter].value
    assumed = round(true - OFF if true >= OFF else true + OFF, 6)

    def assume(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[ComponentData, dict[str, Prior]]:
        return data, {**priors, parameter: priors[parameter].model_copy(update={"value": assumed})}

    return Control(name="persistence", told=f"a persistence of {assumed:g} assumed where {true:g} is true", assume=assume)


def shifted_phase(array: str) -> Control:
    """Years of a term one ahead of the truth, its last year taken for the first; `array` is an axis of that name too."""
    def assume(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[ComponentData, dict[str, Prior]]:
        ahead = (data.array[array] + 1) % len(data.coord[array])
        return replace(data, array={**data.array, array: ahead}), dict(priors)

    return Control(name="phase", told="the years of a term shifted by one", assume=assume)


def shifted_terms(array: str = "term") -> Control:
    """Terms that begin too early: the last quarter of the rows of every term counts to the next one."""
    def assume(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[ComponentData, dict[str, Prior]]:
        return replace(data, array={**data.array, array: _too_early(data.array[array])}), dict(priors)

    return Control(name="terms", told="the last quarter of every term taken for the next term's", assume=assume)


def narrower(parameter: str, factor: float = 0.5) -> Control:
    """A scale whose prior is narrower than the one that the truth was drawn from."""
    def assume(data: ComponentData, priors: Mapping[str, Prior]) -> tuple[ComponentData, dict[str, Prior]]:
        prior = priors[parameter]
        return data, {**priors, parameter: prior.model_copy(update={"sigma": prior.sigma * factor})}

    return Control(name="narrow", told=f"{parameter.replace('_', ' ')} assumed {factor:g} times as wide as it is", assume=assume)


def _too_early(term: np.ndarray) -> np.ndarray:
    """Terms of rows, the last quarter of each (in the order of the rows) moved to the next; the latest one stays whole."""
    found = term.copy()
    for one in np.unique(term)[:-1]:
        rows = np.flatnonzero(term == one)
        found[rows[len(rows) - int(len(rows) * LATE):]] = one + 1
    return found
