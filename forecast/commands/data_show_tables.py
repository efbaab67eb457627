"""The tables that `forecast data show` prints."""

from collections.abc import Iterable, Sequence

import pandas as pd
from rich.table import Table

from forecast.console import console
from forecast.contacts import codes
from forecast.panel.rows import OTHER
from forecast.panel.summary import ALL, Summary
from forecast.report import words

type Titled = tuple[str, Table]


def tables(summary: Summary, title: str, partner: str) -> None:
    """Print one compact table per question."""
    screen = console(width=120)
    screen.print(f"{title}, n = {summary.n_contact}\nRecorded is what public pages show, not all that took place.", style="bold")
    for heading, table in (_administration(summary), _topic(summary), _outcome(summary), _media(summary, partner)):
        screen.print(f"\n{heading}", style="italic", soft_wrap=True)  # a title of the table would be as narrow as it
        screen.print(table)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], words_first: int = 1) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place >= words_first else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _administration(summary: Summary) -> Titled:
    rows = summary.administration
    count = rows.pivot(index="administration", columns="rank", values="recorded_contacts")
    every = rows[rows["rank"] == ALL]
    lines = [[row.administration, *(str(count.loc[row.administration, rank]) for rank in (*codes.RANK, ALL)),
              f"{row.years_observed:.1f}", _number(row.recorded_contacts_per_year, 1)] for row in every.itertuples()]
    total, years = every["recorded_contacts"].sum(), every["years_observed"].sum()
    lines.append([ALL, *(str(count[rank].sum()) for rank in codes.RANK), str(total), f"{years:.1f}", _number(total / years, 1)])
    headings = ["administration", *(rank.replace("_", " ") for rank in codes.RANK), ALL, "years", "per year"]
    return "Recorded contacts by administration and US rank; years observed, recorded contacts per year", _table(headings, lines)


def _topic(summary: Summary) -> Titled:
    total = summary.topic.groupby("type", sort=False)["reported_agendas"].first()
    cells = summary.topic.set_index(["topic", "type"])
    rows = [[words.TOPIC[topic], *(_share(*cells.loc[(topic, kind), ["share", "naming_topic"]]) for kind in total.index)]
            for topic in codes.TOPIC]
    title = "Share of reported agendas that name each topic, % (agendas), by type of administration"
    return title, _table(_headings("topic", total), rows)


def _outcome(summary: Summary) -> Titled:
    total = summary.outcome.groupby("type", sort=False)["recorded_contacts"].first()
    cells = summary.outcome.set_index(["outcome", "type"])
    rows = [[words.OUTCOME[str(code)], *(_share(*cells.loc[(code, kind), ["share", "with_outcome"]]) for kind in total.index)]
            for code in codes.OUTCOME.numbers]
    title = "Share of recorded contacts with each outcome, % (contacts), by type of administration"
    return title, _table(_headings("outcome", total), rows)


def _media(summary: Summary, partner: str) -> Titled:
    table = summary.media
    rows = [[_side(row.side, partner), _type(row.type), str(row.pages),
             _number(row.pages_per_contact, 2), _number(row.mean_tone, 2), str(row.official_pages)]
            for row in table.sort_values("side", kind="stable", key=lambda side: side.map(_place(table))).itertuples()]
    headings = ["side", "type", "pages", "per contact", "mean tone", "official pages (left out)"]
    title = "Pages of news and analysis by side and type: number, per recorded contact, mean tone (-1 critical to 1 favourable)"
    return title, _table(headings, rows, words_first=2)


def _place(table: pd.DataFrame) -> dict[str, int]:
    return {side: place for place, side in enumerate(dict.fromkeys(table["side"]))}


def _headings(first: str, total: pd.Series) -> list[str]:
    return [first, *(f"{_type(kind)}\nn = {count}" for kind, count in total.items())]


def _type(kind: str) -> str:
    return words.TYPE.get(kind, ALL)


def _side(side: str, partner: str) -> str:
    return "Others" if side == OTHER else words.named("pages", side, partner).removesuffix(" pages")


def _share(value: float, count: float) -> str:
    return "-" if pd.isna(value) else f"{100 * value:.0f} ({count:.0f})"


def _number(value: float, digits: int) -> str:
    return "-" if pd.isna(value) else f"{value + 0:.{digits}f}"
