"""What one check found for one component, as a verdict and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["passed", "look", "failed", "not done"]
NAMED = 4  # things that a sentence names before it says how many more there are


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One cell of the table of verdicts.

    Parameters
    ----------
    area : str
        Which check.
    component : str
    verdict : str
        ``passed``; ``look``: not wrong, but to be known; ``failed``; ``not done``.
    text : str
        Whole sentences with the numbers.
    """

    area: str
    component: str
    verdict: Verdict
    text: str


def listed(names: Sequence[str]) -> str:
    """Some names in a row, and how many more there are."""
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
