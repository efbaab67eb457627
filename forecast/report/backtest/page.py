"""A backtest as one HTML file that needs no network, no script and no second file."""

import math
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecast.evaluation.scores.skill import beyond
from forecast.report.words import CHANNEL

LOSS = {"crps": "CRPS", "log_score": "log score", "brier": "Brier score", "ranked_probability": "ranked probability score",
        "energy": "energy score"}
READING = {
    "skill": "A point right of zero says that the forecaster lost less than the best baseline; where the bar, a 95 % interval "
             "from the spread between terms, crosses zero, the terms at hand cannot tell the two apart. The placebo was told "
             "that the other candidate won: where it does as well as the model, who won did not help to forecast.",
    "calibration": "Even bars: what happened is spread over the forecast as it should be. Bars that rise to the right: more "
                   "happened than was forecast; high ends: intervals were too narrow. Coverage below the line is too low. In the "
                   "last panel, where there is one, points on the line are probabilities that came true as often as they said.",
    "terms": "A black bar inside a coloured line is a term that its 80 % interval held.",
}
FIGURES = ("skill", "terms", "calibration")
HEADING = {"skill": "Skill", "calibration": "Calibration", "terms": "Forecast and what happened"}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a page says in words: title, what it is about, the verdict, and what must be known before it is cited."""

    title: str
    about: str
    headline: str
    caveats: Sequence[str]


def render(told: Told, skill: pd.DataFrame, coverage: pd.DataFrame, figures: Sequence[Path]) -> str:
    """HTML with the figures (SVG) inside."""
    environment = Environment(loader=PackageLoader("forecast.report"), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    first = next(name for name in ("measure", "terms_of") if name in coverage)
    cover = [[row[first], row["forecaster"], *(f"{100 * row[f'calibrated_{level}']:.0f}" for level in (50, 80, 90, 95))]
             for _, row in coverage.iterrows()]
    page = environment.get_template("backtest.html.j2").render(
        **vars(told), groups=list(_groups(skill)), coverage=cover, figures=[figure_of(path) for path in figures])
    return page.replace(" %", "\N{NO-BREAK SPACE}%")


def _groups(skill: pd.DataFrame) -> Iterator[list[dict[str, str]]]:
    keys = [name for name in ("terms_of", "measure", "loss_name") if name in skill]
    for _, part in skill.groupby(keys, sort=False):
        yield [_row(row) for row in part.to_dict("records")]


def _row(row: dict[str, object]) -> dict[str, str]:
    best = row["forecaster"] == row["baseline"]
    verdict = ("won" if row["skill"] > 0 else "lost") if beyond(row) else ""
    measure = CHANNEL.get(row["measure"], row["measure"])
    return {"measure": ", ".join([measure, *([row["terms_of"]] if "terms_of" in row else [])]),
            "loss": LOSS[row["loss_name"]], "forecaster": str(row["forecaster"]), "mean": f"{row['loss']:.4f}",
            "skill": "best baseline" if best else f"{100 * row['skill']:+.1f}", "verdict": "" if best else verdict,
            "interval": "" if best else between(row["low"], row["high"]), "p": "" if best else f"{row['p']:.3f}",
            "cells": f"{row['cells']:,}"}


def between(low: float | None, high: float | None) -> str:
    """An interval of skill in per cent; one term has none."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "one term: none"
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


def figure_of(path: Path) -> dict[str, str]:
    """A figure (SVG) with its heading, how to read it, and words for those who cannot see it."""
    data = b64encode(path.read_bytes()).decode("ascii")
    return {"heading": HEADING[path.stem], "reading": READING[path.stem], "source": f"data:image/svg+xml;base64,{data}",
            "alt": f"{HEADING[path.stem]}: the numbers stand in the tables below and in the CSV files beside this page."}
