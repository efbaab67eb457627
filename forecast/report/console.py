"""What the commands print: a few numbers, each with what it is of, and where the rest lies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table

from forecast.console import WIDEST, console, say_written
from forecast.contacts import codes
from forecast.contacts.table import Table as TextTable
from forecast.panel.panel import OTHER
from forecast.panel.series import Series, find_series, load_sources, read_series, span_of
from forecast.panel.summary import ALL, Summary
from forecast.report import words
from forecast.report.run import PAGE

if TYPE_CHECKING:
    from forecast.posterior.posterior import Gates

HEADING = ("priors", "as of", "component", "parameters", "max R-hat", "min bulk ESS", "min tail ESS", "divergences",
           "verdict", "")
LABELS = ("priors", "as of", "component", "verdict", "")
"""Columns of words, set to the left."""


def print_run(summary: pd.DataFrame, contrast: pd.DataFrame, ratio: pd.DataFrame, directory: Path,
              outcomes: Mapping[str, str] = MappingProxyType({}), two_terms: pd.DataFrame | None = None) -> None:
    """Print recorded contacts by rank under each scenario, the contrast, its two readings, and the files to open.

    Parameters
    ----------
    summary, contrast, ratio : pandas.DataFrame
        ``summary.csv``, ``contrast.csv`` and ``rate_ratio.csv``.
    directory : Path
        Where the run is.
    outcomes : mapping of str to str
        Scenario -> who wins in it, where that is said.
    two_terms : pandas.DataFrame, optional
        ``two_terms.csv``.
    """
    screen = console()
    window = summary["window"].iloc[0]
    rows = summary[(summary["quantity"] == "contact") & (summary["window"] == window)]
    totals = {name: {row.key: f"{row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})" for row in part.itertuples()}
              for name, part in rows.groupby("scenario", sort=False)}
    title = f"Recorded contacts {window}: median (5 % to 95 % of simulated futures)"
    for table in _by_rank({title: totals, **_contrast_columns(contrast)}, screen.width if screen.is_terminal else WIDEST):
        screen.print(table)
    for sentence in _levels(ratio, outcomes):
        screen.print(sentence, soft_wrap=True)
    rows = summary[(summary["quantity"] == "contact_estimated") & (summary["window"] == window) & (summary["key"] == "all")]
    listed = "; ".join(f"{row.scenario} {row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})" for row in rows.itertuples())
    if listed:
        screen.print(f"Estimated contacts, recorded or not: {listed}.", soft_wrap=True)
    if two_terms is not None:
        print_two_terms(two_terms)
    page, figures = (f"{PAGE}, ", "figures/, ") if (directory / PAGE).exists() else ("", "")
    tables = ", ".join(sorted(path.name for path in directory.glob("*.csv")))
    say_written(f"Written: {directory}/{page}{tables}, {figures}tables/, trajectories/, posterior/, manifest.json")


def print_two_terms(totals: pd.DataFrame) -> None:
    """Print contacts of each term and of both under every pair of winners, in all and of the highest rank (``two_terms.csv``).

    What is left of the first term after the first horizon stands between them where it is more than the month of the turn.
    """
    from forecast.evaluation.two_terms import parts_shown  # here: with it comes the engine
    from forecast.simulation.two_terms import TURN

    parts = {part: rows for part, rows in totals.groupby("part", sort=False)}
    shown = [part for part in parts_shown(totals) if part in parts]
    for key in (ALL, codes.RANK.labels[0]):
        of = "Recorded contacts" if key == ALL else f"Of these, {words.inside(key, 'us_rank')}"
        table = Table(title=f"{of}: median (10 % to 90 % of simulated futures)")
        for heading in ("first term", "second term"):
            table.add_column(heading)
        for part in shown:
            window = str(parts[part]["window"].iloc[0])
            table.add_column(f"{part}, {window}" if part == TURN else window, justify="right")
        rows = {part: parts[part][parts[part]["key"] == key].set_index(["scenario", "then"]) for part in shown}
        for pair in rows["both"].index:
            told = [rows[part].loc[pair] for part in shown]
            table.add_row(*pair, *(f"{row['q50']:.0f} ({row['q10']:.0f}\N{EN DASH}{row['q90']:.0f})" for row in told))
        console().print(table)


type Columns = Mapping[str, Mapping[str, str]]
"""Heading -> rank -> cell."""


def _by_rank(groups: Mapping[str, Columns], width: int) -> Iterator[Table]:
    """All columns side by side under the first title where their cells fit, else a table under each title."""
    every = {heading: cells for columns in groups.values() for heading, cells in columns.items()}
    ranks = list(next(iter(every.values())))
    least = {heading: max(map(len, [*heading.split(), *cells.values()])) for heading, cells in every.items()}
    widths = [max(map(len, ranks)), *least.values()]
    beside = sum(widths) + 3 * len(widths) + 1 <= width  # with what Rich puts around columns
    for title, columns in {next(iter(groups)): every}.items() if beside else groups.items():
        table = Table(title=title)
        table.add_column("rank")
        for heading in columns:
            table.add_column(heading, justify="right")
        for rank in ranks:
            table.add_row(words.inside(rank, "us_rank"), *(cells[rank] for cells in columns.values()))
        yield table


def _contrast_columns(contrast: pd.DataFrame) -> dict[str, Columns]:
    """For every pair, under a title: the log rate ratio, its three probabilities, and P of the expected value."""
    if contrast.empty:
        return {}
    from forecast.report.lookup import factor_of_region  # here and below: most tables are of the record alone

    equal = f"equal within a factor of {factor_of_region()}"
    rows = contrast[(contrast["pairing"] == "expected") & (contrast["quantity"] == "log_rate_ratio")]
    found: dict[str, Columns] = {}
    for (first, second), part in rows.groupby(["first", "second"], sort=False):
        row = part.set_index("key")
        found[f"{first} against {second}: log rate ratio (median, 5 % to 95 %), probabilities"] = {
            f"log rate ratio {first} / {second}": {key: ratio_cell(one) for key, one in row.iterrows()},
            f"P({first} more, {equal}, {second} more)": {key: parts_cell(one) for key, one in row.iterrows()},
            f"P({first} > {second}), expected value": {
                key: chance_cell(one["p_greater"], one["p_greater_mcse"]) for key, one in row.iterrows()}}
    return found


def _levels(ratio: pd.DataFrame, outcomes: Mapping[str, str]) -> Iterator[str]:
    """P of every pair where the outcomes share the level of the coming term, and where each draws its own; of two outcomes."""
    told = ratio[(ratio["key"] == "all") & (ratio["distribution"] == "posterior")]
    for (first, second), part in told.groupby(["first", "second"], sort=False):
        if first in outcomes and outcomes[first] == outcomes.get(second):
            continue
        shared, apart = (part[part["levels"] == levels].iloc[-1] for levels in ("shared", "separate"))
        chance = [chance_cell(row["p_greater"], row["p_greater_mcse"]) for row in (shared, apart)]
        yield (f"P({first} > {second}), all contacts: {chance[0]} where both outcomes share the level of the coming term, "
               f"{chance[1]} where each draws its own.")


def ratio_cell(row: pd.Series) -> str:
    """Median and 90 % interval of a log rate ratio."""
    return f"{row['q50']:.2f} ({row['q05']:.2f} to {row['q95']:.2f})"


def chance_cell(chance: float, error: float) -> str:
    """A probability and its Monte Carlo error, which is never shown as none where there is one.

    >>> chance_cell(0.594, 0.011), chance_cell(0.594, 0.0042), chance_cell(0.594, 0.0004), chance_cell(1.0, 0.0)
    ('0.59 ± 0.01', '0.594 ± 0.004', '0.594 ± <0.001', '1.00 ± 0.00')
    """
    if not 0 < error < 0.01:
        return f"{chance:.2f} ± {error:.2f}"
    return f"{chance:.3f} ± {f'{error:.3f}' if error >= 0.0005 else '<0.001'}"


def parts_cell(row: pd.Series) -> str:
    """The three probabilities of a log rate ratio."""
    from forecast.evaluation.contrast import PARTS

    return " ".join(f"{row[part]:.2f}" for part in PARTS)


def print_gates(gates: Mapping[tuple[str, str, str], "tuple[Gates, bool]"]) -> None:
    """Print the convergence diagnostics by prior set, as-of date and component."""
    table = Table(title="Convergence (gates: R-hat <= 1.01, ESS >= 400, no divergences)")
    for heading in HEADING:
        table.add_column(heading, justify="left" if heading in LABELS else "right")
    for key, (found, reused) in gates.items():
        table.add_row(*key, str(found.parameters), f"{found.max_rhat:.4f}", f"{found.min_ess_bulk:.0f}",
                      f"{found.min_ess_tail:.0f}", str(found.divergences), "passed" if not found.failures else "FAILED",
                      "from the cache" if reused else "fitted")
    console().print(table)


# The tables that `forecast data show` prints.

type Titled = tuple[str, Table]


def print_question_tables(summary: Summary, title: str, partner: str) -> None:
    """Print one compact table per question."""
    screen = console()
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
    headings = ["administration", *(words.inside(rank, "us_rank") for rank in codes.RANK), ALL, "years", "per year"]
    return "Recorded contacts by administration and rank; years observed, recorded contacts per year", _table(headings, lines)


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


# The context series in words: one row per series, or one per column of a series.

type Lines = tuple[tuple[str, ...], Sequence[tuple[str, ...]]]
"""Headings, and the cells of each row."""


@dataclass(frozen=True, kw_only=True)
class SeriesSheet:
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


def one_series(name: str) -> SeriesSheet:
    """Everything documented of one series (raises InputError where there is none of that name)."""
    series = find_series(name)
    table = read_series(name, series)
    about = (("series", name), ("title", series.title), ("rows", str(len(table.rows))),
             ("span", _span(series.time.column, table, series)), ("unit", series.unit), ("countries", series.countries),
             ("source", series.source), ("caveat", series.caveat), ("cut at the as-of date by", series.time.column))
    columns = [(column, item.kind, item.unit, item.meaning, _span(column, table, series), item.source or "as the series",
                _caveat(item.caveat, item.empty, item.hindsight)) for column, item in series.columns.items()]
    codes = [(column, code, words) for column, item in series.columns.items() for code, words in item.codes.items()]
    return SeriesSheet(about=about, codes=(("column", "code", "meaning"), codes),
                       columns=(("column", "kind", "unit", "meaning", "span", "source", "caveat"), columns))


def markdown_lines(lines: Lines) -> str:
    """Lines as a Markdown table."""
    headings, rows = lines
    return "\n".join(map(_row, (headings, ["---"] * len(headings), *rows))) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _span(column: str, table: TextTable, series: Series) -> str:
    first, last = span_of(column, table, series)
    return f"{first} to {last}" if first else "no value"


def _caveat(caveat: str, empty: str, hindsight: bool) -> str:
    said = [caveat, f"empty: {empty}" if empty else "", "hindsight: left out by the loader" if hindsight else ""]
    return "; ".join(part for part in said if part) or "none"
