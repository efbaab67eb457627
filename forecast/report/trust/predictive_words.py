"""Sentences on leave-one-out, calibration and predictive checks."""

import numpy as np

from forecast.evaluation.predictive.check import LEVEL, Checked
from forecast.evaluation.trust import Trust
from forecast.report.trust.content import label
from forecast.report.trust.finding import Finding, listed
from forecast.report.words import number

LOO_AREA, PIT_AREA, PREDICTIVE_AREA = "leave-one-out", "calibration", "predictive checks"
NOTE = {"frequency_discount": "This form counts an earlier term for less than the last one on purpose: it is built to forecast, "
                              "and does not describe the early record."}
SEVERE = 1.0  # Pareto shape at which weights have no mean


def find_loo(trust: Trust) -> Finding:
    """Expected log predictive densities, and the observations that the posterior leans on."""
    if not trust.loo:
        return Finding(area=LOO_AREA, component=trust.component, verdict="not done", text="No pointwise likelihood.")
    parts, share = [], []
    for quantity, loo in trust.loo.items():
        names = [trust.observation[quantity][at] for at in np.argsort(-loo.pareto_k, kind="stable")[: loo.weak.sum()]]
        certain = f", {loo.certain.sum()} of which depend on no parameter" if loo.certain.any() else ""
        text = (f"{label(quantity)}: elpd {number(loo.elpd, 1)} (SE {loo.se:.1f}), {loo.p_loo:.1f} effective parameters for "
                f"{len(loo.elpd_i)} observations{certain}")
        parts.append(text + (f", k > {loo.good_k:.2f} for {len(names)}: {label(listed(names))}" if names else ""))
        share.append(loo.weak.mean())
    severe = any((loo.pareto_k > SEVERE).any() for loo in trust.loo.values())
    verdict = "failed" if severe or max(share) > 0.05 else "look" if max(share) > 0 else "passed"
    return Finding(area=LOO_AREA, component=trust.component, verdict=verdict, text="; ".join(parts) + ".")


def find_pit(trust: Trust) -> Finding:
    """Whether transforms are uniform."""
    if not trust.pit:
        return Finding(area=PIT_AREA, component=trust.component, verdict="not done",
                       text="No ordered quantity to transform; see the predictive checks.")
    bad = {name: pit for name, pit in trust.pit.items() if not pit.calibrated}
    good = [label(name) for name in trust.pit if name not in bad]
    text = "; ".join([*(f"{label(name)}: {pit.shape} ({100 * pit.outside:.0f} % of randomisations leave the band)"
                        for name, pit in bad.items()), *([f"within the band: {', '.join(good)}"] if good else [])])
    note = f" {NOTE[trust.component]}" if bad and trust.component in NOTE else ""
    return Finding(area=PIT_AREA, component=trust.component, verdict="failed" if bad else "passed", text=f"{text}.{note}")


def find_predictive(trust: Trust) -> Finding:
    """Families that do not look like the record."""
    if not trust.predictive:
        return Finding(area=PREDICTIVE_AREA, component=trust.component, verdict="not done", text="No statistics of it.")
    bad = [one for one in trust.predictive if not one.passed]
    rest = len(trust.predictive) - len(bad)
    text = " ".join([*map(sentence, bad), f"{rest} of {len(trust.predictive)} families look like the record."])
    certain = any(one.p_family < LEVEL / len(trust.predictive) for one in bad)  # Bonferroni over the families of the component
    verdict = "failed" if certain else "look" if bad else "passed"
    note = f" {NOTE[trust.component]}" if bad and trust.component in NOTE else ""
    return Finding(area=PREDICTIVE_AREA, component=trust.component, verdict=verdict, text=text + note)


def sentence(one: Checked) -> str:
    """A family in one sentence, with its worst statistic."""
    at = int(np.abs(one.p - 0.5).argmax())
    low, high = np.percentile(one.replicated[:, at], (2.5, 97.5))
    digits = one.family.digits
    title = one.family.title[:1].upper() + one.family.title[1:]
    verdict = "fits" if one.passed else "does not fit"
    return (f"{title}: {verdict} (p = {one.p_family:.3f}); {one.outside.sum()} of {len(one.p)} lie outside 95 % where "
            f"{one.outside_expected:.1f} would by chance. Furthest: {label(one.labels[at])}, {number(one.observed[at], digits)} "
            f"in the record, {number(low, digits)} to {number(high, digits)} expected.")
