"""Tables of the main results, once as numbers (CSV) and once for print (LaTeX, booktabs)."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from forecast.dims import RANK
from forecast.evaluation.cell import PARTS
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.latex import interval, latex_table
from forecast.report.rows import contrast_rows, election_pair, summary_rows
from forecast.spreadsheet import write_csv

_SUMMARY = ["q50", "q05", "q95", "mean", "mcse"]
_CONTRAST = ["q50", "q05", "q95", "mean", "mcse", "p_greater", "p_greater_mcse"]
_PARTS = [f"{part}{end}" for part in PARTS for end in ("", "_mcse")]
# pairings that fit on a page (the CSV has all three), their headings and decimals
_PRINTED = {"expected": ("Expected difference", 1), "independent": ("Difference of futures", 0)}


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: `values` as numbers, `printed` as cells for LaTeX, and what the distributions are of."""

    name: str
    caption: str
    note: str
    values: pd.DataFrame
    printed: pd.DataFrame


def contact_table(content: ReportContent) -> Table:
    """Contacts over the whole horizon by rank: each scenario, then the difference with P.

    Returns
    -------
    Table
        `values` has one row per rank after ``all`` and the columns (group, statistic), groups being the
        scenarios, the pairings of the contrast and the log ratio of the rates.
    """
    keys = ["all", *content.labels(RANK)]
    groups = {
        name: summary_rows(content, name, "contact", keys, content.window)[_SUMMARY]
        for name in content.scenarios
    }
    pair = election_pair(content)
    for pairing in words.PAIRING if pair else ():
        groups[pairing] = contrast_rows(content, pair, "contact", keys, pairing)[_CONTRAST]
    if pair:
        groups["log_rate_ratio"] = contrast_rows(content, pair, "log_rate_ratio", keys, "expected")[[*_CONTRAST, *_PARTS]]
    values = pd.concat(groups, axis=1)
    return Table(
        name="contact",
        caption=f"Recorded contacts by rank, {content.span}: median and 90\\,\\% interval",
        note=_note(content, max(values[name, "mcse"].max() for name in content.scenarios))
        + _difference_note(pair),
        values=values,
        printed=_printed(content, values, pair),
    )


def _printed(content: ReportContent, values: pd.DataFrame, pair: tuple[str, str] | None) -> pd.DataFrame:
    cells = {}
    for name in content.scenarios:
        cells |= _cells(words.plain(name), values[name], 0)
    for pairing, (heading, digits) in _PRINTED.items() if pair else ():
        cells |= _cells(heading, values[pairing], digits)
        cells[heading, "P"] = values[pairing, "p_greater"].map(lambda value: words.number(value, 2))
    return pd.DataFrame(cells).set_axis([content.named("contact", key) for key in values.index], axis=0)


def _cells(heading: str, group: pd.DataFrame, digits: int) -> dict[tuple[str, str], pd.Series]:
    median = group["q50"].map(lambda value: words.number(value, digits))
    return {(heading, "median"): median, (heading, "90 %"): interval(group, digits)}


def result_table(content: ReportContent) -> Table:
    """Every quantity of the summary over the whole horizon, one pair of columns per scenario."""
    chosen = content.summary[content.summary["window"].astype(str) == content.window]
    values = chosen[["scenario", "quantity", "key", "unit", "of", *_SUMMARY]].reset_index(drop=True)
    cells = {}
    for name in content.scenarios:
        rows = values[values["scenario"] == name].set_index(["quantity", "key"])
        median = [
            words.number(value, _DIGITS.get(quantity, 2)) for (quantity, _), value in rows["q50"].items()
        ]
        cells[words.plain(name), "median"] = pd.Series(median, rows.index)
        bounds = [
            interval(row.to_frame().T, _DIGITS.get(at[0], 2)).iloc[0]
            for at, row in rows[["q05", "q95"]].iterrows()
        ]
        cells[words.plain(name), "90 %"] = pd.Series(bounds, rows.index)
    printed = pd.DataFrame(cells)
    printed.index = [
        f"{words.QUANTITY.get(quantity, quantity)}: {content.named(quantity, str(key))}"
        for quantity, key in printed.index
    ]
    note = _note(content, values["mcse"].max())
    caption = f"Main results, {content.span}: median and 90\\,\\% interval"
    return Table(name="result", caption=caption, note=note, values=values, printed=printed)


_DIGITS = {"contact": 0, "relation_index": 0, "mention_share": 3, "outcome_share": 3}


def _note(content: ReportContent, error: float) -> str:
    """What stands under every table; `error` is the largest Monte Carlo error of a mean in it."""
    failed = f"NOT CONVERGED, used by request: {', '.join(content.failed)}. " if content.failed else ""
    return (
        f"{failed}Recorded contacts between the United States and {content.partner}: what a coder would "
        "find, not all "
        f"that take place. Scenario columns: predictive distribution over {content.n_path:,} simulated "
        "futures; Monte "
        f"Carlo error of their means at most {error:.2g}. As of {words.day(content.panel.as_of)}."
    )


def _difference_note(pair: tuple[str, str] | None) -> str:
    if pair is None:
        return ""
    first, second = map(words.plain, pair)
    return (
        f" Differences are {first} minus {second}. Expected: of expected values given the parameters, over "
        "posterior draws. Of futures: of two futures with separate shocks. P: probability that "
        f"{first} has more, a tie counting half. Means of differences (in the CSV file) are arithmetic and have the skew of "
        "effects that are not known: read the medians and the log ratio of the rates."
    )


def write_table(table: Table, directory: Path) -> tuple[Path, Path]:
    """Write ``name.csv`` (numbers) and ``name.tex`` (booktabs) and return their paths."""
    csv, tex = directory / f"{table.name}.csv", directory / f"{table.name}.tex"
    flat = table.values.copy()
    if isinstance(flat.columns, pd.MultiIndex):
        flat.columns = [f"{group}_{statistic}" for group, statistic in flat.columns]
        flat = flat.rename_axis("key").reset_index()
    write_csv(flat, csv)
    tex.write_text(latex_table(table.printed, table.name, table.caption, table.note), encoding="utf-8")
    return csv, tex
