"""Simulation-based calibration of components: replications, tests of uniformity, verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from forecast.components.projection import Future
from forecast.evaluation.calibration_power import Power, smallest_shift, smallest_width
from forecast.evaluation.uniformity import holm, rejects, uniformity
from forecast.panel.elections import load_elections
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Inputs
from forecast.posterior.calibration import study
from forecast.posterior.calibration.next_term import CONTRAST, NEXT_TERM
from forecast.posterior.calibration.replicate import LIKELIHOOD, RANKS
from forecast.simulation.assemble import future_of

LOW_ESS = 100
"""Effective draws below which a replication's ranks are not those of independent draws."""
KINDS = {"parameter": "", "log_likelihood": LIKELIHOOD, "next_term": NEXT_TERM, "contrast": CONTRAST}
"""Kinds of quantities, and how the names of all but parameters begin."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Results of a study.

    Parameters
    ----------
    rank : mapping of str to DataFrame
        Component and control -> ranks, one row per replication, one column per quantity.
    table : DataFrame
        One row per study and quantity: p-values, see :func:`forecast.evaluation.uniformity.uniformity`, and its kind.
    summary : DataFrame
        One row per study: replications, quantities, the joint p-values of all quantities and of each kind, replications
        with divergences and with few effective draws, verdict; the power that was counted, and the smallest faults of one
        quantity that so many replications show (:mod:`forecast.evaluation.calibration_power`).
    """

    rank: Mapping[str, pd.DataFrame]
    table: pd.DataFrame
    summary: pd.DataFrame
    ranks: int = RANKS


def calibrate(inputs: Inputs, names: Sequence[str], count: int, seed: int, progress: Progress, *, control: str | None = None,
              workers: int | None = None) -> Calibration:
    """Run what is missing of a study and test the ranks; `control` as in :func:`forecast.posterior.calibration.study.studies`."""
    wanted = study.studies(inputs.panel, inputs.priors, names, seed, outcomes(inputs), control=control)
    study.run(wanted, count, progress, workers)
    rank, tables, rows = {}, [], []
    for one in wanted:
        found = study.replications(one, count)
        rank[one.label] = pd.DataFrame([dict(item.rank) for item in found])
        table = uniformity(rank[one.label], RANKS)
        kind = table["quantity"].map(kind_of)
        tables.append(table.assign(kind=kind, component=one.name, control=one.control or "none", study=one.label))
        rows.append({"component": one.name, "control": one.control or "none", "wrong": one.told, "study": one.label,
                     **_summary(table.assign(kind=kind), found), **_power(rank[one.label], one.control)})
    return Calibration(rank=rank, table=pd.concat(tables, ignore_index=True), summary=pd.DataFrame(rows))


def outcomes(inputs: Inputs) -> tuple[Future, Future]:
    """The coming term under the first two outcomes of the next election, for the office that the scenarios are about."""
    asked = next(iter(inputs.elections.values()))
    coming = [one for one in load_elections() if one.office == asked.office and one.term_start > inputs.panel.as_of]
    election = min(coming, key=lambda one: one.term_start, default=asked)
    first, second, *_ = election.outcomes
    return future_of(election, first), future_of(election, second)


def kind_of(quantity: str) -> str:
    """Kind of a quantity by its name, a key of ``KINDS``."""
    return next((kind for kind, begin in KINDS.items() if begin and quantity.startswith(begin)), "parameter")


def _summary(table: pd.DataFrame, found: Sequence) -> dict[str, object]:
    joint = table[["p_chi_square_joint", "p_ecdf_joint"]].min()
    within = {f"{test}_{kind}": holm(table.loc[table["kind"] == kind, test].to_numpy()).min(initial=float("inf"))
              for kind in KINDS for test in ("p_chi_square", "p_ecdf")}
    return {"replications": len(found), "quantities": len(table), **joint.to_dict(),
            **{name: value if value <= 1 else float("nan") for name, value in within.items()},
            "worst": table.loc[table["p_ecdf"].idxmin(), "quantity"],
            "with_divergences": sum(one.divergences > 0 for one in found),
            "with_few_effective_draws": sum(one.min_ess < LOW_ESS for one in found), "uniform": not rejects(table)}


def _power(rank: pd.DataFrame, control: str | None) -> dict[str, object]:
    """What so many replications show, and for a control how often studies showed it."""
    seen = {name: how(len(rank), rank.shape[1], RANKS) for name, how in
            (("shift_seen", smallest_shift), ("width_seen", smallest_width))}
    if control is None:
        return seen
    power = Power.of(rank, RANKS)
    return seen | {"study_size": power.size, "studies": power.studies, "studies_rejected": power.rejected,
                   "power": power.rejected / power.studies, "power_low": power.low, "power_high": power.high}
