"""What is varied must change something: keys that only describe, and values that nothing depends on, are refused."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import Fault, InputError
from forecast.evaluation.sweep.schema import OUTSIDE
from forecast.simulation.exposure import month_starts
from forecast.simulation.language import Scenario
from forecast.simulation.language.inherit import LISTS
from forecast.simulation.language.load import check_merged
from forecast.simulation.language.vary import reaches, with_values
from forecast.simulation.noise import Noise
from forecast.simulation.shift import draw_shock

if TYPE_CHECKING:
    from forecast.pipeline.sweep_plan import Plan

NAMES = {
    "name": "It names the scenario.", "title": "It names the scenario.", "description": "It describes the scenario.",
    "extends": "A file extends another before anything is varied: list both files under scenarios, or write two sweeps.",
    "dyad": "It says for whom the sizes are argued: run the sweep with the data of another dyad (--data).",
    "id": "It names the item, and its random numbers.", "reason": "It gives the reason.", "text": "It is the question's text.",
    "background": "It is the question's background.", "resolution": "It says how the question is resolved.",
}
"""Keys of a scenario, and of its events, officials and questions, that only name or describe."""
TRIED, PATHS = 8, 64
"""Points at which each assumption is moved by itself, and values that it takes there; futures on which it is looked at."""


def only_words(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of paths that name or describe."""
    for one in given.sweep.vary:
        steps = one.path.split(".")
        if steps[-1] in NAMES and len(steps) == (3 if steps[0] in LISTS else 1):
            yield _told(path, one.path, f"the key {steps[-1]}, which no number depends on", NAMES[steps[-1]])


def without_effect(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of paths between whose values nothing differs at any of some points."""
    inside = [(place, one.path) for place, one in enumerate(given.sweep.vary) if one.path not in OUTSIDE]
    for place, name in inside:
        if not _matters(given, place, inside):
            remedy = "Another value hides it (a named rank hides all), or its event never happens: vary that, or leave it out."
            yield _told(path, name, "no difference between its values, whatever the others are", remedy)


def _matters(given: "Plan", place: int, inside: list[tuple[int, str]]) -> bool:
    """Whether some two values of an assumption make different futures, the others as a point has them."""
    values = list({str(point[place]): point[place] for point in given.values}.values())
    values = values[::max(1, len(values) // TRIED)]
    step = max(1, len(given.values) // TRIED)
    for point in given.values[::step][:TRIED]:
        others = {name: point[at] for at, name in inside}
        try:
            seen = {_fingerprint(given, {**others, given.sweep.vary[place].path: value}) for value in values}
        except InputError:  # values that only make sense together
            return True
        if len(seen) > 1:
            return True
    return False


def _fingerprint(given: "Plan", values: Mapping[str, Any]) -> tuple[object, ...]:
    """All that decides the simulated futures of the scenarios with some values."""
    scenarios = [check_merged(with_values(one, {name: value for name, value in values.items() if reaches(one, name)}))
                 for one in given.merged]
    return tuple(_decides(one) for one in scenarios)


def _decides(scenario: Scenario) -> tuple[object, ...]:
    months = len(month_starts(scenario.horizon.start, scenario.horizon.end))
    shock = draw_shock(scenario, Noise(0), np.arange(PATHS), months)
    share = shock.share()
    shift = np.einsum("psm,pst->pmt", share, shock.size)
    asked = [(one.contacts.model_dump_json(), one.window, one.at_least, one.at_most) for one in scenario.questions]
    return shift.tobytes(), str(scenario.chances), scenario.election, scenario.horizon.model_dump_json(), str(asked)


def _told(path: Path, name: str, found: str, remedy: str) -> Fault:
    return Fault(source=str(path), where=f"key vary, path {name}", expected="an assumption that changes what is simulated",
                 found=found, remedy=remedy)
