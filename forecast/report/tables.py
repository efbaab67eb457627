"""Tables of the main results, once as numbers (CSV) and once for print (LaTeX, booktabs)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.contacts.codebook import sections
from forecast.contacts.dyad import Dyad
from forecast.dims import RANK
from forecast.evaluation.contrast import PARTS
from forecast.files import write_csv
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.language import later, local, tr
from forecast.report.lookup import (
    ALL,
    HEADING,
    by_attention,
    compared_pair,
    contrast_rows,
    election_pair,
    factor_of_region,
    levels,
    line_name,
    lines_of,
    ratio_rows,
    recorded_types,
    still,
    summary_rows,
    topic_differences,
    travelling_sides,
    type_pairs,
    types,
    variance_of_pair,
    variance_rows,
)
from forecast.report.words import escape, number

_SUMMARY = ["q50", "q05", "q95", "mean", "mcse"]
_CONTRAST = ["q50", "q05", "q95", "mean", "mcse", "p_greater", "p_greater_mcse"]
_PARTS = [f"{part}{end}" for part in PARTS for end in ("", "_mcse")]
MEDIAN, INTERVAL = later("median"), later("90 %")
# pairings that fit on a page (the CSV has all three), their headings and decimals
_PRINTED = {"expected": (later("Expected difference"), 1), "independent": (later("Difference of futures"), 0)}


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """One table: `values` as numbers, `printed` as cells for readers, and what the distributions are of; texts are plain."""

    name: str
    caption: str
    note: str
    values: pd.DataFrame
    printed: pd.DataFrame


def report_tables(content: ReportContent) -> list[ReportTable]:
    """All tables of a report."""
    return [contact_table(content), result_table(content), *printed_administration_tables(content)]


def contact_table(content: ReportContent) -> ReportTable:
    """Contacts over the whole horizon by rank: each scenario, then the difference with P.

    Returns
    -------
    ReportTable
        `values` has one row per rank after ``all`` and the columns (group, statistic), groups being the
        scenarios, the pairings of the contrast and the log ratio of the rates.
    """
    keys = ["all", *content.labels(RANK)]
    groups = {
        name: summary_rows(content, name, "contact", keys, content.window)[_SUMMARY]
        for name in content.scenarios
    }
    pair = election_pair(content)
    if pair:
        for pairing in words.PAIRING:
            groups[pairing] = contrast_rows(content, pair, "contact", keys, pairing)[_CONTRAST]
    if pair:
        groups["log_rate_ratio"] = contrast_rows(content, pair, "log_rate_ratio", keys, "expected")[[*_CONTRAST, *_PARTS]]
    values = pd.concat(groups, axis=1)
    return ReportTable(
        name="contact",
        caption=tr("Recorded contacts by rank, {span}: median and 90 % interval", span=content.span),
        note=_note(content, max(values[name, "mcse"].max() for name in content.scenarios))
        + _difference_note(pair),
        values=values,
        printed=_printed(content, values, pair),
    )


def _printed(content: ReportContent, values: pd.DataFrame, pair: tuple[str, str] | None) -> pd.DataFrame:
    cells: dict[tuple[str, str], pd.Series] = {}
    for name in content.scenarios:
        cells |= _cells(words.plain(name), values[name], 0)
    for pairing, (heading, digits) in _PRINTED.items() if pair else ():
        cells |= _cells(tr(heading), values[pairing], digits)
        cells[tr(heading), tr("P")] = values[pairing, "p_greater"].map(lambda value: words.number(value, 2))
    return pd.DataFrame(cells).set_axis([content.named("contact", key) for key in values.index], axis=0)


def _cells(heading: str, group: pd.DataFrame, digits: int) -> dict[tuple[str, str], pd.Series]:
    median = group["q50"].map(lambda value: words.number(value, digits))
    return {(heading, tr(MEDIAN)): median, (heading, tr(INTERVAL)): interval_text(group, digits)}


def result_table(content: ReportContent) -> ReportTable:
    """Every quantity of the summary over the whole horizon, one pair of columns per scenario."""
    chosen = content.summary[content.summary["window"].astype(str) == content.window]
    values = chosen[["scenario", "quantity", "key", "unit", "of", *_SUMMARY]].reset_index(drop=True)
    cells: dict[tuple[str, str], pd.Series] = {}
    for name in content.scenarios:
        rows = values[values["scenario"] == name].set_index(["quantity", "key"])
        median = [
            words.number(value, DIGITS.get(quantity, 2)) for (quantity, _), value in rows["q50"].items()
        ]
        cells[words.plain(name), tr(MEDIAN)] = pd.Series(median, rows.index)
        bounds = [
            interval_text(row.to_frame().T, DIGITS.get(at[0], 2)).iloc[0]
            for at, row in rows[["q05", "q95"]].iterrows()
        ]
        cells[words.plain(name), tr(INTERVAL)] = pd.Series(bounds, rows.index)
    printed = pd.DataFrame(cells)
    printed.index = [
        f"{words.QUANTITY.get(quantity, tr(quantity))}: {content.named(quantity, str(key))}"
        for quantity, key in printed.index
    ]
    note = _note(content, values["mcse"].max(), tr(", shares and means over those of them that have what is shared out (column "
                                                   "of of the CSV file)"))
    caption = tr("Main results, {span}: median and 90 % interval", span=content.span)
    return ReportTable(name="result", caption=caption, note=note, values=values, printed=printed)


DIGITS = {"contact": 0, "contact_estimated": 0, "relation_index": 0, "mention_share": 3, "outcome_share": 3, "travel_share": 3,
          "pages": 2, "tone": 2, "pages_in_all": 0}
"""Decimals of the quantities of the summary."""


def _note(content: ReportContent, error: float, fewer: str = "") -> str:
    """What stands under every table; `error` is the largest Monte Carlo error of a mean in it, `fewer` says what is of fewer."""
    return (
        tr("{failed}Recorded contacts between {home} and {partner}: what a coder would find, not all that take place. Scenario "
           "columns: predictive distribution over {futures} simulated futures{fewer}; Monte Carlo error of their means at most "
           "{error}. As of {as_of}.", failed=_failed(content), home=content.home, partner=content.partner,
           futures=words.number(content.n_path), fewer=fewer, error=local(f"{error:.2g}"), as_of=words.day(content.panel.as_of))
    )


def _difference_note(pair: tuple[str, str] | None) -> str:
    if pair is None:
        return ""
    first, second = map(words.plain, pair)
    return (
        tr(" Differences are {first} minus {second}. Expected: of expected values given the parameters, over posterior draws. "
           "Of futures: of two futures with separate shocks. P: probability that {first} has more, a tie counting half. Means "
           "of differences (in the CSV file) are arithmetic and have the skew of effects that are not known: read the medians "
           "and the log ratio of the rates.", first=first, second=second)
    )


def write_printed_table(table: ReportTable, directory: Path) -> tuple[Path, Path]:
    """Write ``name.csv`` (numbers) and ``name.tex`` (booktabs) and return their paths."""
    csv, tex = directory / f"{table.name}.csv", directory / f"{table.name}.tex"
    flat = table.values.copy()
    if isinstance(flat.columns, pd.MultiIndex):
        flat.columns = [f"{group}_{statistic}" for group, statistic in flat.columns]
        flat = flat.rename_axis("key").reset_index()
    write_csv(flat, csv)
    tex.write_text(latex_table(table.printed, table.name, table.caption, table.note), encoding="utf-8")
    return csv, tex


# Tables about administrations: attention by type and by who travels, variance of the difference by source, ratio of rates.

def printed_administration_tables(content: ReportContent) -> Iterator[ReportTable]:
    """The tables that this content allows: the variance needs two scenarios, travelling sides need known agendas."""
    yield attention_table(content)
    if travelling_sides(content):
        yield travel_table(content)
    if not variance_of_pair(content).empty:
        yield variance_printed(content)
    if not ratio_rows(content).empty:
        yield ratio_table(content)
    if not content.administration.drift.empty:
        yield drift_printed(content)
    if not content.questions.empty:
        yield question_table(content)


def attention_table(content: ReportContent) -> ReportTable:
    """Expected share of attention by topic and type, with differences between types."""
    topics = by_attention(content)
    cells: dict[tuple[str, str], pd.Series] = {}
    for kind in types(content):
        cells |= _share(words.SHORT_TYPE[kind], levels(content, "attention", ALL, kind, topics))
    for pair in type_pairs(content):
        rows = topic_differences(content, "attention", pair, topics)
        heading = words.initials(pair)
        cells[heading, tr("points")] = rows["q50"].map(lambda value: words.number(value, 1))
        cells[heading, tr("P")] = rows["p_greater"].map(lambda value: words.number(value, 2))
    table = content.administration.agenda_contrast
    error = table.loc[table["measure"] == "attention", "p_greater_mcse"].max()
    note = (tr("{failed}Share of topic mentions in which each contact counts by the rank of the {home} principal, expected for "
               "a typical administration of the type at today's level; over posterior draws. P: probability that the topic "
               "weighs more under the first type; Monte Carlo error at most {error}. Recorded agendas, not intentions.",
               failed=_failed(content), error=local(f"{error:.2g}"), home=tr(content.panel.home[0])))
    return ReportTable(name="attention", caption=tr("Share of attention (%) by type of administration: median and 90 % interval"),
                       note=note, values=table, printed=_printed_administration(content, cells))


def travel_table(content: ReportContent) -> ReportTable:
    """Recorded share of attention by topic, travelling side and type."""
    topics = by_attention(content)
    cells, counts = {}, []
    for way in travelling_sides(content):
        for kind in recorded_types(content):
            rows = levels(content, "attention_record", way, kind, topics)
            side = tr("{side} comes", side=tr(content.panel.home[0]) if way == codes.DIRECTION[0] else content.partner)
            middle = (100 * rows["q50"]).map(words.number)
            cells[side, words.SHORT_TYPE[kind]] = middle + " (" + _interval(rows) + ")"
            counts.append(tr("{side}, {name} {contacts} on {visits}", side=side, name=words.SHORT_TYPE[kind],
                             contacts=int(rows['contacts'].iloc[0]), visits=int(rows['visits'].iloc[0])))
    note = (tr("{failed}Median and, in brackets, 90 % interval of a Dirichlet process posterior over visits, with a prior "
               "worth one visit. Contacts on visits: {listed}. Nothing is held constant: types governed in different years. "
               "Recorded agendas, not intentions.", failed=_failed(content), listed="; ".join(counts)))
    caption = tr("Share of attention (%) in the record by who travels and type of administration")
    return ReportTable(name="travel", caption=caption, note=note,
                       values=content.administration.agenda, printed=_printed_administration(content, cells))


def variance_printed(content: ReportContent) -> ReportTable:
    """Shares of the variance of the difference by source and rank, both pairings."""
    table = variance_of_pair(content)
    keys = list(dict.fromkeys(table["key"]))
    cells: dict[tuple[str, str], pd.Series] = {}
    for pairing, heading in zip(HEADING, (tr("Separate shocks"), tr("Expected")), strict=True):
        found = {key: variance_rows(content, pairing, key) for key in keys}
        for source in found[keys[0]].index:
            share = [tr("none") if still(rows) else words.number(100 * rows.loc[source, "share"]) for rows in found.values()]
            cells[heading, tr(source)] = pd.Series(share, keys)
        deviation = [words.number_with_error(*rows[["sd", "sd_mcse"]].iloc[0]) for rows in found.values()]
        cells[heading, tr("sd")] = pd.Series(deviation, keys)
    printed = pd.DataFrame(cells).set_axis([content.named("contact", key) for key in keys], axis=0)
    note = (tr("{failed}Shapley shares in per cent of the variance of the difference in recorded contacts, which add up to "
               "100; sd: standard deviation of the difference, in contacts. Separate shocks: two futures with the same "
               "parameters. Expected: expected values given parameters.", failed=_failed(content))
            + _error(table["share_mcse"].max()))
    caption = tr("Sources of the uncertainty of {minus}, {span}",
                 minus=tr(" minus ").join(map(words.plain, compared_pair(content))), span=content.span)
    return ReportTable(name="variance", caption=caption, note=note, values=content.administration.variance, printed=printed)


def ratio_table(content: ReportContent) -> ReportTable:
    """The log rate ratio before and after the data, by formulation and for all together."""
    rows = ratio_rows(content)
    cells, names = {}, [", ".join(line_name(name, levels, rows.loc[(name, levels, "posterior"), "weight"]))
                        for name, levels in lines_of(content)]
    for heading, where in ((tr("Before the data"), "prior"), (tr("After the data"), "posterior")):
        part = rows.loc[[(*line, where) for line in lines_of(content)]].set_axis(names, axis=0)
        cells[heading, tr(MEDIAN)] = part["q50"].map(lambda value: words.number(value, 2))
        cells[heading, tr(INTERVAL)] = interval_text(part, 2)
        for column, title in zip(PARTS, (tr("more"), tr("equal"), tr("fewer")), strict=True):
            cells[heading, title] = part[column].map(lambda value: words.number(value, 2))
    first, second = map(words.plain, compared_pair(content))
    error = rows[[f"{part}_mcse" for part in PARTS]].max().max()
    note = (tr("{failed}Given the parameters and the shocks of the term. More, equal and fewer: probabilities that expected "
               "contacts under {first} are more, within a factor of {region} of those under {second}, or fewer; Monte Carlo "
               "error at most {error}. Before the data: drawn from the prior set.", failed=_failed(content), first=first,
               region=factor_of_region(), second=second, error=local(f"{error:.2g}")))
    return ReportTable(name="ratio", caption=tr("Log ratio of expected contacts, {first} over {second}, {span}", first=first,
                                                second=second, span=content.span), note=note,
                       values=content.administration.rate_ratio, printed=pd.DataFrame(cells))


def drift_printed(content: ReportContent) -> ReportTable:
    """Contacts of the term with the drift as it is weighed, going on and stopped."""
    table, cells = content.administration.drift, {}
    for (name, drift), rows in table.groupby(["scenario", "drift"], sort=False):
        part = rows.set_index("key")
        cells[words.plain(name), tr("{drift}, median", drift=words.plain(drift))] = part["q50"].map(words.number)
        cells[words.plain(name), tr("{drift}, 90 %", drift=words.plain(drift))] = interval_text(part, 0)
    printed = pd.DataFrame(cells)
    printed = printed.set_axis([content.named("contact", key) for key in printed.index], axis=0)
    note = (tr("{failed}Weighed: every formulation does with the drift what it does, at its weight in the pool. Goes on, "
               "stopped: all formulations with a drift let it go on through the term, or stop it where the record ends. They "
               "have {share} of the pool. Monte Carlo error of a median at most {error} contacts.", failed=_failed(content),
               share=words.share(table['drifting'].iloc[0]), error=local(f"{table['q50_mcse'].max():.2g}")))
    return ReportTable(name="drift", caption=tr("Recorded contacts in {span} with and without the drift going on",
                                                span=content.span),
                       note=note, values=table, printed=printed)


def question_table(content: ReportContent) -> ReportTable:
    """Probability of every dated question under each scenario, with its Monte Carlo error, and how often the same held before."""
    table = content.questions
    asked = table.drop_duplicates("id").set_index("id")
    cells = {}
    for name in content.scenarios:
        rows = table[table["scenario"] == name].set_index("id")
        cells[words.plain(name), tr("P")] = pd.Series(
            {one: words.number(rows.loc[one, "probability"], 2) if one in rows.index else tr("not asked")
             for one in asked.index})
    cells[tr("Past terms"), tr("yes")] = pd.Series(
        {one.Index: tr("{yes} of {all}", yes=one.past_yes, all=one.past_terms) if one.past_terms else tr("none")
         for one in asked.itertuples()})
    printed = pd.DataFrame(cells).loc[list(asked.index)].set_axis([tr(text) for text in asked["text"]], axis=0)
    note = (tr("{failed}Share of {futures} simulated futures per scenario in which the answer is yes, by the contacts that "
               "would be on record; Monte Carlo error at most {error}. Past terms: of those on record as a whole, how many would "
               "have resolved with yes.", failed=_failed(content), futures=words.number(content.n_path),
               error=local(f"{table['mcse'].max():.2g}")))
    return ReportTable(name="questions", caption=tr("Dated questions, {span}: probability of yes", span=content.span), note=note,
                       values=table, printed=printed)


def _error(largest: float) -> str:
    """The error of the shares; of none where no difference varies."""
    return "" if np.isnan(largest) else tr(" Monte Carlo error of a share at most {value} points.",
                                           value=local(f"{100 * largest:.2g}"))


def _share(heading: str, rows: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    return {(heading, tr(MEDIAN)): (100 * rows["q50"]).map(lambda value: words.number(value, 1)),
            (heading, tr(INTERVAL)): _interval(rows)}


def _interval(rows: pd.DataFrame) -> pd.Series:
    return interval_text(100 * rows[["q05", "q95"]].astype(np.float64), 0)


def _printed_administration(content: ReportContent, cells: dict[tuple[str, str], pd.Series]) -> pd.DataFrame:
    printed = pd.DataFrame(cells)
    return printed.set_axis([content.named("mention_share", topic) for topic in printed.index], axis=0)


def _failed(content: ReportContent) -> str:
    return tr("NOT CONVERGED, used by request: {listed}. ", listed=", ".join(content.failed)) if content.failed else ""


# A frame of printed cells as a LaTeX table with booktabs rules and a note.

_TEMPLATE = r"""% needs \usepackage{{booktabs}}
\begin{{table}}[htbp]
\centering
\caption{{{caption}}}
\label{{tab:{name}}}
\footnotesize
{tabular}
\par\smallskip
\begin{{minipage}}{{\linewidth}}\footnotesize\emph{{{head}}} {note}\end{{minipage}}
\end{{table}}
"""


def interval_text(rows: pd.DataFrame, digits: int) -> pd.Series:
    """The columns q05 and q95 as text: ``4 to 9``, which stays clear with negative bounds."""
    pairs = zip(rows["q05"], rows["q95"], strict=True)
    told = [tr("{low} to {high}", low=number(low, digits), high=number(high, digits)) for low, high in pairs]
    return pd.Series(told, rows.index)


def latex_table(printed: pd.DataFrame, name: str, caption: str, note: str) -> str:
    """LaTeX source of one table.

    Parameters
    ----------
    printed : pd.DataFrame
        Cells as text, columns in two levels.
    name : str
        For the label.
    caption : str
        Plain text.
    note : str
        Plain text; what the distributions are of.
    """
    styler = printed.style.format(escape).format_index(escape, axis=0).format_index(escape, axis=1)
    tabular = styler.to_latex(hrules=True, multicol_align="c", column_format="l" + "r" * printed.shape[1])
    return _TEMPLATE.format(caption=escape(caption), name=name, head=tr("Note."), tabular=tabular.strip(), note=escape(note))


# The codebook as a LaTeX appendix.

_HEAD = r"""% needs \usepackage{longtable,booktabs,array}
\section*{Codebook}
"""
_TABLE = r"""\subsection*{{{title}}}
\begin{{longtable}}{{{columns}}}
\toprule
{heads} \\
\midrule
\endhead
{rows}
\bottomrule
\end{{longtable}}
"""
_WIDTH = {2: (0.26, 0.68), 3: (0.2, 0.44, 0.28)}  # shares of the line


def codebook_latex(examples: dict[tuple[str, str], str], dyad: Dyad | None = None) -> str:
    """Columns of each file and the definition of each code, one longtable each.

    Parameters
    ----------
    examples : dict
        As in :func:`forecast.contacts.codebook.codebook`.
    dyad : Dyad, optional
        Whose partner state is among the codes.
    """
    return _HEAD + "\n".join(_tables(examples, dyad))


def _tables(examples: dict[tuple[str, str], str], dyad: Dyad | None) -> Iterator[str]:
    for title, heads, rows in sections(examples, dyad):
        width = _WIDTH[len(heads)]
        columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{share}\linewidth}}" for share in width)
        body = "\n".join(" & ".join(_breakable(cell) for cell in row) + r" \\" for row in rows)
        yield _TABLE.format(title=escape(title), columns=columns, heads=" & ".join(map(escape, heads)), rows=body)


def _breakable(cell: str) -> str:
    """Escaped, and allowed to break after underscores and hyphens of long ids."""
    return escape(cell).replace(r"\_", r"\_\allowbreak{}").replace("-", r"-\allowbreak{}")
