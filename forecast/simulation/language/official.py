"""An official whose habits differ from those of the office."""

from typing import Literal

from forecast.config import Strict
from forecast.contacts import codes
from forecast.simulation.language.size import Chance, LogRate
from forecast.simulation.language.words import Month, Text, Word


class Official(Strict):
    """A share of the contacts of a rank, and how much more of them this person makes than predecessors did.

    The rate of the rank is multiplied by 1 + share (exp(appetite) - 1), from ``start`` to ``end``, both included; where they
    are not given, over the whole horizon.
    """

    id: Word
    title: Text
    reason: Text
    rank: Literal[codes.RANK.labels]
    share: Chance
    appetite: LogRate
    start: Month | None = None
    end: Month | None = None
