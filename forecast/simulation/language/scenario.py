"""What a scenario file may say: frozen models of its keys."""

from collections.abc import Mapping
from math import isclose
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from forecast.config import Day, Strict
from forecast.simulation.language.effect import Adjustment
from forecast.simulation.language.event import Event
from forecast.simulation.language.official import Official
from forecast.simulation.language.question import Question
from forecast.simulation.language.words import Month, Text, Word, is_word


def _outcome(value: Any) -> Any:
    names = [value] if isinstance(value, str) else list(value) if isinstance(value, Mapping) else []
    if not names or not all(isinstance(name, str) and is_word(name) for name in names):
        raise ValueError("who wins, or a probability for each outcome: {NAME: 0.5, OTHER: 0.5}")
    if isinstance(value, str):
        return value
    given = list(value.values())
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1 for one in given):
        raise ValueError("probabilities from 0 to 1")
    if not isclose(sum(given), 1.0, abs_tol=1e-9):
        raise ValueError(f"probabilities that add up to 1, not to {sum(given):g}")
    return {key: float(one) for key, one in value.items()}


Outcome = Annotated[str | dict[str, float], BeforeValidator(_outcome), WithJsonSchema({"oneOf": [
    {"type": "string"}, {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}]})]


class Horizon(Strict):
    """First and last month of the forecast, both included."""

    start: Month
    end: Month


class Scenario(Strict):
    """One future to simulate: an election outcome and what is assumed besides.

    ``dyad`` is given where the assumptions are made for one partner; a scenario without it holds for any. ``outcome`` is who
    wins, or probabilities of who does.
    """

    name: Word
    title: Text
    description: Text
    extends: str | None = None
    dyad: Word | None = None
    as_of: Day
    election: Word
    outcome: Outcome
    horizon: Horizon
    adjustments: Adjustment = Adjustment()
    cabinet: tuple[Official, ...] = ()
    events: tuple[Event, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def chances(self) -> dict[str, float]:
        """Probability of every outcome that is not excluded."""
        given = {self.outcome: 1.0} if isinstance(self.outcome, str) else self.outcome
        return {name: chance for name, chance in given.items() if chance > 0}
