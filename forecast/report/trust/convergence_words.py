"""Sentences on convergence."""

import pandas as pd

from forecast.evaluation.trust import Trust
from forecast.posterior.gates import MAX_DIVERGENCES, MAX_RHAT, MIN_ESS
from forecast.posterior.trust.convergence import LARGEST_MCSE, MIN_BFMI
from forecast.report.trust.content import label
from forecast.report.trust.finding import Finding

AREA = "convergence"


def find(trust: Trust) -> Finding:
    """Gates over all parameters, the energy, and Monte Carlo errors."""
    table, energy = trust.convergence, trust.energy
    faults, divergent = _faults(table, energy), energy["divergences"].sum()
    numbers = (f"{len(table)} parameters: largest R-hat {table['rhat'].max():.3f}, smallest ESS {table['ess_bulk'].min():.0f} "
               f"(bulk) and {table['ess_tail'].min():.0f} (tail), {divergent} divergences, smallest E-BFMI "
               f"{energy['bfmi'].min():.2f}, largest Monte Carlo error of a mean "
               f"{100 * table['mcse_over_sd'].max():.1f} % of its standard deviation.")
    imprecise = int((table["mcse_over_sd"] > LARGEST_MCSE).sum())
    if faults:
        sentence = "; ".join(faults)
        text = f"{sentence[:1].upper()}{sentence[1:]}. {numbers}"
        return Finding(area=AREA, component=trust.component, verdict="failed", text=text)
    verdict = "look" if imprecise else "passed"
    more = f" {imprecise} means have a Monte Carlo error above a twentieth of it." if imprecise else ""
    return Finding(area=AREA, component=trust.component, verdict=verdict, text=numbers + more)


def _faults(table: pd.DataFrame, energy: pd.DataFrame) -> list[str]:
    """One clause per gate that failed."""
    rhat, bulk, tail = (table.loc[at] for at in (table["rhat"].idxmax(), table["ess_bulk"].idxmin(), table["ess_tail"].idxmin()))
    divergent, bfmi = energy["divergences"].sum(), energy["bfmi"].min()
    checks = (
        (not rhat["rhat"] <= MAX_RHAT, f"R-hat of {_name(rhat)} is {rhat['rhat']:.3f}: the chains disagree"),
        (not bulk["ess_bulk"] >= MIN_ESS, f"bulk ESS of {_name(bulk)} is {bulk['ess_bulk']:.0f}: its mean is uncertain"),
        (not tail["ess_tail"] >= MIN_ESS,
         f"tail ESS of {_name(tail)} is {tail['ess_tail']:.0f}: the ends of its 90 % interval are uncertain"),
        (divergent > MAX_DIVERGENCES, f"{divergent} divergent transitions: parts of the posterior may be missing"),
        (bfmi < MIN_BFMI, f"E-BFMI is {bfmi:.2f}: tails are explored badly"),
    )
    return [text for wrong, text in checks if wrong]


def _name(row: pd.Series) -> str:
    return label(row["parameter"])
