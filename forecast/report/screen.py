"""What the commands print: a few numbers, each with what it is of, and where the rest lies."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from rich.table import Table

from forecast.console import console
from forecast.evaluation.cell import PARTS
from forecast.evaluation.equivalence import load_equivalence
from forecast.posterior.gates import Gates

HEADING = ("priors", "as of", "component", "parameters", "max R-hat", "min bulk ESS", "min tail ESS", "divergences",
           "verdict", "")
LABELS = ("priors", "as of", "component", "verdict", "")
"""Columns of words, set to the left."""


def print_run(summary: pd.DataFrame, contrast: pd.DataFrame, ratio: pd.DataFrame, directory: Path) -> None:
    """Print recorded contacts by rank under each scenario, the contrast, its two readings, and the files to open.

    Parameters
    ----------
    summary, contrast, ratio : pandas.DataFrame
        ``summary.csv``, ``contrast.csv`` and ``rate_ratio.csv``.
    directory : Path
        Where the run is.
    """
    screen = console()
    window = summary["window"].iloc[0]
    rows = summary[(summary["quantity"] == "contact") & (summary["window"] == window)]
    table = Table(title=f"Recorded contacts {window}: median (5 % to 95 % of simulated futures)")
    table.add_column("rank")
    for name in rows["scenario"].unique():
        table.add_column(name, justify="right")
    columns = _contrast_columns(contrast)
    for heading in columns:
        table.add_column(heading, justify="right")
    for key in rows["key"].unique():
        cells = [f"{row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})" for row in rows[rows["key"] == key].itertuples()]
        table.add_row(key.replace("_", " "), *cells, *(cells_of[key] for cells_of in columns.values()))
    screen.print(table)
    for sentence in _levels(ratio):
        screen.print(sentence, soft_wrap=True)
    rows = summary[(summary["quantity"] == "contact_estimated") & (summary["window"] == window) & (summary["key"] == "all")]
    listed = "; ".join(f"{row.scenario} {row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})" for row in rows.itertuples())
    screen.print(f"Estimated contacts, recorded or not: {listed}.", soft_wrap=True)
    tables = ", ".join(sorted(path.name for path in directory.glob("*.csv")))
    screen.print(f"Written: {directory}/report.html, {tables}, figures/, tables/, trajectories/, posterior/, manifest.json",
                 soft_wrap=True)


def _contrast_columns(contrast: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Heading -> rank -> cell: for every pair the log rate ratio, its three probabilities, and P of the expected value."""
    if contrast.empty:
        return {}
    share = 100 * load_equivalence().rate.share
    rows = contrast[(contrast["pairing"] == "expected") & (contrast["quantity"] == "log_rate_ratio")]
    columns = {}
    for (first, second), part in rows.groupby(["first", "second"], sort=False):
        row = part.set_index("key")
        columns |= {
            f"log rate ratio {first} / {second}": {key: ratio_cell(one) for key, one in row.iterrows()},
            f"P({first} more, equal within {share:.0f} %, {second} more)": {key: parts_cell(one) for key, one in row.iterrows()},
            f"P({first} > {second}), expected value": {
                key: f"{one['p_greater']:.2f} ± {one['p_greater_mcse']:.2f}" for key, one in row.iterrows()}}
    return columns


def _levels(ratio: pd.DataFrame) -> Iterator[str]:
    """P of every pair where the outcomes share the level of the coming term, and where each draws its own."""
    told = ratio[(ratio["key"] == "all") & (ratio["distribution"] == "posterior")]
    for (first, second), part in told.groupby(["first", "second"], sort=False):
        shared, apart = (part[part["levels"] == levels].iloc[-1] for levels in ("shared", "separate"))
        chance = [f"{row['p_greater']:.2f} ± {row['p_greater_mcse']:.2f}" for row in (shared, apart)]
        yield (f"P({first} > {second}), all contacts: {chance[0]} where both outcomes share the level of the coming term, "
               f"{chance[1]} where each draws its own.")


def ratio_cell(row: pd.Series) -> str:
    """Median and 90 % interval of a log rate ratio."""
    return f"{row['q50']:.2f} ({row['q05']:.2f} to {row['q95']:.2f})"


def parts_cell(row: pd.Series) -> str:
    """The three probabilities of a log rate ratio."""
    return " ".join(f"{row[part]:.2f}" for part in PARTS)


def print_gates(gates: Mapping[tuple[str, str, str], tuple[Gates, bool]]) -> None:
    """Print the convergence diagnostics by prior set, as-of date and component."""
    table = Table(title="Convergence (gates: R-hat <= 1.01, ESS >= 400, no divergences)")
    for heading in HEADING:
        table.add_column(heading, justify="left" if heading in LABELS else "right")
    for key, (found, reused) in gates.items():
        table.add_row(*key, str(found.parameters), f"{found.max_rhat:.4f}", f"{found.min_ess_bulk:.0f}",
                      f"{found.min_ess_tail:.0f}", str(found.divergences), "passed" if not found.failures else "FAILED",
                      "from the cache" if reused else "fitted")
    console().print(table)
