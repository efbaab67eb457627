"""At the engine's border: parameters have the right shapes and hold numbers."""

from typing import TYPE_CHECKING

import numpy as np

from forecast.contacts import codes
from forecast.errors import ForecastError
from forecast.simulation.exposure import YEARS_OF_TERM

if TYPE_CHECKING:
    from forecast.components.projection import PathParameters

RANK, TOPIC, SIDE = len(codes.RANK.labels), len(codes.TOPIC.labels), len(codes.SIDE.labels)
DIRECTION, FORMAT = len(codes.DIRECTION.labels), len(codes.FORMAT.labels)
CUT, TONE_CUT = len(codes.OUTCOME.labels) - 1, len(codes.TONE.labels) - 1
SHAPE: dict[str, tuple[int, ...]] = {
    "log_rate": (RANK, YEARS_OF_TERM), "season": (12,), "dispersion": (RANK, YEARS_OF_TERM), "recorded_share": (RANK,),
    "state_persistence": (), "state_loading": (), "direction_logit": (RANK, DIRECTION),
    "format_share": (DIRECTION, FORMAT), "topic_logit": (RANK, TOPIC), "breadth_sd": (), "mechanism_logit": (RANK,),
    "outcome_location": (RANK,), "outcome_breadth": (), "outcome_cut": (2, CUT),
    "pages_log_mean": (SIDE, RANK), "pages_outcome": (SIDE,), "pages_dispersion": (SIDE,), "known_elsewhere": (),
    "tone_location": (SIDE, RANK), "tone_outcome": (SIDE,), "tone_cut": (SIDE, TONE_CUT),
}
POSITIVE = ("dispersion", "pages_dispersion")
ORDERED = ("outcome_cut", "tone_cut")


def check_parameters(given: "PathParameters", paths: int) -> None:
    """Stop on parameters that would be simulated without complaint but wrongly.

    Parameters
    ----------
    given : PathParameters
        Parameters of one chunk.
    paths : int
        Paths of the chunk.

    Raises
    ------
    ForecastError
        Naming the array, what was expected and what was found.
    """
    for name, trailing in SHAPE.items():
        value = getattr(given, name)
        if value.shape != (paths, *trailing):
            raise _error(name, f"shape {(paths, *trailing)}", f"{value.shape}")
        if np.isnan(value).any() or (name not in POSITIVE and np.isinf(value).any()):
            raise _error(name, "finite numbers", "NaN or infinity")
    for name in POSITIVE:
        if (getattr(given, name) <= 0).any():
            raise _error(name, "positive numbers", "zero or less")
    for name in ORDERED:
        if (np.diff(getattr(given, name)) < 0).any():
            raise _error(name, "increasing cutpoints", "a decreasing pair")
    _check_chances(given)


def _check_chances(given: "PathParameters") -> None:
    if (given.recorded_share <= 0).any() or (given.recorded_share > 1).any():
        raise _error("recorded_share", "shares inside (0, 1]", "one outside")
    if (given.known_elsewhere <= 0).any() or (given.known_elsewhere > 1).any():
        raise _error("known_elsewhere", "probabilities inside (0, 1]", "one outside")
    if (given.format_share < 0).any() or (np.abs(given.format_share.sum(axis=-1) - 1) > 1e-9).any():
        raise _error("format_share", "shares that add up to 1", "others")
    if (np.abs(given.state_persistence) >= 1).any():
        raise _error("state_persistence", "numbers inside (-1, 1)", "one outside")


def _error(name: str, expected: str, found: str) -> ForecastError:
    return ForecastError(f"Path parameters: {name}: expected {expected}, found {found}. "
                         "Correct the component that projects it.")
