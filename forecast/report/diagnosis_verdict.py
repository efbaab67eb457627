"""What each check found for a component: a verdict, and a sentence in plain words that is made from its numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from forecast.components.registry import COMPONENT
from forecast.evaluation.diagnosis import LEVEL, Checked, Trust
from forecast.panel import Panel
from forecast.posterior.attempt import LARGEST_MCSE, MIN_BFMI
from forecast.posterior.posterior import MAX_DIVERGENCES, MAX_RHAT, MIN_ESS
from forecast.posterior.sensitivity import CONFLICT, HIGH, LOW, STRONG, THRESHOLD
from forecast.report import words
from forecast.report.language import own_label
from forecast.report.style import BLACK, VERMILION
from forecast.report.words import number

# What the report of the checks is made of.

WITHIN, BEYOND = BLACK, VERMILION  # what is as expected, and what is not


@dataclass(frozen=True, kw_only=True)
class TrustContent:
    """Everything that is shown; has what :func:`forecast.report.layout.sheet` asks for.

    Parameters
    ----------
    panel : Panel
        The record.
    trust : mapping of str to Trust
        By component.
    failed : tuple of str
        Always empty: what failed is the subject of the report, not a warning on it.
    manifest : mapping
        What went in.
    """

    panel: Panel
    trust: Mapping[str, Trust]
    manifest: Mapping[str, Any]
    failed: tuple[str, ...] = ()

    @property
    def partner(self) -> str:
        """Name of the partner state."""
        return self.panel.partner[0]

    @property
    def states(self) -> str:
        """Names of both states, at the beginning of a title."""
        return words.states(self.panel.about[0].home, self.partner)


def component_name(name: str) -> str:
    """A component in words: ``Frequency (drift)``."""
    component = COMPONENT[name]
    return f"{words.plain(component.section)}{f' ({component.variant})' if component.variant else ''}"


def code_label(text: str) -> str:
    """A label without underscores; the codes of ranks and topics in it as the dyad calls them that is told of."""
    return _CODE.sub(lambda found: next(filter(None, (own_label(listed, found[0]) for listed in ("us_rank", "agenda"))),
                                        found[0]), text).replace("_", " ")


_CODE = re.compile(r"(?<![\w-])[a-z0-9_]+(?![\w-])")
"""A code by itself, and not a part of an id such as 2018-01-16-president."""


# What one check found for one component, as a verdict and a sentence.

Verdict = Literal["passed", "look", "failed", "not done"]
NAMED = 4  # things that a sentence names before it says how many more there are


@dataclass(frozen=True, kw_only=True)
class VerdictCell:
    """One cell of the table of verdicts.

    Parameters
    ----------
    area : str
        Which check.
    component : str
    verdict : str
        ``passed``; ``look``: not wrong, but to be known; ``failed``; ``not done``.
    text : str
        Whole sentences with the numbers.
    """

    area: str
    component: str
    verdict: Verdict
    text: str


def listed(names: Sequence[str]) -> str:
    """Some names in a row, and how many more there are."""
    shown = ", ".join(names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown


# Sentences on convergence.

AREA = "convergence"


def find(trust: Trust) -> VerdictCell:
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
        return VerdictCell(area=AREA, component=trust.component, verdict="failed", text=text)
    verdict: Verdict = "look" if imprecise else "passed"
    more = f" {imprecise} means have a Monte Carlo error above a twentieth of it." if imprecise else ""
    return VerdictCell(area=AREA, component=trust.component, verdict=verdict, text=numbers + more)


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
    return code_label(row["parameter"])


# Sentences on leave-one-out, calibration and predictive checks.

LOO_AREA, PIT_AREA, PREDICTIVE_AREA = "leave-one-out", "calibration", "predictive checks"
SEVERE = 1.0  # Pareto shape at which weights have no mean


def find_loo(trust: Trust) -> VerdictCell:
    """Expected log predictive densities, and the observations that the posterior leans on."""
    if not trust.loo:
        return VerdictCell(area=LOO_AREA, component=trust.component, verdict="not done",
                           text="No observation that could be left out, or no pointwise likelihood.")
    parts, share = [], []
    for quantity, loo in trust.loo.items():
        names = [trust.observation[quantity][at] for at in np.argsort(-loo.pareto_k, kind="stable")[: loo.weak.sum()]]
        certain = f", {loo.certain.sum()} of which depend on no parameter" if loo.certain.any() else ""
        text = (f"{code_label(quantity)}: elpd {number(loo.elpd, 1)} (SE {loo.se:.1f}), {loo.p_loo:.1f} effective parameters for "
                f"{len(loo.elpd_i)} observations{certain}")
        parts.append(text + (f", k > {loo.good_k:.2f} for {len(names)}: {code_label(listed(names))}" if names else ""))
        share.append(loo.weak.mean())
    severe = any((loo.pareto_k > SEVERE).any() for loo in trust.loo.values())
    verdict: Verdict = "failed" if severe or max(share) > 0.05 else "look" if max(share) > 0 else "passed"
    return VerdictCell(area=LOO_AREA, component=trust.component, verdict=verdict, text="; ".join(parts) + ".")


def find_pit(trust: Trust) -> VerdictCell:
    """Whether transforms are uniform."""
    if not trust.pit:
        return VerdictCell(area=PIT_AREA, component=trust.component, verdict="not done",
                           text="No ordered quantity with two observations or more to transform; see the predictive checks.")
    bad = {name: pit for name, pit in trust.pit.items() if not pit.calibrated}
    good = [code_label(name) for name in trust.pit if name not in bad]
    text = "; ".join([*(f"{code_label(name)}: {pit.shape} ({100 * pit.outside:.0f} % of randomisations leave the band)"
                        for name, pit in bad.items()), *([f"within the band: {', '.join(good)}"] if good else [])])
    note = _note(trust) if bad else ""
    return VerdictCell(area=PIT_AREA, component=trust.component, verdict="failed" if bad else "passed", text=f"{text}.{note}")


def find_predictive(trust: Trust) -> VerdictCell:
    """Families that do not look like the record."""
    if not trust.predictive:
        return VerdictCell(area=PREDICTIVE_AREA, component=trust.component, verdict="not done",
                           text="No observations, or no statistics of them.")
    bad = [one for one in trust.predictive if not one.passed]
    rest = len(trust.predictive) - len(bad)
    text = " ".join([*map(sentence, bad), f"{rest} of {len(trust.predictive)} families look like the record."])
    certain = any(one.p_family < LEVEL / len(trust.predictive) for one in bad)  # Bonferroni over the families of the component
    verdict: Verdict = "failed" if certain else "look" if bad else "passed"
    note = _note(trust) if bad else ""
    return VerdictCell(area=PREDICTIVE_AREA, component=trust.component, verdict=verdict, text=text + note)


def _note(trust: Trust) -> str:
    """What the component itself says about such a finding."""
    note = COMPONENT[trust.component].note
    return f" {note}" if note else ""


def sentence(one: Checked) -> str:
    """A family in one sentence, with its worst statistic."""
    at = int(np.abs(one.p - 0.5).argmax())
    low, high = np.percentile(one.replicated[:, at], (2.5, 97.5))
    digits = one.family.digits
    title = one.family.title[:1].upper() + one.family.title[1:]
    verdict = "fits" if one.passed else "does not fit"
    return (f"{title}: {verdict} (p = {one.p_family:.3f}); {one.outside.sum()} of {len(one.p)} lie outside 95 % where "
            f"{one.outside_expected:.1f} would by chance. Furthest: {code_label(one.labels[at])}, "
            f"{number(one.observed[at], digits)} in the record, {number(low, digits)} to {number(high, digits)} expected.")


# Sentences on what the prior decides.

SENSITIVITY_AREA, OVERLAP_AREA = "sensitivity", "prior to posterior"


def find_sensitivity(trust: Trust) -> VerdictCell:
    """Quantities that follow the prior, and the block of it that matters most."""
    table = trust.sensitivity
    if not len(table):
        return VerdictCell(area=SENSITIVITY_AREA, component=trust.component, verdict="not done",
                           text="No observations, or no pointwise likelihood.")
    parts = []
    for diagnosis in (CONFLICT, STRONG):
        rows = table[table["diagnosis"] == diagnosis].sort_values("prior", ascending=False)
        if len(rows):
            names = [f"{code_label(row.quantity)} ({row.prior:.2f}, mostly {code_label(row.strongest_block)})"
                     for row in rows.itertuples()]
            parts.append(f"{'Potential ' if diagnosis == CONFLICT else ''}{diagnosis} for {len(rows)} of {len(table)} "
                         f"quantities: {listed(names)}.")
    text = " ".join(part[:1].upper() + part[1:] for part in parts) or f"None of {len(table)} quantities follows the prior."
    text = f"{_types(table)} {text}".strip()
    return VerdictCell(area=SENSITIVITY_AREA, component=trust.component, text=text, verdict="look" if parts else "passed")


def _types(table: pd.DataFrame) -> str:
    """Whether the data say anything about types of administration, in one sentence; empty where there are none."""
    rows = _of_types(table)
    if not len(rows):
        return ""
    silent = round(silent_types(table) * len(rows))
    return (f"Type effects: sensitivity to the prior {rows['prior'].min():.2f} to {rows['prior'].max():.2f}, to the data "
            f"{rows['likelihood'].min():.2f} to {rows['likelihood'].max():.2f}; the data hardly speak about {silent} of "
            f"{len(rows)}.")


def _of_types(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["quantity"].str.contains("type_effect", regex=False)] if len(table) else table


def silent_types(table: pd.DataFrame) -> float:
    """Share of the type effects about which the data hardly speak; zero where there are none."""
    rows = _of_types(table)
    return float((rows["likelihood"] < THRESHOLD).mean()) if len(rows) else 0.0


def find_overlap(trust: Trust) -> VerdictCell:
    """Parameters about which the data said little, and those that they moved far."""
    table = trust.overlap
    silent, far = table[table["overlap"] > HIGH], table[table["overlap"] < LOW]
    parts = [f"{len(silent)} of {len(table)} parameters are known from the prior alone: "
             f"{listed([code_label(name) for name in silent['parameter']])}."] if len(silent) else []
    moved = listed([code_label(name) for name in far["parameter"]])
    parts += [f"Moved to where the prior did not look: {moved}."] if len(far) else []
    text = " ".join(parts) or (f"All {len(table)} parameters have learnt from the data; overlaps from "
                               f"{table['overlap'].min():.2f} to {table['overlap'].max():.2f}.")
    return VerdictCell(area=OVERLAP_AREA, component=trust.component, verdict="look" if parts else "passed", text=text)


# All checks, and what their verdicts mean.

CHECK: Mapping[str, Callable[[Trust], VerdictCell]] = {
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


def findings(trust: Mapping[str, Trust]) -> dict[str, list[VerdictCell]]:
    """Findings of every check, one per component in order."""
    return {area: [check(one) for one in trust.values()] for area, check in CHECK.items()}


def headline(found: Mapping[str, list[VerdictCell]]) -> str:
    """The whole in one sentence."""
    every = [one for rows in found.values() for one in rows]
    count = {verdict: sum(one.verdict == verdict for one in every) for verdict in ("passed", "look", "failed", "not done")}
    return (f"Of {len(every) - count['not done']} verdicts {count['passed']} are good, {count['look']} ask for a look and "
            f"{count['failed']} are failures.")


def meanings(found: Mapping[str, list[VerdictCell]], trust: Mapping[str, Trust]) -> list[tuple[str, str, str]]:
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


def _worst(rows: list[VerdictCell]) -> str:
    verdicts = {one.verdict for one in rows}
    return next((one for one in ("failed", "look", "passed") if one in verdicts), "not done")


def _meaning(area: str, rows: list[VerdictCell]) -> str:
    good, bad = MEANING[area]
    worst = _worst(rows)
    if worst == "not done":
        return "Not done for the components asked for."
    if worst == "passed":
        return good
    names = [component_name(one.component) for one in rows if one.verdict == worst]
    return bad.format(names=_and(names))
