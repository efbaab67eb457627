"""Chains that end in posteriors, and what can be said of these: prior sets side by side, pool, calibration, checks, priors alone.

Posteriors of several prior sets and as-of dates are fitted together, so that equal shapes are compiled once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.components.joint import knowing
from forecast.components.prior_file import load_priors
from forecast.components.priors import PriorSet
from forecast.components.protocol import Future
from forecast.components.registry import COMPONENT, CONTACTS, POOL, SHIPPED, needs, priors_of, projecting
from forecast.console import Progress, say
from forecast.contacts.region import region_of
from forecast.errors import Fault, GateError, InputError, nearest
from forecast.evaluation.diagnosis import STAGES, Trust, assess
from forecast.evaluation.elicitation import AnswerSource, check_close, check_determined, fit, pool_answers
from forecast.evaluation.prior_check import DRAWS, Implications, PriorCheck, check_priors, user_of
from forecast.evaluation.skill import holm, paired_difference, pool_scores
from forecast.evaluation.uniformity import Power, rejects, smallest_shift, smallest_width, uniformity
from forecast.outputs import output_directory
from forecast.panel import DEFAULT_AS_OF, Panel, load_panel
from forecast.panel.elections import load_elections
from forecast.pipeline.request import Inputs, Request, check_some_contact, read, weights_with_base
from forecast.pipeline.run import only_futures
from forecast.posterior import calibration
from forecast.posterior.calibration import CONTRAST, LIKELIHOOD, NEXT_TERM, RANKS, RUNNING_TERM, Replication
from forecast.posterior.fit import Job, fit_missing, known_twice, plan, posteriors, seen_from
from forecast.posterior.pool import stacking_weights
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.report.diagnosis_page import write_diagnosis
from forecast.report.diagnosis_verdict import TrustContent
from forecast.report.elicitation import Elicited, ElicitedParameter, elicitation_page, elicited_parameter
from forecast.report.words import day, states
from forecast.shipped import CASE
from forecast.simulation.prepare import future_of

Fits = Mapping[tuple[str, str], Mapping[str, Posterior]]
"""Posterior of every component by prior set and as-of date."""


def fit_grid(requests: Sequence[Request], progress: Progress, names: Sequence[str] | None = None, *,
             forecasts: bool = False) -> Fits:
    """Fit every component (or those named) for every request; all inputs are read and checked before the first fit.

    Raises
    ------
    InputError
        With the faults of the first request that has any.
    GateError
        Where a posterior failed a gate and its request does not ask to go on; all others are stored by then.
    """
    jobs: dict[tuple[str, str], tuple[Job, ...]] = {}
    for request in requests:
        inputs = read(request)
        key = inputs.priors.name, inputs.panel.as_of.isoformat()
        if key in jobs:
            raise InputError([Fault(
                source=str(request.priors), where=f"key name, as of {key[1]}", expected="prior sets of different names",
                found=f"'{key[0]}' twice", remedy="Give the set another name in its file, or name it once.")])
        jobs[key] = plan(inputs.panel, inputs.priors, SamplerSettings(seed=request.seed), draws=request.draws, names=names,
                         elsewhere=inputs.elsewhere, forecasts=forecasts)
    every = [job for one in jobs.values() for job in one]
    fitted = fit_missing(every, lambda name, done, total: progress(f"fit {name}", done, total))
    found = {key: {name: replace(one, reused=one.key not in fitted)
                   for name, one in posteriors(part).items()} for key, part in jobs.items()}
    if not all(request.ignore_gates for request in requests):
        _refuse(found)
    return found


def _refuse(found: Fits) -> None:
    failed = [f"{name} ({priors}, {as_of}): {', '.join(one.gates.failures)}"
              for (priors, as_of), part in found.items() for name, one in part.items() if one.gates.failures]
    if failed:
        raise GateError(f"Posterior failed its convergence gates: {'; '.join(failed)}. Ask for more draws (--draws), or look at "
                        "it all the same with --ignore-gates.")


# The same scenarios under several prior sets, side by side.

KEPT = ("contact", "log_rate_ratio", "mention_share")
"""Quantities whose contrast is kept."""


def applying(request: Request) -> list[str]:
    """Shipped prior sets without those that know what the record of a request holds, or what came after it; these are told."""
    found = []
    for name in shipped.shipped_priors():
        inputs = read(replace(request, priors=name))
        if inputs.priors.from_region and not inputs.elsewhere:
            continue  # the set that it extends, once more
        faults = known_twice(inputs.priors, (inputs.panel, *inputs.elsewhere.values()))
        for fault in faults:
            say(f"note: {name} is left out. {fault}", error=True)
        found += [] if faults else [name]
    return found


def compare_priors(request: Request, priors: Sequence[str], progress: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run the scenarios of a request under every prior set, with the same noise.

    Returns
    -------
    contrast : DataFrame
        As in ``contrast.csv``, for contacts, their rates and topics, with a leading column priors.
    summary : DataFrame
        As in ``summary.csv``, for contacts over the whole horizon, with a leading column priors.
    """
    requests = [replace(request, priors=one) for one in priors]
    panels = [read(one).panel for one in requests]
    for panel in panels:
        weights_with_base(panel)  # may refuse the record: before anything long
    fit_grid([replace(one, as_of=panel.as_of) for one, panel in zip(requests, panels, strict=True)], progress, forecasts=True)
    contrasts, summaries = [], []
    for one in requests:
        inputs = read(one)
        name, tables = inputs.priors.name, only_futures(inputs, one, _named(progress, inputs.priors.name)).tables
        chosen = tables.contrast["quantity"].isin(KEPT)
        whole = (tables.summary["quantity"] == "contact") & (tables.summary["window"] == tables.summary["window"].iloc[0])
        contrasts.append(tables.contrast[chosen].assign(priors=name))
        summaries.append(tables.summary[whole].assign(priors=name))
    return _leading(pd.concat(contrasts, ignore_index=True)), _leading(pd.concat(summaries, ignore_index=True))


def _named(progress: Progress, name: str) -> Progress:
    return lambda stage, done, total: progress(f"{stage}, {name}", done, total)


def _leading(table: pd.DataFrame) -> pd.DataFrame:
    return table[["priors", *[name for name in table.columns if name != "priors"]]]


# The pool's members judged by past terms, each with and without effects of type and president.

@dataclass(frozen=True, kw_only=True)
class PoolSkill:
    """Scores of past terms.

    Parameters
    ----------
    scores : DataFrame
        Columns forecaster, administrations (``with``, ``without`` effects of type and president), term, score, error,
        weight (of the forecaster in the pool of today; NaN for the pool).
    effects : DataFrame
        One row per forecaster: what effects of type and president add to its score (difference, error, better_in, terms).
    """

    scores: pd.DataFrame
    effects: pd.DataFrame


def pool_skill(inputs: Inputs, request: Request, progress: Progress) -> PoolSkill:
    """Fit the members of the pool with and without effects of the administrations, and score past terms.

    Raises
    ------
    GateError
        Where a posterior failed a gate and the request does not ask to go on; all are stored by then.
    """
    members = [member.name for member in POOL[CONTACTS].members]
    settings = SamplerSettings(seed=request.seed)
    every: dict[tuple[str, str], Mapping[str, Posterior]] = {}
    for administrations, priors in {"with": inputs.priors, "without": without_administrations(inputs.priors)}.items():
        jobs = plan(inputs.panel, priors, settings, draws=request.draws, names=members, elsewhere=inputs.elsewhere)
        every[f"{administrations} types", inputs.panel.as_of.isoformat()] = posteriors(
            jobs, _named(progress, f"{administrations} types"))
    if not request.ignore_gates:
        _refuse(every)
    tables = [_scores(seen_from(found, inputs.panel.dyad[0])).assign(administrations=name.removesuffix(" types"))
              for (name, _), found in every.items()]
    scores = pd.concat(tables, ignore_index=True)
    return PoolSkill(scores=scores, effects=_effects(scores))


def without_administrations(priors: PriorSet) -> PriorSet:
    """The same priors with effects of type and president held at next to nothing."""
    section = POOL[CONTACTS].section
    none = POOL[CONTACTS].without_administrations(priors.component[section])
    return priors.model_copy(update={"component": {**priors.component, section: none}})


def _scores(found: Mapping[str, Posterior]) -> pd.DataFrame:
    term = next(iter(found.values())).coord["term"]
    score, error = (np.array([one.chains[key].to_numpy() for one in found.values()])
                    for key in ("term_score", "term_score_error"))
    rows = [pd.DataFrame({"forecaster": name, "term": term, "score": score[at], "error": error[at], "weight": weight})
            for at, (name, weight) in enumerate(zip(found, stacking_weights(score), strict=True))]
    together = pool_scores(score, stacking_weights)
    rows.append(pd.DataFrame({"forecaster": f"{CONTACTS} pool", "term": term, "score": together, "error": error.max(axis=0),
                              "weight": np.nan}))
    return pd.concat(rows).dropna(subset="score")


def _effects(scores: pd.DataFrame) -> pd.DataFrame:
    rows = {}
    for name, part in scores.groupby("forecaster", sort=False):
        wide = part.pivot_table(index="term", columns="administrations", values="score", sort=False)
        rows[name] = paired_difference(wide["with"].to_numpy(), wide["without"].to_numpy())
    return pd.DataFrame(rows).T.rename_axis("forecaster").reset_index()


# Simulation-based calibration of components: replications, tests of uniformity, verdict.

LOW_ESS = 100
"""Effective draws below which a replication's ranks are not those of independent draws."""
KINDS = {"parameter": "", "log_likelihood": LIKELIHOOD, "next_term": NEXT_TERM, "running_term": RUNNING_TERM,
         "contrast": CONTRAST}
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
        quantity that so many replications show (:mod:`forecast.evaluation.uniformity`).
    """

    rank: Mapping[str, pd.DataFrame]
    table: pd.DataFrame
    summary: pd.DataFrame
    ranks: int = RANKS


def calibrate(inputs: Inputs, names: Sequence[str], count: int, seed: int, progress: Progress, *, control: str | None = None,
              region: str | None = None, workers: int | None = None) -> Calibration:
    """Run what is missing of a study and test the ranks; `control` as in :func:`forecast.posterior.calibration.studies`.

    Inputs of a term that runs (:func:`forecast.pipeline.running_term.read_term`) rank that term in place of the next. With the
    name of a `region` the fit to all its dyads is calibrated, of which the term of the first is projected.

    Raises
    ------
    InputError
        Where a component is not estimated from the region, or the record lacks what it is fitted to.
    """
    panel = panels_of(inputs, names, region)
    wanted = [one for name in names for one in calibration.studies(panel[name], inputs.priors, [name], seed, outcomes(inputs),
                                                                   control=control)]
    calibration.run(wanted, count, progress, workers)
    rank, tables, rows = {}, [], []
    for one in wanted:
        found = calibration.replications(one, count)
        rank[one.label] = pd.DataFrame([dict(item.rank) for item in found])
        table = uniformity(rank[one.label], RANKS)
        kind = table["quantity"].map(rank_kind)
        tables.append(table.assign(kind=kind, component=one.name, control=one.control or "none", study=one.label))
        rows.append({"component": one.name, "control": one.control or "none", "wrong": one.told, "study": one.label,
                     "dyad": _whose(one, region), "as_of": inputs.panel.as_of.isoformat(),
                     **_summary(table.assign(kind=kind), found), **_power(rank[one.label], one.control)})
    return Calibration(rank=rank, table=pd.concat(tables, ignore_index=True), summary=pd.DataFrame(rows))


def _whose(study: calibration.Study, region: str | None) -> str:
    """Of which record a study is: of a dyad, of a region, or of a dyad with its neighbours."""
    dyad = study.shape.coord["dyad"][0]
    if region is None:
        return dyad
    return region if projecting(study.name).several == "unit" else f"{dyad} in {region}"


def estimated_together(inputs: Inputs) -> list[str]:
    """Names of the components that are estimated from all dyads of the region."""
    return [name for name, one in COMPONENT.items() if one.section in inputs.elsewhere]


def panels_of(inputs: Inputs, names: Sequence[str], region: str | None) -> dict[str, Panel]:
    """The panel to which each of the components named is fitted: that of the dyad, or that of all dyads of a region.

    Raises
    ------
    InputError
        Where the dyad is none of the region, or a component is not estimated from it.
    """
    if region is None:
        return dict.fromkeys(names, inputs.panel)
    dyad, known = inputs.panel.dyad[0], estimated_together(inputs)
    home = region_of([dyad])
    wrong = [(f"a dyad of {region}", dyad, "Name one of its dyads with --dyad, or none.")] * (home is None or home.id != region)
    apart = [name for name in names if name not in known]
    wrong += [(f"components that are estimated from {region}: {', '.join(known) or 'none as of this day'}", ", ".join(apart),
               "Name these, or calibrate the fit to one dyad: without --region.")] * bool(apart or not known)
    if wrong:
        raise InputError([Fault(source="command line", where="option --region", expected=expected, found=found, remedy=remedy)
                          for expected, found, remedy in wrong])
    return {name: inputs.elsewhere[COMPONENT[name].section] for name in names}


def outcomes(inputs: Inputs) -> tuple[Future, ...]:
    """The coming term under the first two outcomes of the next election, for the office that the scenarios are about.

    Of a term that runs, that term under whoever governs.
    """
    asked, scenario = next(iter(inputs.elections.values())), next(iter(inputs.scenarios.values()))
    if inputs.running:
        return (future_of(asked, next(iter(scenario.chances))),)
    coming = [one for one in load_elections(asked.file, asked.terms.parent)
              if one.office == asked.office and one.term_start > inputs.panel.as_of]
    election = min(coming, key=lambda one: one.term_start, default=asked)
    first, second, *_ = election.outcomes
    return future_of(election, first), future_of(election, second)


def rank_kind(quantity: str) -> str:
    """Kind of a quantity by its name, a key of ``KINDS``."""
    return next((kind for kind, begin in KINDS.items() if begin and quantity.startswith(begin)), "parameter")


def _summary(table: pd.DataFrame, found: Sequence[Replication]) -> dict[str, object]:
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
    seen: dict[str, object] = {name: how(len(rank), rank.shape[1], RANKS) for name, how in
            (("shift_seen", smallest_shift), ("width_seen", smallest_width))}
    if control is None:
        return seen
    power = Power.of(rank, RANKS)
    return seen | {"study_size": power.size, "studies": power.studies, "studies_rejected": power.rejected,
                   "power": power.rejected / power.studies, "power_low": power.low, "power_high": power.high}


# From checked inputs to the report that says whether the posteriors can be trusted.

def chosen_components(names: Iterable[str] | None) -> tuple[str, ...]:
    """Names of the components to check: those asked for, with all variants of a section, or all.

    Raises
    ------
    InputError
        Where one is not registered.
    """
    known: dict[str, tuple[str, ...]] = {name: (name,) for name in COMPONENT}
    for name, component in COMPONENT.items():
        known.setdefault(component.section, ())
        if component.section != name:
            known[component.section] = (*known[component.section], name)
    wanted = list(names or COMPONENT)
    faults = [Fault(source="command line", where="option --component", expected="a component", found=f"'{name}'",
                    remedy=nearest(name, known)) for name in wanted if name not in known]
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(one for name in wanted for one in known[name]))


def check_to(directory: Path, inputs: Inputs, request: Request, names: tuple[str, ...], progress: Progress) -> TrustContent:
    """Fit or load posteriors, check them, and write the report, whole or not at all; the place is checked first.

    Gates do not stop this: whether they pass is what the report is about.
    """
    with output_directory(directory, "check", [*inputs.files.values(), request.data]) as folder:
        jobs = plan(inputs.panel, inputs.priors, SamplerSettings(seed=request.seed), draws=request.draws, names=names,
                    elsewhere=inputs.elsewhere, forecasts=False)
        found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))
        trust = {job.name: _assess(job, found[job.name], inputs, request.seed, _steps(progress, job.name)) for job in jobs}
        content = TrustContent(panel=inputs.panel, trust=trust, manifest=_describe(inputs, request, found))
        write_diagnosis(content, folder, lambda done, total: progress("figures", done, total))
    return content


def _assess(job: Job, posterior: Posterior, inputs: Inputs, seed: int, tell: Callable[[str], None]) -> Trust:
    panel = inputs.elsewhere.get(COMPONENT[job.name].section, inputs.panel)
    return assess(COMPONENT[job.name], job.data, job.priors, posterior, panel, seed=seed, tell=tell)


def _steps(progress: Progress, name: str) -> Callable[[str], None]:
    progress(f"check {name}", 0, len(STAGES))
    return lambda stage: progress(f"check {name}", STAGES.index(stage) + 1, len(STAGES))


def _describe(inputs: Inputs, request: Request, found: dict[str, Posterior]) -> dict[str, object]:
    return {
        "dyad": inputs.panel.dyad[0], "partner": inputs.panel.partner[0], "data_version": inputs.data_version,
        "seed": request.seed, "as_of": inputs.panel.as_of.isoformat(), "priors": inputs.priors.name,
        "posterior": {name: {"identity": one.key, "reused": one.reused} for name, one in found.items()},
        "gates": {name: one.gates.as_dict() for name, one in found.items()},
    }


# Prior sets before any fit: read, drawn from, compared with the record.

DEFAULT = "default"
SEED = CASE.seed


@dataclass(frozen=True, kw_only=True)
class CheckedSet:
    """A prior set, the record it was held against, and what was found by component."""

    priors: PriorSet
    default: PriorSet
    panel: Panel
    checks: Mapping[str, PriorCheck]


def read_sets(name: str) -> tuple[PriorSet, PriorSet]:
    """A prior set by file or name, and the default one (raises InputError with every fault).

    Of a component that the program does not ship, nothing else is known: its priors are their own default.
    """
    chosen = load_priors(shipped.find_priors(name), needs())
    default = load_priors(shipped.find_priors(DEFAULT), needs(SHIPPED))
    return chosen, default.model_copy(update={"component": {**chosen.component, **default.component}})


def check_set(name: str, progress: Progress, *, data: Path | None = None, as_of: date | None = None, draws: int = DRAWS,
              seed: int = SEED) -> CheckedSet:
    """Prior predictive check of every component.

    Raises
    ------
    InputError
        With every fault of the prior set or the data.
    """
    chosen, default = read_sets(name)
    folder = data or shipped.DYAD
    panel = load_panel(folder, as_of=as_of or DEFAULT_AS_OF)
    check_some_contact(panel, folder)
    checks = {}
    for number, (part, component) in enumerate(COMPONENT.items(), 1):
        own = priors_of(chosen, part)
        checks[part] = check_priors(component, knowing(component.data(panel), own, panel), own, priors_of(default, part),
                                    seed=seed, draws=draws)
        progress("prior predictive draws", number, len(COMPONENT))
    return CheckedSet(priors=chosen, default=default, panel=panel, checks=checks)


# A prior that experts make: what they are asked, the sheet on which they answer, and what comes of their answers.

@dataclass(frozen=True, kw_only=True)
class Elicitation:
    """A parameter about which experts are asked.

    Parameters
    ----------
    asked : ElicitedParameter
    implications : Implications, optional
        What priors of it say of records; None where it moves none.
    about : str
        What these records are, or why there are none.
    """

    asked: ElicitedParameter
    implications: Implications | None
    about: str


def elicitation(parameter: str, path: Path, *, data: Path | None = None, as_of: date | None = None,
                seed: int = SEED) -> Elicitation:
    """A parameter over the set of a file, and the record of a dyad that depends on it (raises InputError)."""
    priors, folder = load_priors(path, needs()), data or shipped.DYAD
    asked = elicited_parameter(parameter, priors)
    panel = load_panel(folder, as_of=as_of or DEFAULT_AS_OF)
    check_some_contact(panel, folder)
    component = user_of(asked.section, asked.name, panel)
    if component is None:
        return Elicitation(asked=asked, implications=None, about="Nothing in the record of one dyad depends on this parameter: "
                           "it acts on the future alone, or where several dyads are fitted together.")
    about = (f"{states(panel.about[0].home, panel.partner[0])}: records up to {day(panel.as_of)}, drawn with this prior and all "
             f"others as in the set {priors.name}. What the real record holds plays no part.")
    implications = Implications(component, panel, priors_of(priors, component.name), asked.name, seed)
    return Elicitation(asked=asked, implications=implications, about=about)


def sheet_of(found: Elicitation, edges: np.ndarray, progress: Progress) -> str:
    """The page on which experts answer, with what their answers imply computed beforehand."""
    grid = None
    if found.implications:
        grid = found.implications.grid(found.asked.distribution, float(edges[0]), float(edges[-1]),
                                       lambda done, total: progress("records that the sheet shows", done, total))
    return elicitation_page(found.asked, edges, found.implications.component.statistics if found.implications else (), grid,
                            found.about)


def elicited(found: Elicitation, sources: Sequence[AnswerSource], weights: Mapping[str, float], within: float) -> Elicited:
    """Pool answers and fit a prior (raises InputError where they do not fit together, or no distribution fits them)."""
    asked = found.asked
    pooled = pool_answers(sources, asked.parameter, asked.distribution, weights)
    check_determined(asked.distribution, pooled, asked.parameter)
    made = fit(asked.distribution, pooled.edges, pooled.share)
    check_close(made, pooled, within, asked.parameter)
    prior = made.prior("The fit of an elicitation.")
    return Elicited(asked=asked, pool=pooled, fit=made, within=within, about=found.about,
                    implied=found.implications.of(prior) if found.implications else ())
