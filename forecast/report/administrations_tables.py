"""A comparison of administrations in tables (cells for the screen, the page and LaTeX) and in the sentences that it allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.compare_administrations import ADJUSTED, COVERAGE, PAGES, STATUS, TONE, Comparison
from forecast.evaluation.visits import LEVEL
from forecast.panel.summary import ALL
from forecast.report import words
from forecast.report.language import Spoken
from forecast.report.tables import latex_table
from forecast.report.words import escape

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


def headings(found: Comparison) -> list[str]:
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
                rows.append((row_label(group, key, states), *map(_cell, cells),
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
    return f"{shown} ({bounds_text(row['low'], row['high'], row['unit'])}){MARK if row['beyond_zero'] else ''}"


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
        rows.append((row_label(kind, key, states), f"{part['first_seen'].iloc[0]:%Y}", *cells))
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
    heads, lines = ["", *headings(found)], []
    for part in printed(found, states):
        lines.append(rf"\multicolumn{{{len(heads)}}}{{l}}{{\emph{{{escape(part.heading)}}}}} \\*")
        lines += [" & ".join(map(escape, row)) + r" \\" for row in part.rows]
    caption = f"Contacts with {states['partner']}, side by side. {note(found)}"
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
    return f"{row.place or words.plain(row.direction)} ({words.inside(row.format, 'format')})"


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


# What the numbers allow to conclude, in sentences.

PERCENT = f"{100 * LEVEL:.0f} %"
GROUP = {
    "contacts": "Recorded contacts", "us_rank": "Rank", ADJUSTED: "Rank, adjusted for what is not on record",
    "format": "Format", "direction": "Who travels", "mechanism": "Mechanism", "agenda": "Topics of the agenda",
    "outcome": "Outcome", COVERAGE: "Contacts with a page", PAGES: "Pages per contact", TONE: "Tone of pages",
}
UNIT = {"per year": "contacts per year", "share": "share of contacts, %", "pages per contact": "pages per contact",
        "tone": "mean, \N{MINUS SIGN}1 to 1"}
PLACES = {"per year": 1, "share": 0, "pages per contact": 2, "tone": 2}
MECHANISM = Spoken({"c5plus1": "C5+1", "trade_tifa": "Trade council (TIFA)", "none": "No standing mechanism",
                    "other": "Another mechanism"}, "mechanism")


def row_label(group: str, key: str, states: Mapping[str, str]) -> str:
    """Words for a row; `states` names the partner and the home state."""
    if key == ALL:
        return "All recorded contacts" if group != ADJUSTED else "All contacts, adjusted"
    if group in ("us_rank", ADJUSTED):
        return words.RANK[key]
    if group == "direction":
        return words.plain(words.DIRECTION.get(key, key).format(**states))
    if group == "mechanism":
        return MECHANISM.get(key, words.plain(key))
    if group in ("agenda", "outcome"):
        return (words.TOPIC if group == "agenda" else words.OUTCOME)[key]
    if group in (COVERAGE, PAGES, TONE):
        return words.SIDE[key].format(**states) if key in words.SIDE else "Others' pages"
    return words.plain(key, group)


def value_of(value: float, unit: str) -> str:
    """A value in the unit that is printed: shares in per cent."""
    return "none" if pd.isna(value) else words.number(100 * value if unit == "share" else value, PLACES[unit])


def count_text(row: pd.Series) -> str:
    """The count behind a value: ``13``, or ``13 of 45``."""
    return f"{row['n']}" if row["unit"] in ("per year", "tone", "pages per contact") else f"{row['n']} of {row['of']}"


_MOST = 6  # decimals at most


def bounds_text(low: float, high: float, unit: str) -> str:
    """An interval, or that there is none; an end that is not zero is not printed as zero."""
    if pd.isna(low):
        return "none"
    scale = 100 if unit == "share" else 1
    ends = [scale * low, scale * high]
    places = next(digits for digits in range(PLACES[unit], _MOST + 1)
                  if digits == _MOST or all(round(end, digits) for end in ends if end))
    return " to ".join(words.number(end, places) for end in ends)


def told_apart(found: Comparison, first: str, second: str, *, ascending: str = "p") -> pd.DataFrame:
    """Differences of a pair whose interval leaves zero out, the surest first."""
    rows = found.difference[(found.difference["first"] == first) & (found.difference["second"] == second)]
    return rows[rows["beyond_zero"]].sort_values(ascending, kind="stable")


def conclusions(found: Comparison, states: Mapping[str, str]) -> list[str]:
    """All sentences: who is compared, pair by pair what differs, the media, and what must be kept in mind."""
    sentences = [_sides_of(found)]
    for pair in found.pairs:
        sentences += _pair(found, *pair, states)
    return [*sentences, *_frames(found, states), *_reminders(found)]


def _sides_of(found: Comparison) -> str:
    listed = "; ".join(f"{one.name}: {one.n_contact} recorded {_plural('contact', one.n_contact)} on {one.n_visit} "
                       f"{_plural('visit', one.n_visit)} in {words.number(one.years, 1)} years" for one in found.sides)
    return f"{listed}."


def _pair(found: Comparison, first: str, second: str, states: Mapping[str, str]) -> Iterator[str]:
    rows = found.difference[(found.difference["first"] == first) & (found.difference["second"] == second)]
    looked, sure = int(rows["p"].notna().sum()), told_apart(found, first, second)
    if not looked:
        yield f"{first} and {second}: nothing on record to compare."
        return
    firm = int((sure["p_holm"] <= 1 - LEVEL).sum())
    chance = words.number((1 - LEVEL) * looked, 0)
    have = "has" if len(sure) == 1 else "have"
    yield (f"{first} and {second}: of {looked} differences looked at, {len(sure) or 'none'} {have} a {PERCENT} interval beyond "
           f"zero, where about {chance} would by chance if nothing differed and all were independent; corrected for their number "
           f"(Holm), {firm or 'none'} {'does' if firm == 1 else 'do'}.")
    for _, row in sure.iterrows():
        yield _difference(row, states)
    if len(sure) < looked:
        yield (f"The other {looked - len(sure)} cannot be told apart on this record. That is no evidence that {first} and "
               f"{second} did the same: so few visits would show only large differences.")


def _difference(row: pd.Series, states: Mapping[str, str]) -> str:
    unit, places = row["unit"], PLACES[row["unit"]]
    scale = 100 if unit == "share" else 1
    key = row_label(row["group"], row["key"], states)
    name = key if row["key"] == ALL else f"{GROUP[row['group']]}, {key}"
    counts = f"{row['first']} {_n(row, 'first')}, {row['second']} {_n(row, 'second')}"
    by = {"share": " points", "per year": " a year", "pages per contact": " a contact", "tone": ""}[unit]
    text = (f"{name}: {counts}; difference {words.number(scale * row['difference'], places)}{by} "
            f"({bounds_text(row['low'], row['high'], unit)})")
    if not pd.isna(row["ratio"]):
        text += (f", ratio {words.number(row['ratio'], 2)} ({words.number(row['ratio_low'], 2)} to "
                 f"{words.number(row['ratio_high'], 2)})")
    return f"{text}{'; also after correction' if row['p_holm'] <= 1 - LEVEL else ''}."


def _n(row: pd.Series, side: str) -> str:
    n, of, unit = row[f"n_{side}"], row[f"of_{side}"], row["unit"]
    if unit == "share":
        return f"{n} of {of}"
    things = _plural("contact" if unit == "per year" else "page", n)
    return f"{n} {things}" + (f" on {of} {_plural('contact', of)}" if unit == "pages per contact" else "")


def _frames(found: Comparison, states: Mapping[str, str]) -> Iterator[str]:
    """Which topic each side puts first, and whether the sides differ by more than chance."""
    if not found.has_pages:
        yield "Media: the record holds no page of either side about these contacts, so that nothing can be said of them."
        return
    table = found.frame_distance[found.frame_distance["measure"] == "total_variation"].set_index("president")
    for name, rows in found.frame.groupby("president", sort=False):
        parts = [_first_topics(part, words.SIDE[side].format(**states))
                 for side, part in rows.groupby("side", sort=False)]
        yield f"Put first under {name}: {'; '.join(parts)}. {_apart_by(table.loc[name])}"


def _first_topics(rows: pd.DataFrame, side: str) -> str:
    if not rows["of_pages"].iloc[0]:
        return f"{side} none on record"
    top = rows.sort_values("pages", ascending=False, kind="stable").head(3)
    listed = ", ".join(f"{words.TOPIC[row.topic]} {row.pages}" for row in top.itertuples() if row.pages)
    return f"{side} (n = {rows['of_pages'].iloc[0]}) {listed}"


def _apart_by(row: pd.Series) -> str:
    if pd.isna(row["distance"]):
        return "How far the two sides are apart cannot be told."
    verdict = ("more than chance alone gives" if row["p"] <= 1 - LEVEL else "which chance alone could give")
    return (f"Distance of the two sides' topics {words.number(row['distance'], 2)} of 1 "
            f"({words.number(row['low'], 2)} to {words.number(row['high'], 2)}), {verdict} "
            f"(median {words.number(row['by_chance'], 2)}, p {words.number(row['p'], 3)}).")


def _reminders(found: Comparison) -> Iterator[str]:
    lone = [one.name for one in found.sides if len(one.terms) == 1]
    if lone:
        are = "is" if len(lone) == 1 else "are"
        yield (f"One administration is one administration: {' and '.join(lone)} {are} on record with a single term. "
               "What belongs to the person, to the party and to those years cannot be told apart.")
    yield ("Coding effort and the age of the web differ between terms: pages of earlier years are gone, and later ones were "
           "found more easily. A difference in recorded contacts may be one of recording.")
    yield ("Adjusted rows divide each contact by the estimated recorded share of its rank and era; they leave out contacts that "
           "no page could report, and an era pools two presidents, so that recording within it is taken to be alike."
           if found.adjusted else
           "Counts are recorded contacts only; --completeness adds counts adjusted for what is not on record.")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
