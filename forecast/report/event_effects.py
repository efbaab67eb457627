"""What the record says of the months after events, in words: ``forecast data events``, and lines beside sizes of scenarios."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.table import Table

from forecast.console import console, say
from forecast.evaluation.event_effects import ALL, OUTCOME, RATE, TOPIC
from forecast.report.words import inside, plain
from forecast.simulation.scenario import Event, Scenario
from forecast.simulation.scenario.values import Distribution

LIMITS = (
    "After, other: contacts/months. Ratio: recorded contacts per month in the months after such events, over those of the other "
    "months of the same administration, with the season allowed for; of topics and outcomes a ratio of odds. Contacts that are "
    "such an event, or of its visit, are not counted. Placebos: the same ratio after dates drawn at random in the same "
    "administrations, 5 to 95 %. Seen: the smallest ratio above one that would have a p below .05 in four of five cases.",
    "Months after an event are no effect of it: what brought it about may have brought the contacts as well. All of this is "
    "about contacts on record.")
ODDS = ", odds"
SILENT = "record: silent"
LOG_SCALES = (RATE, TOPIC, OUTCOME)
_LISTED = {RATE: "us_rank", TOPIC: "agenda"}
"""Lists of the codebook that targets of a size are of."""


def effect_sentence(row: Mapping[str, object]) -> str:
    """What the record says, in one line: a ratio among placebos with its p, or that it is silent and why."""
    if row["silent"]:
        return f"{SILENT} ({row['silent']})"
    odds = "" if row["quantity"] == RATE else ODDS
    return (f"record: {_factor(row['ratio'])}{odds} (placebos {_factor(row['placebo_q05'])} to {_factor(row['placebo_q95'])}), "
            f"p {_p(row['p'])}, {row['event_months']} months with events")


def _factor(value: object) -> str:
    return f"×{value:.2g}" if isinstance(value, float) and value < 9.95 else f"×{value:.0f}"


def _p(value: object) -> str:
    return f"{value:.2f}".removeprefix("0") if isinstance(value, float) and value >= 0.095 else f"{value:.3f}".removeprefix("0")


# `forecast data events`.

def print_effects(table: pd.DataFrame, *, every_measure: bool) -> None:
    """Print a block for each kind: all contacts, or every measure, in each window.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`forecast.evaluation.event_effects.event_effects` gives it.
    every_measure : bool
        Ranks, topics and outcomes as well.
    """
    screen = console()
    for _, rows in table.groupby("kind", sort=False):
        head = rows.iloc[0]
        when = f", {head['first']} to {head['last']}" if head["events"] > 1 else f", {head['first']}" if head["events"] else ""
        many = f"{head['events']} {'event' if head['events'] == 1 else 'events'}"
        screen.print(f"{head['title']} ({head['kind']}): {many}{when}")
        shown = rows if every_measure else rows[(rows["quantity"] == RATE) & (rows["key"] == ALL)]
        told = shown[shown["silent"] == ""]
        if len(told):
            screen.print(_block(told))
        for row in shown[shown["silent"] != ""].to_dict("records"):
            screen.print(f"  {_measure(row)}, {row['months']} months: {effect_sentence(row)}")
        for row in told[(told["quantity"] == RATE) & (told["key"] == ALL)].to_dict("records"):
            mean, low, high = (_factor(row[name]) for name in ("pooled", "pooled_q05", "pooled_q95"))
            screen.print(f"  single events, {row['months']} months: mean {mean} ({low} to {high}), pooled "
                         f"{_factor(row['lowest_event'])} to {_factor(row['highest_event'])}")
        say()
    _print_limits(table)


def _block(rows: pd.DataFrame) -> Table:
    shown = Table(box=None, padding=(0, 1, 0, 0))
    for heading in ("contacts", "months", "after", "other", "ratio", "placebos", "p", "seen"):
        shown.add_column(heading, justify="left" if heading == "contacts" else "right", no_wrap=True)
    for row in rows.to_dict("records"):
        shown.add_row(_measure(row), str(row["months"]), f"{row['contacts_after']}/{row['months_after']}",
                      f"{row['contacts_other']}/{row['months_other']}", _factor(row["ratio"]),
                      f"{_factor(row['placebo_q05'])} to {_factor(row['placebo_q95'])}", _p(row["p"]), _factor(row["seen_from"]))
    return shown


def _measure(row: Mapping[str, object]) -> str:
    quantity, key = str(row["quantity"]), str(row["key"])
    if quantity == OUTCOME:
        return "agreements"
    return inside(key, "us_rank") if quantity == RATE else f"on {inside(key, 'agenda')}"


def _print_limits(table: pd.DataFrame) -> None:
    p = table["p"].dropna()
    screen = console()
    for sentence in LIMITS:
        screen.print(sentence)
    if len(p):
        screen.print(f"Of {len(p)} comparisons of kinds, windows, ranks, topics and outcomes, {(p < 0.05).sum()} have "
                     f"a p below .05; where events mean nothing, up to {0.05 * len(p):.0f} would, on average.")


# `forecast scenario explain`.

@dataclass(frozen=True, kw_only=True)
class Beside:
    """A size that a scenario assumes of an event, and what the record says."""

    event: str
    size: str
    assumed: str
    record: str

    @property
    def key(self) -> str:
        """Key path of the size in the scenario."""
        return f"events.{self.event}.effects.{self.size}"

    @property
    def words(self) -> str:
        """The size without codes: ``rate, vice president``; under the label of the dyad that is told of."""
        quantity, *targets = self.size.split(".")
        if targets[:1] == ["pole"]:
            return f"{inside(quantity)}, {' '.join(map(plain, targets[1:]))}"
        return ", ".join([inside(quantity), *(inside(one, _LISTED.get(quantity, "")) for one in targets)])


def beside(scenario: Scenario, table: pd.DataFrame, unknown: str = "") -> list[Beside]:
    """Every size of every event of a scenario with the line of the record.

    Parameters
    ----------
    scenario : Scenario
        Whose events say what they are like, or do not.
    table : pandas.DataFrame
        Rows of one window.
    unknown : str
        Why there is no record of the dyad at hand; empty where there is.
    """
    row = {(one["kind"], one["quantity"], one["key"]): one for one in table.to_dict("records")}
    return [Beside(event=event.id, size=key, assumed=_assumed(quantity, size),
                   record=_record(event, quantity, target, row, unknown))
            for event in scenario.events for key, quantity, target, size in _sizes(event)]


def _sizes(event: Event) -> Iterator[tuple[str, str, str, Distribution]]:
    for (quantity, target), size in event.effects.size().items():
        yield f"{quantity}.{target}" if target else quantity, quantity, target, size
    for pole, size in event.effects.pole.items():
        yield f"rate.pole.{pole}", "pole", pole, size


def _assumed(quantity: str, size: Distribution) -> str:
    """On the scale of the record where it has one: a factor, median and 5 to 95 %."""
    if quantity not in (*LOG_SCALES, "pole"):
        return str(size)
    low, middle, high = (float(one) for one in np.exp(size.quantile(np.array([0.05, 0.5, 0.95]))))
    odds = ODDS if quantity in (TOPIC, OUTCOME) else ""
    return f"{_factor(middle)}{odds}" + (f" ({_factor(low)} to {_factor(high)})" if low < high else "")


def _record(event: Event, quantity: str, target: str, row: Mapping[tuple[str, str, str], Mapping[str, object]],
            unknown: str) -> str:
    if event.like is None:
        return f"{SILENT} (the event names no kind that it is like)"
    if unknown:
        return f"{SILENT} ({unknown})"
    if quantity not in LOG_SCALES:
        return f"{SILENT} ({'meetings with poles are' if quantity == 'pole' else f'{quantity} is'} not compared)"
    found = row.get((event.like, quantity, target))
    return effect_sentence(found) if found else f"{SILENT} (the dyad has no events of the kind {event.like})"
