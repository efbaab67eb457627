"""Rows of ``rate_ratio.csv`` for the two scenarios that are set against each other."""

import pandas as pd

from forecast.evaluation.equivalence import load_equivalence
from forecast.evaluation.rate_ratio import POOL
from forecast.report import words
from forecast.report.content import ReportContent
from forecast.report.rows import election_pair

WHERE = ["formulation", "levels", "distribution"]


def ratio_rows(content: ReportContent, key: str = "all") -> pd.DataFrame:
    """Rows of one rank or of all, indexed by formulation, levels and distribution; none where a scenario leaves open who wins."""
    table = content.administration.rate_ratio
    return _of_pair(content, table[table["key"] == key]).set_index(WHERE)


def density_rows(content: ReportContent) -> pd.DataFrame:
    """Densities of all contacts, indexed by formulation, levels and distribution."""
    return _of_pair(content, content.administration.rate_ratio_density).set_index(WHERE).sort_index()


def _of_pair(content: ReportContent, table: pd.DataFrame) -> pd.DataFrame:
    first, second = election_pair(content) or ("", "")
    return table[(table["first"] == first) & (table["second"] == second)]


def lines_of(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Formulation and levels of every line: all with shared levels, and the last, the pool, with separate ones too."""
    names = list(dict.fromkeys(rows.index.get_level_values("formulation")))
    return [*((name, "shared") for name in names), *((name, "separate") for name in names[-1:])]


def line_name(name: str, levels: str, weight: float) -> tuple[str, str]:
    """Words for a line, and what is said of it in small print."""
    if name == POOL:
        return "All together", "term levels of their own" if levels == "separate" else "weighed by the pool"
    told = words.plain(name.removeprefix("frequency_"))
    return told, "term levels of their own" if levels == "separate" else f"{words.share(weight)} of the pool"


def percent_of_region() -> str:
    """The share by which equal rates may differ, as text."""
    return words.share(load_equivalence().rate.share)
