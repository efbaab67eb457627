"""A section of a run's report: what the presidents on record who stand for the outcomes of the election did, counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forecast.evaluation.compare_administrations import Comparison, compare
from forecast.evaluation.governed import FEWEST, governed
from forecast.panel import Panel
from forecast.panel.elections import Winner, load_elections
from forecast.report.administrations_tables import columns, note, printed
from forecast.report.administrations_words import conclusions, told
from forecast.report.content import ReportContent

SHOWN = ("contacts", "us_rank")
"""Groups of the short table."""
MOST = 8
"""Differences beyond zero that are told one by one."""


@dataclass(frozen=True, kw_only=True)
class Did:
    """Names, headings, rows of the table, its note, sentences, and how many differences are left to the command."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    sentences: tuple[str, ...]


def administrations_section(content: ReportContent) -> Did | None:
    """What is told of the presidents whom the record knows; None where it knows fewer than two.

    The winner of an outcome stands for it where he has governed on record, else the last president of his type.
    """
    names = presidents(content)
    if len(names) < FEWEST:
        return None
    found = compare(content.panel, governed(content.panel, names), int(content.manifest["seed"]))
    states = {"partner": content.partner, "home": content.panel.home[0]}
    groups = {part.group: part for part in printed(found, states)}
    rows = tuple(row for group in SHOWN if group in groups for row in groups[group].rows)
    return Did(names=tuple(names), columns=tuple(columns(found)), rows=rows, note=note(found),
               sentences=tuple(_short(found, conclusions(found, states))))


def presidents(content: ReportContent) -> list[str]:
    """Presidents on record for the outcomes of the elections of the scenarios, each once."""
    asked = {one.get("election") for one in content.manifest["scenarios"]}
    winners = [winner for election in load_elections() if election.id in asked for winner in election.outcomes.values()]
    stand = (_on_record(content.panel, winner) for winner in winners)
    return list(dict.fromkeys(name for name in stand if name))


def _on_record(panel: Panel, winner: Winner) -> str | None:
    terms = panel.administration
    own = [term for term in terms if term.president == winner.president] or [term for term in terms if term.type == winner.type]
    return own[-1].president if own else None


def _short(found: Comparison, sentences: Sequence[str]) -> Iterator[str]:
    """The sentences without the less sure differences of each pair, which are counted instead."""
    left = {pair: max(0, len(told(found, *pair)) - MOST) for pair in found.pairs}
    seen = 0
    for sentence in sentences:
        single = "; difference " in sentence
        seen = seen + 1 if single else 0
        if not single or seen <= MOST:
            yield sentence
    if any(left.values()):
        yield (f"Of each pair the {MOST} surest differences are told; {sum(left.values())} more, the table and a chronology "
               "with every source are what forecast compare-administrations writes.")
