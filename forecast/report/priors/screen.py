"""What ``forecast priors check`` prints: a table of statistics, then one paragraph per warning."""

from collections.abc import Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from forecast.console import console
from forecast.evaluation.prior_predictive.check import PriorCheck
from forecast.evaluation.prior_predictive.finding import Finding
from forecast.report.priors.finding_words import Warned, percent, sentences, shown

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
            table.add_row("" if place else check.component.replace("frequency_", "freq. "), *_row(one))
    screen.print(table)
    screen.print("below: share of draws below the record, %; absurd: share of draws beyond the bound.", style="dim",
                  soft_wrap=True)
    for one in warnings:
        for title, text in sentences(one).items():
            head = (_coloured(one.finding), ": ") if title == "found" else (f"  {title}: ",)
            screen.print(Text.assemble(*head, text), soft_wrap=True)
    screen.print(verdict(warnings), soft_wrap=True)


def verdict(warnings: Sequence[Warned]) -> str:
    """The one line to remember."""
    absurd = sum(one.finding.kind == "absurd" for one in warnings)
    conflict = len(warnings) - absurd
    if not warnings:
        return "No warning: the priors allow the record, and hardly anything that cannot be."
    return f"{_many(absurd, 'statistic')} absurd, {_many(conflict, 'conflict')} with the record."


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _coloured(one: Finding) -> Text:
    return Text(one.kind, _COLOUR[one.kind])


def _row(one: Finding) -> tuple[str | Text, ...]:
    low, middle, high = (shown(one, value) for value in one.quantile)
    known = not np.isnan(one.observed)
    return (one.statistic.name.replace("_", " "), low, middle, high, shown(one, one.observed) if known else "",
            f"{100 * one.percentile:.1f}" if known else "", percent(one.beyond) if one.bound else "",
            _coloured(one))
