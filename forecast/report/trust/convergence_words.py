"""Sentences on convergence."""

from forecast.evaluation.trust import Trust
from forecast.posterior.gates import MAX_DIVERGENCES, MAX_RHAT, MIN_ESS
from forecast.posterior.trust.convergence import LARGEST_MCSE, MIN_BFMI
from forecast.report.trust.content import label
from forecast.report.trust.finding import Finding

AREA = "convergence"


def find(trust: Trust) -> Finding:
    """Gates over all parameters, the energy, and Monte Carlo errors."""
    table, energy = trust.convergence, trust.energy
    rhat, bulk, tail = table.loc[table["rhat"].idxmax()], table.loc[table["ess_bulk"].idxmin()], table.loc[table["ess_tail"].idxmin()]
    faults = [text for wrong, text in (
        (not rhat["rhat"] <= MAX_RHAT, f"R-hat of {label(rhat['parameter'])} is {rhat['rhat']:.3f}: the chains disagree"),
        (not bulk["ess_bulk"] >= MIN_ESS, f"bulk ESS of {label(bulk['parameter'])} is {bulk['ess_bulk']:.0f}: its mean is uncertain"),
        (not tail["ess_tail"] >= MIN_ESS, f"tail ESS of {label(tail['parameter'])} is {tail['ess_tail']:.0f}: the ends of its 90 % "
                                          "interval are uncertain"),
        (energy["divergences"].sum() > MAX_DIVERGENCES, f"{energy['divergences'].sum()} divergent transitions: parts of the posterior "
                                                        "may be missing"),
        (energy["bfmi"].min() < MIN_BFMI, f"E-BFMI is {energy['bfmi'].min():.2f}: tails are explored badly"),
    ) if wrong]
    numbers = (f"{len(table)} parameters: largest R-hat {rhat['rhat']:.3f}, smallest ESS {bulk['ess_bulk']:.0f} (bulk) and "
               f"{tail['ess_tail']:.0f} (tail), {energy['divergences'].sum()} divergences, smallest E-BFMI {energy['bfmi'].min():.2f}, "
               f"largest Monte Carlo error of a mean {100 * table['mcse_over_sd'].max():.1f} % of its standard deviation.")
    imprecise = int((table["mcse_over_sd"] > LARGEST_MCSE).sum())
    if faults:
        return Finding(area=AREA, component=trust.component, verdict="failed", text=f"{'; '.join(faults)}. {numbers}")
    verdict = "look" if imprecise else "passed"
    more = f" {imprecise} means are known to less than a twentieth of a standard deviation." if imprecise else ""
    return Finding(area=AREA, component=trust.component, verdict=verdict, text=numbers + more)
