"""The same scenarios under several prior sets, side by side."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from forecast.pipeline.chain import Progress, compute
from forecast.pipeline.fits import fit_grid
from forecast.pipeline.request import Request, read

KEPT = ("contact", "log_rate_ratio", "mention_share")
"""Quantities whose contrast is kept."""


def compare(request: Request, priors: Sequence[str], progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the scenarios of a request under every prior set, with the same noise.

    Returns
    -------
    contrast : DataFrame
        As in ``contrast.csv``, for contacts, their rates and topics, with a leading column priors.
    summary : DataFrame
        As in ``summary.csv``, for contacts over the whole horizon, with a leading column priors.
    """
    requests = [replace(request, priors=one) for one in priors]
    fit_grid([replace(one, as_of=read(one).panel.as_of) for one in requests], progress)
    contrasts, summaries = [], []
    for one in requests:
        inputs = read(one)
        name, tables = inputs.priors.name, compute(inputs, one, _named(progress, inputs.priors.name)).tables
        chosen = tables.contrast["quantity"].isin(KEPT)
        whole = (tables.summary["quantity"] == "contact") & (tables.summary["window"] == tables.summary["window"].iloc[0])
        contrasts.append(tables.contrast[chosen].assign(priors=name))
        summaries.append(tables.summary[whole].assign(priors=name))
    return tuple(_leading(pd.concat(tables, ignore_index=True)) for tables in (contrasts, summaries))


def _named(progress: Progress, name: str) -> Progress:
    return lambda stage, done, total: progress(f"{stage}, {name}", done, total)


def _leading(table: pd.DataFrame) -> pd.DataFrame:
    return table[["priors", *[name for name in table.columns if name != "priors"]]]
