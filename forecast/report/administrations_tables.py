"""The tables of a comparison of administrations: cells for the screen, the page and LaTeX, from the same numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.compare_administrations import STATUS, Comparison
from forecast.report import words
from forecast.report.administrations_words import GROUP, PERCENT, PLACES, UNIT, between, key_of, value_of
from forecast.report.tables import escape, latex_table

MARK = "*"
"""Behind a difference whose interval leaves zero out."""
MOST_PAIRS = 1
"""Pairs that have a column; of more names the differences stand in the sentences and in the CSV file."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A group of measures: heading with unit, and rows of a name, a cell for each president, a cell for each pair."""

    group: str
    heading: str
    rows: tuple[tuple[str, ...], ...]


def columns(found: Comparison) -> list[str]:
    """Headings behind the first column."""
    pairs = found.pairs if len(found.pairs) <= MOST_PAIRS else []
    return [*(one.name for one in found.sides), *(f"{first} \N{MINUS SIGN} {second}" for first, second in pairs)]


def printed(found: Comparison, states: Mapping[str, str]) -> Iterator[Printed]:
    """Every group in order; rows that are on record under nobody are left out."""
    value = found.count.set_index(["group", "key", "president"])
    apart = found.difference.set_index(["group", "key", "first", "second"])
    pairs = found.pairs if len(found.pairs) <= MOST_PAIRS else []
    for group, table in found.count.groupby("group", sort=False):
        rows = []
        for key in dict.fromkeys(table["key"]):
            cells = [value.loc[(group, key, one.name)] for one in found.sides]
            if any(cell["n"] for cell in cells):
                rows.append((key_of(group, key, states), *map(_cell, cells),
                             *(_apart(apart.loc[(group, key, *pair)]) for pair in pairs)))
        if rows:
            yield Printed(group=group, heading=_heading(found, group, table["unit"].iloc[0]), rows=tuple(rows))


def _heading(found: Comparison, group: str, unit: str) -> str:
    """Group and unit; of a share, of how many."""
    text = f"{GROUP[group]} ({UNIT[unit]})"
    if unit != "share":
        return text
    table = found.count[found.count["group"] == group].groupby("president", sort=False)["of"].first()
    return f"{text}; of {', '.join(f'{name} {count}' for name, count in table.items())}"


def _cell(row: pd.Series) -> str:
    """A count and what it comes to, such as ``13 (3.2)``."""
    return f"{row['n']} ({value_of(row['value'], row['unit'])})"


def _apart(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return "none"
    scale = 100 if row["unit"] == "share" else 1
    shown = words.number(scale * row["difference"], PLACES[row["unit"]])
    return f"{shown} ({between(row['low'], row['high'], row['unit'])}){MARK if row['beyond_zero'] else ''}"


def note(found: Comparison) -> str:
    """What the cells are."""
    many = "" if len(found.pairs) <= MOST_PAIRS else " Differences of every two stand in differences.csv."
    return (f"Cells: count, in brackets what it comes to. Differences with {PERCENT} intervals, in which a visit (contacts of "
            f"one direction on days in a row) is one case; {MARK}: the interval leaves zero out.{many} Nothing is held constant.")


# What was begun, kept and dropped; what was agreed.

def practice_rows(practice: pd.DataFrame, states: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Per mechanism and topic a cell for each president: status, contacts in the term before and in these."""
    rows = []
    for (kind, key), part in practice.groupby(["kind", "key"], sort=False):
        cells = [f"{row.status}: {row.term_before}, {row.within}" if row.status else "not on record" for row in part.itertuples()]
        rows.append((key_of(kind, key, states), f"{part['first_seen'].iloc[0]:%Y}", *cells))
    return rows


PRACTICE_NOTE = ("Cells: status, contacts in the term before, contacts in these terms. "
                 + "; ".join(f"{status}: {meaning}" for status, meaning in STATUS.items())
                 + ". First: year of the first contact on record. What is not on record may have gone on all the same.")


def agreement_rows(agreements: pd.DataFrame) -> list[tuple[str, ...]]:
    """President, outcome in words, date, what was agreed, who."""
    return [(row.president, words.OUTCOME[str(row.outcome)], f"{row.date:%Y-%m-%d}", row.outcome_note or "not named on the page",
             row.us_principal) for row in agreements.itertuples()]


# LaTeX.

def comparison_latex(found: Comparison, states: Mapping[str, str]) -> str:
    """The counts and differences (longtable)."""
    heads, lines = ["", *columns(found)], []
    for part in printed(found, states):
        lines.append(rf"\multicolumn{{{len(heads)}}}{{l}}{{\emph{{{escape(part.heading)}}}}} \\*")
        lines += [" & ".join(map(escape, row)) + r" \\" for row in part.rows]
    caption = f"US contacts with {states['partner']}, side by side. {note(found)}"
    return _long("administrations", caption, "l" + "r" * (len(heads) - 1), " & ".join(map(escape, heads)), "\n".join(lines))


def practice_latex(practice: pd.DataFrame, names: Sequence[str], states: Mapping[str, str]) -> str:
    """What was begun, kept and dropped (booktabs)."""
    rows = practice_rows(practice, states)
    frame = pd.DataFrame([row[1:] for row in rows], index=[row[0] for row in rows], columns=["first", *names])
    return latex_table(frame, "practice", "Mechanisms and topics: begun, kept, dropped", PRACTICE_NOTE)


_LONG = r"""% needs \usepackage{{longtable,booktabs,array,xurl}}
\footnotesize
\begin{{longtable}}{{{columns}}}
\caption{{{caption}}}\label{{tab:{name}}}\\
\toprule
{heads} \\
\midrule
\endfirsthead
\toprule
{heads} \\
\midrule
\endhead
{rows}
\bottomrule
\end{{longtable}}
"""


def chronology_latex(chronology: pd.DataFrame, caption: str) -> str:
    """Every contact with its sources (longtable)."""
    rows = [(f"{row.date:%Y-%m-%d}" if row.date_precision == "day" else f"{row.date:%Y-%m}", _who(row), _where(row),
             _topics(row.agenda), _came(row)) for row in chronology.itertuples()]
    sources = [" ".join(map(_url, cell.split())) for cell in chronology["sources"]]
    body = "\n".join(f"{' & '.join(map(escape, row))} & {source} \\\\" for row, source in zip(rows, sources, strict=True))
    heads = " & ".join(("Date", "Who", "Where", "Agenda", "Outcome", "Sources"))
    return _long("chronology", caption, _wide(0.09, 0.2, 0.11, 0.13, 0.17, 0.2), heads, body)


def agreements_latex(agreements: pd.DataFrame, caption: str) -> str:
    """What was agreed, by name (longtable)."""
    body = "\n".join(f"{' & '.join(map(escape, row))} \\\\" for row in agreement_rows(agreements))
    return _long("agreements", caption, _wide(0.09, 0.18, 0.1, 0.36, 0.2), "President & Outcome & Date & What & Who", body)


def _wide(*share: float) -> str:
    """Columns of text, each so much of the line."""
    return "".join(rf">{{\raggedright\arraybackslash}}p{{{one}\linewidth}}" for one in share)


def _long(name: str, caption: str, columns: str, heads: str, rows: str) -> str:
    return _LONG.format(columns=columns, caption=escape(caption), name=name, heads=heads, rows=rows)


def _url(address: str) -> str:
    """An address that cannot end its braces."""
    for sign in "\\{}^`":
        address = address.replace(sign, f"%{ord(sign):02X}")
    return rf"\url{{{address}}}"


def _who(row: Any) -> str:
    return f"{row.us_principal}; {row.partner_principal}"


def _where(row: Any) -> str:
    return f"{row.place or words.plain(row.direction)} ({row.format})"


def _topics(agenda: str) -> str:
    return ", ".join(words.TOPIC[topic] for topic in agenda.split(";") if topic) or "not reported"


def _came(row: Any) -> str:
    told = words.OUTCOME[str(row.outcome)]
    return f"{told}: {row.outcome_note}" if row.outcome_note and row.outcome > codes.OUTCOME.numbers[0] else told


def chronology_rows(chronology: pd.DataFrame) -> list[dict[str, object]]:
    """Cells of the page: texts, and addresses of the sources."""
    return [{"date": f"{row.date:%Y-%m-%d}" if row.date_precision == "day" else f"{row.date:%Y-%m}", "president": row.president,
             "who": _who(row), "where": _where(row), "agenda": _topics(row.agenda), "outcome": _came(row), "visit": row.visit,
             "sources": row.sources.split()} for row in chronology.itertuples()]
