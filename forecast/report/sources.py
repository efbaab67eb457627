"""The context series in words: one row per series, or one per column of a series."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.contacts.table import Table
from forecast.panel.series import read_series, span_of
from forecast.panel.sources import Series, find_series, load_sources

type Lines = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""Headings, and the cells of each row."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One series with what stands above and below its columns."""

    about: tuple[tuple[str, str], ...]
    columns: Lines
    codes: Lines


def every_series() -> Lines:
    """Name, rows, span, unit, countries and caveat of every shipped series."""
    rows = []
    for name, series in load_sources().items():
        table = read_series(name, series)
        rows.append((name, str(len(table.rows)), _span(series.time.column, table, series), series.unit, series.countries,
                     series.caveat))
    return ("series", "rows", "span", "unit", "countries", "caveat"), rows


def one_series(name: str) -> Sheet:
    """Everything documented of one series (raises InputError where there is none of that name)."""
    series = find_series(name)
    table = read_series(name, series)
    about = (("series", name), ("title", series.title), ("rows", str(len(table.rows))),
             ("span", _span(series.time.column, table, series)), ("unit", series.unit), ("countries", series.countries),
             ("source", series.source), ("caveat", series.caveat), ("cut at the as-of date by", series.time.column))
    columns = [(column, item.kind, item.unit, item.meaning, _span(column, table, series), item.source or "as the series",
                _caveat(item.caveat, item.empty, item.hindsight)) for column, item in series.columns.items()]
    codes = [(column, code, words) for column, item in series.columns.items() for code, words in item.codes.items()]
    return Sheet(about=about, codes=(("column", "code", "meaning"), codes),
                 columns=(("column", "kind", "unit", "meaning", "span", "source", "caveat"), columns))


def markdown(lines: Lines) -> str:
    """Lines as a Markdown table."""
    headings, rows = lines
    return "\n".join(map(_row, (headings, ["---"] * len(headings), *rows))) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _span(column: str, table: Table, series: Series) -> str:
    first, last = span_of(column, table, series)
    return f"{first} to {last}" if first else "no value"


def _caveat(caveat: str, empty: str, hindsight: bool) -> str:
    said = [caveat, f"empty: {empty}" if empty else "", "hindsight: left out by the loader" if hindsight else ""]
    return "; ".join(part for part in said if part) or "none"
