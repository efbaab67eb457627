"""Keys that stand above panels: what looks how, with hatch and shape as well as colour."""

from collections.abc import Mapping

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from forecast.report.style import Mark


def shown(label: str) -> str:
    """A label that no legend leaves out: matplotlib hides those that begin with an underscore."""
    return f" {label}" if label.startswith("_") else label


def patches(marks: Mapping[str, Mark]) -> list[Patch]:
    """Key entries of filled marks (bars, boxes), one per label."""
    return [
        Patch(facecolor=mark.colour, edgecolor="white", hatch=mark.hatch, linewidth=0, label=shown(label))
        for label, mark in marks.items()
    ]


def points(marks: Mapping[str, Mark], size: float = 4.5) -> list[Line2D]:
    """Key entries of interval marks, one per label."""
    return [
        Line2D([], [], color=mark.colour, linewidth=1.2, marker=mark.marker, markersize=size,
               markeredgecolor="white", markeredgewidth=0.5, label=shown(label))
        for label, mark in marks.items()
    ]  # fmt: skip
