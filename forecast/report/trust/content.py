"""What the report of the checks is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forecast.evaluation.trust import Trust
from forecast.panel import Panel
from forecast.report import words
from forecast.report.style import BLACK, BLUE, VERMILION, Mark

EXPECTED = Mark(colour=BLUE, linestyle="-", marker="", hatch="")
WITHIN, BEYOND = BLACK, VERMILION  # what is as expected, and what is not


@dataclass(frozen=True, kw_only=True)
class TrustContent:
    """Everything that is shown; has what :func:`forecast.report.canvas.sheet` asks for.

    Parameters
    ----------
    panel : Panel
        The record.
    trust : mapping of str to Trust
        By component.
    failed : tuple of str
        Always empty: what failed is the subject of the report, not a warning on it.
    manifest : mapping
        What went in.
    """

    panel: Panel
    trust: Mapping[str, Trust]
    manifest: Mapping[str, Any]
    failed: tuple[str, ...] = ()

    @property
    def partner(self) -> str:
        """Name of the partner state."""
        return self.panel.partner[0]


def component_name(name: str) -> str:
    """A component in words: ``Frequency (drift)``."""
    section, _, variant = name.partition("_")
    return f"{words.plain(section)} ({variant})" if variant else words.plain(section)


def label(text: str) -> str:
    """A code inside a label without underscores."""
    return text.replace("_", " ")
