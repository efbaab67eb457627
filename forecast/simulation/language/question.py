"""A dated question that coded contacts will answer."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from forecast.config import Strict
from forecast.contacts import codes
from forecast.simulation.language.words import Text, Window, Word


def _one_or_more(value: object) -> object:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("at least one code")
    return value


def _codes(labels: tuple[str, ...]) -> object:
    return Annotated[tuple[Literal[labels], ...] | None, BeforeValidator(_one_or_more)]


class Condition(Strict):
    """Which contacts count: those for which every key that is given holds; of a list, any one."""

    rank: _codes(codes.RANK.labels) = None
    direction: _codes(codes.DIRECTION.labels) = None
    format: _codes(codes.FORMAT.labels) = None
    topic: _codes(codes.TOPIC.labels) = None
    mechanism: Literal["none", "standing"] | None = None
    outcome: Annotated[int | None, Field(ge=0, le=3, strict=True)] = None


class Question(Strict):
    """Whether at least, or at most, so many contacts of a kind fall into a window of months (both ends included).

    With ``dyad``, it is asked of that dyad alone.
    """

    id: Word
    dyad: Word | None = None
    text: Text
    background: Text
    contacts: Condition
    window: Window
    at_least: Annotated[int | None, Field(ge=1, strict=True)] = None
    at_most: Annotated[int | None, Field(ge=0, strict=True)] = None
    resolution: Text

    @model_validator(mode="after")
    def _one_bound(self) -> "Question":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("one of the keys at_least and at_most")
        return self
