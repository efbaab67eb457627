"""Tables about administrations: attention by type and by who travels, variance of the difference by source, ratio of rates."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from forecast.evaluation.cell import PARTS
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.latex import interval
from forecast.report.ratio_rows import line_name, lines_of, percent_of_region, ratio_rows
from forecast.report.rows import election_pair
from forecast.report.tables import Table
from forecast.report.topic_rows import ALL, by_attention, differences, directions, levels, type_pairs, types
from forecast.report.variance import HEADING, still, variance_rows


def administration_tables(content: ReportContent) -> Iterator[Table]:
    """The tables that this content allows: the variance needs two scenarios, travelling sides need known agendas."""
    yield attention_table(content)
    if directions(content):
        yield travel_table(content)
    if not content.administration.variance.empty:
        yield variance_printed(content)
    if not ratio_rows(content).empty:
        yield ratio_table(content)
    if not content.administration.drift.empty:
        yield drift_printed(content)


def attention_table(content: ReportContent) -> Table:
    """Expected share of attention by topic and type, with differences between types."""
    topics = by_attention(content)
    cells = {}
    for kind in types(content):
        cells |= _share(words.SHORT_TYPE[kind], levels(content, "attention", ALL, kind, topics))
    for pair in type_pairs(content):
        rows = differences(content, "attention", pair, topics)
        heading = " $-$ ".join(words.SHORT_TYPE[kind][:3] + "." for kind in pair).replace("$-$", "\N{MINUS SIGN}")
        cells[heading, "points"] = rows["q50"].map(lambda value: words.number(value, 1))
        cells[heading, "P"] = rows["p_greater"].map(lambda value: words.number(value, 2))
    table = content.administration.agenda_contrast
    error = table.loc[table["measure"] == "attention", "p_greater_mcse"].max()
    note = (f"{_failed(content)}Share of topic mentions in which each contact counts by the rank of the US principal, expected "
            "for a typical administration of the type at today's level; over posterior draws. P: probability that the topic "
            f"weighs more under the first type; Monte Carlo error at most {error:.2g}. Recorded agendas, not intentions.")
    return Table(name="attention", caption="Share of attention (\\%) by type of administration: median and 90\\,\\% interval",
                 note=note, values=table, printed=_printed(content, cells))


def travel_table(content: ReportContent) -> Table:
    """Recorded share of attention by topic, travelling side and type."""
    topics = by_attention(content)
    cells, counts = {}, []
    for way in directions(content):
        for kind in types(content):
            rows = levels(content, "attention_record", way, kind, topics)
            side = "US comes" if way == "us_to_partner" else f"{content.partner} comes"
            cells[side, words.SHORT_TYPE[kind]] = _interval(rows)
            counts.append(f"{side}, {words.SHORT_TYPE[kind]} {int(rows['contacts'].iloc[0])} on {int(rows['visits'].iloc[0])}")
    note = (f"{_failed(content)}90 % intervals of a Dirichlet process posterior over visits, with a prior worth one visit. "
            f"Contacts on visits: {'; '.join(counts)}. Nothing is held constant: types governed in different years. Recorded "
            "agendas, not intentions.")
    return Table(name="travel", caption="Share of attention (\\%) in the record by who travels and type of administration",
                 note=note, values=content.administration.agenda, printed=_printed(content, cells))


def variance_printed(content: ReportContent) -> Table:
    """Shares of the variance of the difference by source and rank, both pairings."""
    table = content.administration.variance
    keys = list(dict.fromkeys(table["key"]))
    cells = {}
    for pairing, heading in zip(HEADING, ("Separate shocks", "Expected"), strict=True):
        found = {key: variance_rows(content, pairing, key) for key in keys}
        for source in found[keys[0]].index:
            share = ["none" if still(rows) else words.number(100 * rows.loc[source, "share"]) for rows in found.values()]
            cells[heading, source] = pd.Series(share, keys)
        cells[heading, "sd"] = pd.Series([words.number(rows["sd"].iloc[0], 1) for rows in found.values()], keys)
    printed = pd.DataFrame(cells).set_axis([content.named("contact", key) for key in keys], axis=0)
    note = (f"{_failed(content)}Shapley shares in per cent of the variance of the difference in recorded contacts, which add up "
            "to 100; sd: standard deviation of the difference, in contacts. Separate shocks: two futures with the same "
            "parameters. Expected: expected values given parameters." + _error(table["share_mcse"].max()))
    caption = f"Sources of the uncertainty of {' minus '.join(map(words.plain, election_pair(content)))}, {content.span}"
    return Table(name="variance", caption=caption, note=note, values=table, printed=printed)


def ratio_table(content: ReportContent) -> Table:
    """The log rate ratio before and after the data, by formulation and for all together."""
    rows = ratio_rows(content)
    cells, names = {}, [", ".join(line_name(name, levels, rows.loc[(name, levels, "posterior"), "weight"]))
                        for name, levels in lines_of(rows)]
    for heading, where in (("Before the data", "prior"), ("After the data", "posterior")):
        part = rows.loc[[(*line, where) for line in lines_of(rows)]].set_axis(names, axis=0)
        cells[heading, "median"] = part["q50"].map(lambda value: words.number(value, 2))
        cells[heading, "90 %"] = interval(part, 2)
        for column, title in zip(PARTS, ("more", "equal", "fewer"), strict=True):
            cells[heading, title] = part[column].map(lambda value: words.number(value, 2))
    first, second = map(words.plain, election_pair(content))
    error = rows[[f"{part}_mcse" for part in PARTS]].max().max()
    note = (f"{_failed(content)}Given the parameters and the shocks of the term. More, equal and fewer: probabilities that "
            f"expected contacts under {first} are more, within {percent_of_region()} of those under {second}, or fewer; Monte "
            f"Carlo error at most {error:.2g}. Before the data: drawn from the prior set.")
    return Table(name="ratio", caption=f"Log ratio of expected contacts, {first} over {second}, {content.span}", note=note,
                 values=content.administration.rate_ratio, printed=pd.DataFrame(cells))


def drift_printed(content: ReportContent) -> Table:
    """Contacts of the term with the drift as it is weighed, going on and stopped."""
    table, cells = content.administration.drift, {}
    for (name, drift), rows in table.groupby(["scenario", "drift"], sort=False):
        part = rows.set_index("key")
        cells[words.plain(name), f"{words.plain(drift)}, median"] = part["q50"].map(words.number)
        cells[words.plain(name), f"{words.plain(drift)}, 90 %"] = interval(part, 0)
    printed = pd.DataFrame(cells)
    printed = printed.set_axis([content.named("contact", key) for key in printed.index], axis=0)
    note = (f"{_failed(content)}Weighed: every formulation does with the drift what it does, at its weight in the pool. Goes on, "
            "stopped: all formulations with a drift let it go on through the term, or stop it where the record ends. They have "
            f"{words.share(table['drifting'].iloc[0])} of the pool. Monte Carlo error of a median at most "
            f"{table['q50_mcse'].max():.2g} contacts.")
    return Table(name="drift", caption=f"Recorded contacts in {content.span} with and without the drift going on", note=note,
                 values=table, printed=printed)


def _error(largest: float) -> str:
    """The error of the shares; of none where no difference varies."""
    return "" if np.isnan(largest) else f" Monte Carlo error of a share at most {100 * largest:.2g} points."


def _share(heading: str, rows: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    return {(heading, "median"): (100 * rows["q50"]).map(lambda value: words.number(value, 1)),
            (heading, "90 %"): _interval(rows)}


def _interval(rows: pd.DataFrame) -> pd.Series:
    return interval(100 * rows[["q05", "q95"]].astype(np.float64), 0)


def _printed(content: ReportContent, cells: dict[tuple[str, str], pd.Series]) -> pd.DataFrame:
    printed = pd.DataFrame(cells)
    return printed.set_axis([content.named("mention_share", topic) for topic in printed.index], axis=0)


def _failed(content: ReportContent) -> str:
    return f"NOT CONVERGED, used by request: {', '.join(content.failed)}. " if content.failed else ""
