"""Findings of the prior predictive check in sentences: what was found, why it is wrong, what drives it, what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.table import Table
from rich.text import Text

from forecast.components.registry import COMPONENT
from forecast.components.statistics import Bound, Statistic
from forecast.console import console
from forecast.evaluation.prior_check import CONFLICT, Driver, PriorCheck, PriorFinding
from forecast.panel import Panel
from forecast.report.files import write_table
from forecast.report.prior_figures import CheckContent, draw_check
from forecast.report.prior_meaning import formula
from forecast.report.style import write_figure
from forecast.report.words import number

NEGLIGIBLE = 0.3
"""A rank correlation below this names nobody."""
HUGE = 1e7
"""Numbers from here on are written as powers of ten."""


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A finding that is shown: that of the worst component, and the names of others of the section that share it."""

    finding: PriorFinding
    also: tuple[str, ...]


def warned(checks: Iterable[PriorCheck]) -> list[Warned]:
    """Findings that are not fine, one per statistic and kind, absurd ones first."""
    group: dict[tuple[str, str], list[PriorFinding]] = {}
    for check in checks:
        for one in check.findings:
            if one.kind != "fine":
                group.setdefault((one.kind, one.statistic.name), []).append(one)
    worst = {key: max(found, key=lambda one: one.badness) for key, found in group.items()}
    shown = [Warned(finding=one, also=tuple(other.component for other in group[key] if other is not one))
             for key, one in worst.items()]
    return sorted(shown, key=lambda one: one.finding.kind)


def warning_sentences(one: Warned) -> dict[str, str]:
    """Found, why, driver and remedy of one warning."""
    finding = one.finding
    where = finding.component + (f" (also {', '.join(one.also)})" if one.also else "")
    if finding.kind == "absurd" and finding.bound:
        found, why, remedy = absurd(finding, finding.bound), finding.bound.reason, _first(finding) + finding.bound.remedy
    else:
        found, why, remedy = conflict(finding), _WHY, _REMEDY
    return {"found": f"{where}: {found}", "why": why, "driver": driver(finding), "remedy": remedy}


_WHY = ("The record is one that this prior hardly produces: prior, model or record may be what is wrong, and the posterior will "
        "be a compromise between two that disagree.")
_REMEDY = ("Look at the reason of that prior. Widen it if the surprise is honest; do not centre it on the record, which would "
           "use the record twice.")


def _first(finding: PriorFinding) -> str:
    """What to try first: the prior that was named, where its default helps."""
    one = finding.driver
    if one is None or one.default is None:
        return ""
    return f"Bring {COMPONENT[finding.component].section}.{one.parameter} closer to its default. In general: "


def absurd(finding: PriorFinding, bound: Bound) -> str:
    """What share of draws is beyond the bound."""
    limits = (("below", bound.low), ("above", bound.high))
    sides = [f"{word} {statistic_text(finding, limit)}" for word, limit in limits if np.isfinite(limit)]
    share, error, allowed = map(percent_of_three_digits, (finding.beyond, finding.error, bound.allowed))
    return (f"{finding.statistic.title} is {' or '.join(sides)} in {share} of {len(finding.values)} draws "
            f"(Monte Carlo error {error}; allowed: {allowed}). {spread(finding)}")


def conflict(finding: PriorFinding) -> str:
    """Where the record lies."""
    side = "below" if finding.percentile < CONFLICT else "above"
    share = 1 - finding.percentile if side == "below" else finding.percentile
    much = "all" if share == 1 else percent_of_three_digits(share)
    return (f"{finding.statistic.title} is {statistic_text(finding, finding.observed)} in the record, {side} {much} of "
            f"{len(finding.values)} draws. {spread(finding)}")


def spread(finding: PriorFinding) -> str:
    """Where most draws lie."""
    low, middle, high = (statistic_text(finding, value) for value in finding.quantile)
    return f"Median {middle}; 90 % of draws from {low} to {high}."


def driver(finding: PriorFinding) -> str:
    """Which prior is behind it, and how that is known."""
    one = finding.driver
    if one is None:
        return "no single prior stands out."
    name = f"{COMPONENT[finding.component].section}.{one.parameter} ({formula(one.prior)})"
    instead = f"with the default ({formula(one.default)}) in its place {_left(finding, one)}" if one.default else ""
    if np.isnan(one.correlation):
        return f"{name}; {instead}."
    goes = f"draws go with it (rank correlation {number(one.correlation, 2)})"
    if one.default:
        return f"several together, above all {name}: {goes}; {instead}."
    return f"{name}: {goes}." if abs(one.correlation) >= NEGLIGIBLE else "no single prior stands out."


def _left(finding: PriorFinding, one: Driver) -> str:
    if finding.kind == "absurd":
        return f"it is {percent_of_three_digits(one.badness)}"
    return f"the record lies within the middle {percent_of_three_digits(one.badness)} of draws"


def statistic_text(finding: PriorFinding, value: float) -> str:
    """A value of the statistic of a finding."""
    return shown_of(finding.statistic, value)


def shown_of(statistic: Statistic, value: float) -> str:
    """A value of a statistic with the digits that it deserves."""
    if np.isnan(value):
        return "none"
    if statistic.percent:
        return percent_of_three_digits(value)
    if abs(value) >= HUGE:
        return f"{value:.0e}"
    return number(value, 0 if abs(value) >= 10 or value == round(value) else 2)


def percent_of_three_digits(share: float) -> str:
    """A share as a percentage of three digits at most."""
    value = 100 * share
    digits = 0 if value in (0, 100) or 10 <= value <= 99 else 1
    return f"{number(value, digits)}\N{NO-BREAK SPACE}%"


# What ``forecast priors check`` prints: a table of statistics, then one paragraph per warning.

_COLOUR = {"absurd": "bold red", "conflict": "yellow", "fine": "green"}


def print_check(name: str, checks: Sequence[PriorCheck], warnings: Sequence[Warned]) -> None:
    """Print everything that was found.

    Parameters
    ----------
    name : str
        Of the prior set.
    """
    screen = console()
    table = Table(title=f"Prior set {name}: what it says before it sees the record", box=None, padding=(0, 1, 0, 0))
    for heading in ("component", "statistic", "5 %", "median", "95 %", "record", "below", "absurd", "verdict"):
        table.add_column(heading, justify="left" if heading in ("component", "statistic", "verdict") else "right", no_wrap=True)
    for check in checks:
        for place, one in enumerate(check.findings):
            table.add_row("" if place else _short(check.component), *_row(one))
    screen.print(table)
    screen.print("below: share of draws below the record, %; absurd: share of draws beyond the bound.", style="dim",
                  soft_wrap=True)
    for warned in warnings:
        for title, text in warning_sentences(warned).items():
            head = (_coloured(warned.finding), ": ") if title == "found" else (f"  {title}: ",)
            screen.print(Text.assemble(*head, text), soft_wrap=True)
    screen.print(prior_verdict(warnings), soft_wrap=True)


def _short(name: str) -> str:
    """A component in a narrow column: ``freq. drift``."""
    component = COMPONENT[name]
    return f"{component.section[:4]}. {component.variant}" if component.variant else name


def prior_verdict(warnings: Sequence[Warned]) -> str:
    """The one line to remember."""
    absurd = sum(one.finding.kind == "absurd" for one in warnings)
    conflict = len(warnings) - absurd
    if not warnings:
        return "No warning: the priors allow the record, and hardly anything that cannot be."
    return f"{_many(absurd, 'statistic')} absurd, {_many(conflict, 'conflict')} with the record."


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _coloured(one: PriorFinding) -> Text:
    return Text(one.kind, _COLOUR[one.kind])


def _row(one: PriorFinding) -> tuple[str | Text, ...]:
    low, middle, high = (statistic_text(one, value) for value in one.quantile)
    known = not np.isnan(one.observed)
    return (one.statistic.name.replace("_", " "), low, middle, high, statistic_text(one, one.observed) if known else "",
            f"{100 * one.percentile:.1f}" if known else "", percent_of_three_digits(one.beyond) if one.bound else "",
            _coloured(one))


# The prior predictive check as files.

def write_check(name: str, panel: Panel, checks: Mapping[str, PriorCheck], warnings: Sequence[Warned], folder: Path) -> None:
    """Write ``prior_check.csv``, ``warnings.csv`` and the figure ``prior_check``.

    Parameters
    ----------
    name : str
        Of the prior set.
    folder : Path
        An empty one.
    """
    write_table(statistics(checks), folder / "prior_check.csv")
    write_table(warning_table(warnings), folder / "warnings.csv")
    write_figure(partial(draw_check, CheckContent(name=name, panel=panel, checks=checks)), folder, "prior_check")


def warning_table(warnings: Sequence[Warned]) -> pd.DataFrame:
    """One row per warning, as in ``warnings.csv``."""
    columns = ["kind", "component", "statistic", "found", "why", "driver", "remedy"]
    rows = [{"kind": one.finding.kind, "component": one.finding.component, "statistic": one.finding.statistic.name,
             **warning_sentences(one)} for one in warnings]
    return pd.DataFrame(rows, columns=columns)


def statistics(checks: Mapping[str, PriorCheck]) -> pd.DataFrame:
    """One row per component and statistic: quantiles of the prior, the record, its place, the bound and the share beyond."""
    return pd.DataFrame([_statistic_row(one) for check in checks.values() for one in check.findings])


def _statistic_row(one: PriorFinding) -> dict[str, object]:
    low, middle, high = one.quantile
    bound = one.bound
    return {"component": one.component, "statistic": one.statistic.name, "title": one.statistic.title, "draws": len(one.values),
            "q05": low, "q50": middle, "q95": high, "record": one.observed, "percentile": one.percentile,
            "low": bound.low if bound else None, "high": bound.high if bound else None,
            "allowed": bound.allowed if bound else None, "beyond": one.beyond if bound else None,
            "beyond_error": one.error if bound else None, "verdict": one.kind}
