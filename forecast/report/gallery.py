"""All figures of a report; a new figure is a new file and one line here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType

from matplotlib.figure import Figure

from forecast.report import (
    agenda,
    agenda_contrast,
    contrast,
    drift,
    effectiveness,
    goals,
    history,
    media,
    questions,
    ratio,
    relation,
    variance,
)
from forecast.report.content import ReportContent
from forecast.report.ratio_rows import ratio_rows


@dataclass(frozen=True, kw_only=True)
class Plate:
    """One figure: how it is drawn, what it says to those who cannot see it, how to read it, and from what."""

    name: str
    heading: str
    draw: Callable[[ReportContent], Figure]
    alt: Callable[[ReportContent], str]
    reading: str
    from_paths: bool


def _plate(module: ModuleType, heading: str) -> Plate:
    name = module.__name__.rpartition(".")[2]
    return Plate(name=name, heading=heading, draw=module.draw, alt=module.alt, reading=module.READING,
                 from_paths=module is relation)  # the others are drawn from tables and posterior draws


OF_TWO = ("contrast", "ratio", "variance")
"""Figures about a difference."""

PLATES = (
    _plate(relation, "The relation as a whole"),
    _plate(history, "Contacts by rank"),
    _plate(drift, "What rests on the drift"),
    _plate(contrast, "The difference between the scenarios"),
    _plate(ratio, "Prior and posterior of the ratio of the rates"),
    _plate(variance, "Where the uncertainty of the difference comes from"),
    _plate(agenda, "What is talked about"),
    _plate(agenda_contrast, "Topics by type of administration"),
    _plate(goals, "Revealed priorities of each side"),
    _plate(effectiveness, "What contacts achieve"),
    _plate(media, "How media reflect contacts"),
    _plate(questions, "Dated questions"),
)


def plates(content: ReportContent) -> tuple[Plate, ...]:
    """The figures that this content allows: a contrast needs two scenarios, answers need questions."""
    left_out = {*(OF_TWO if content.contrast.empty else ()), *(("questions",) if content.questions.empty else ()),
                *(("drift",) if content.administration.drift.empty else ()),
                *(("ratio",) if ratio_rows(content).empty else ())}
    return tuple(replace(plate, heading=contrast.heading(content)) if plate.name == "contrast" else plate
                 for plate in PLATES if plate.name not in left_out)
