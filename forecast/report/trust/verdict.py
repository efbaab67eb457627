"""All verdicts, and what they mean in plain words."""

from collections.abc import Callable, Mapping

from forecast.evaluation.trust import Trust
from forecast.report.trust.content import component_name
from forecast.report.trust.convergence_words import AREA, find
from forecast.report.trust.finding import Finding
from forecast.report.trust.predictive_words import LOO_AREA, PIT_AREA, PREDICTIVE_AREA, find_loo, find_pit, find_predictive
from forecast.report.trust.prior_words import OVERLAP_AREA, SENSITIVITY_AREA, find_overlap, find_sensitivity, silent_types

CHECK: Mapping[str, Callable[[Trust], Finding]] = {
    AREA: find, LOO_AREA: find_loo, PIT_AREA: find_pit, PREDICTIVE_AREA: find_predictive, SENSITIVITY_AREA: find_sensitivity,
    OVERLAP_AREA: find_overlap,
}
MEANING: Mapping[str, tuple[str, str]] = {
    AREA: ("The draws are from the posterior, and enough of them.",
           "Numbers from {names} carry an unknown error of the sampler: ask for more draws before you use them."),
    LOO_AREA: ("No single observation holds a posterior up.",
               "Single observations carry much of {names}, or have parameters of their own: leave-one-out scores of these are "
               "unreliable, mostly too good, and the contacts named deserve a second look at their coding."),
    PIT_AREA: ("Where observations can be ordered, they fall where the others said they would.",
               "Single observations are predicted with the wrong spread or level by {names}; intervals of single cells are off "
               "accordingly."),
    PREDICTIVE_AREA: ("Records that the posteriors produce look like the record in every respect that was checked. These checks "
                      "use the data twice and are forgiving.",
                      "Records produced by {names} differ from the real one in the respects named below. Forecasts of "
                      "exactly these features should not be relied on."),
    SENSITIVITY_AREA: ("No quantity of interest follows the prior.",
                       "Some quantities of {names} follow the prior: read them as the record seen through these priors, and "
                       "compare prior sets before citing them."),
    OVERLAP_AREA: ("Every parameter has learnt from the data.",
                   "Some parameters of {names} are either not informed by the data or were moved far from the prior: the reasons "
                   "written beside these priors matter."),
}
"""What it means when a check passed everywhere, and when it did not for the components named."""


def findings(trust: Mapping[str, Trust]) -> dict[str, list[Finding]]:
    """Findings of every check, one per component in order."""
    return {area: [check(one) for one in trust.values()] for area, check in CHECK.items()}


def headline(found: Mapping[str, list[Finding]]) -> str:
    """The whole in one sentence."""
    every = [one for rows in found.values() for one in rows]
    count = {verdict: sum(one.verdict == verdict for one in every) for verdict in ("passed", "look", "failed", "not done")}
    return (f"Of {len(every) - count['not done']} verdicts {count['passed']} are good, {count['look']} ask for a look and "
            f"{count['failed']} are failures.")


def meanings(found: Mapping[str, list[Finding]], trust: Mapping[str, Trust]) -> list[tuple[str, str, str]]:
    """Check, worst verdict and what it means, in order."""
    return [(area, _worst(rows), _meaning(area, rows) + (_silent(trust) if area == SENSITIVITY_AREA else ""))
            for area, rows in found.items()]


def _silent(trust: Mapping[str, Trust]) -> str:
    """Components in which the data hardly speak about any type of administration."""
    names = [component_name(name) for name, one in trust.items() if silent_types(one.sensitivity) == 1]
    return (f" About the effects of administration types the data hardly speak in {_and(names)}: what is said about them there "
            "is mostly assumption." if names else "")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _worst(rows: list[Finding]) -> str:
    verdicts = {one.verdict for one in rows}
    return next((one for one in ("failed", "look", "passed") if one in verdicts), "not done")


def _meaning(area: str, rows: list[Finding]) -> str:
    good, bad = MEANING[area]
    worst = _worst(rows)
    if worst == "not done":
        return "Not done for the components asked for."
    if worst == "passed":
        return good
    names = [component_name(one.component) for one in rows if one.verdict == worst]
    return bad.format(names=_and(names))
