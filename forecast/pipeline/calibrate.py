"""Simulation-based calibration of components: replications, tests of uniformity, verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from forecast.evaluation.uniformity import LEVEL, uniformity
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Inputs
from forecast.posterior.calibration import study
from forecast.posterior.calibration.replicate import RANKS

LOW_ESS = 100
"""Effective draws below which a replication's ranks are not those of independent draws."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Results of a study.

    Parameters
    ----------
    rank : mapping of str to DataFrame
        Component -> ranks, one row per replication, one column per quantity.
    table : DataFrame
        One row per component and quantity: p-values, see :func:`forecast.evaluation.uniformity.uniformity`.
    summary : DataFrame
        One row per component: replications, quantities, the joint p-values, the p-value of the log likelihood, replications
        with divergences and with few effective draws, verdict.
    """

    rank: Mapping[str, pd.DataFrame]
    table: pd.DataFrame
    summary: pd.DataFrame
    ranks: int = RANKS


def calibrate(inputs: Inputs, names: Sequence[str], count: int, seed: int, progress: Progress, *, control: bool = False,
              workers: int | None = None) -> Calibration:
    """Run what is missing of a study and test the ranks."""
    wanted = study.studies(inputs.panel, inputs.priors, names, seed, control=control)
    study.run(wanted, count, progress, workers)
    rank, tables, rows = {}, [], []
    for one in wanted:
        found = study.replications(one, count)
        rank[one.name] = pd.DataFrame([dict(item.rank) for item in found])
        table = uniformity(rank[one.name], RANKS)
        tables.append(table.assign(component=one.name))
        rows.append(_summary(one.name, table, found))
    return Calibration(rank=rank, table=pd.concat(tables, ignore_index=True), summary=pd.DataFrame(rows))


def _summary(name: str, table: pd.DataFrame, found: Sequence) -> dict[str, object]:
    likelihood = table.set_index("quantity").loc["log likelihood"]
    joint = table[["p_chi_square_joint", "p_ecdf_joint"]].min()
    return {"component": name, "replications": len(found), "quantities": len(table),
            "p_chi_square_joint": joint["p_chi_square_joint"], "p_ecdf_joint": joint["p_ecdf_joint"],
            "p_log_likelihood": likelihood["p_ecdf"], "worst": table.loc[table["p_ecdf"].idxmin(), "quantity"],
            "with_divergences": sum(one.divergences > 0 for one in found),
            "with_few_effective_draws": sum(one.min_ess < LOW_ESS for one in found),
            "uniform": bool(joint.min() >= LEVEL / 2)}
