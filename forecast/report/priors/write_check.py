"""The prior predictive check as files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from forecast.evaluation.prior_predictive.check import PriorCheck
from forecast.evaluation.prior_predictive.finding import Finding
from forecast.panel import Panel
from forecast.report.archive import write_table
from forecast.report.priors.check_figure import CheckContent, draw
from forecast.report.priors.finding_words import Warned, sentences
from forecast.report.save import save_figure


def write_check(name: str, panel: Panel, checks: Mapping[str, PriorCheck], warnings: Sequence[Warned], folder: Path) -> None:
    """Write ``prior_check.csv``, ``warnings.csv`` and the figure ``prior_check``.

    Parameters
    ----------
    name : str
        Of the prior set.
    folder : Path
        An empty one.
    """
    write_table(statistics(checks), folder / "prior_check.csv")
    columns = ["kind", "component", "statistic", "found", "why", "driver", "remedy"]
    rows = [{"kind": one.finding.kind, "component": one.finding.component, "statistic": one.finding.statistic.name,
             **sentences(one)} for one in warnings]
    write_table(pd.DataFrame(rows, columns=columns), folder / "warnings.csv")
    save_figure(draw(CheckContent(name=name, panel=panel, checks=checks)), folder, "prior_check")


def statistics(checks: Mapping[str, PriorCheck]) -> pd.DataFrame:
    """One row per component and statistic: quantiles of the prior, the record, its place, the bound and the share beyond."""
    return pd.DataFrame([_row(one) for check in checks.values() for one in check.findings])


def _row(one: Finding) -> dict[str, object]:
    low, middle, high = one.quantile
    bound = one.bound
    return {"component": one.component, "statistic": one.statistic.name, "title": one.statistic.title, "draws": len(one.values),
            "q05": low, "q50": middle, "q95": high, "record": one.observed, "percentile": one.percentile,
            "low": bound.low if bound else None, "high": bound.high if bound else None,
            "allowed": bound.allowed if bound else None, "beyond": one.beyond if bound else None,
            "beyond_error": one.error if bound else None, "verdict": one.kind}
