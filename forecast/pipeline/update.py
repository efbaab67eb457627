"""A term that runs: what is over of it is known, all that depends on it is estimated again, and the rest is forecast anew."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, needs
from forecast.console import say
from forecast.contacts import load_dyad
from forecast.contacts.load import Contacts, load_contacts, load_later
from forecast.errors import Fault, InputError
from forecast.evaluation.freezing import score_frozen
from forecast.evaluation.frozen import Frozen, read_frozen
from forecast.evaluation.questions import resolve
from forecast.evaluation.update import Update, changed, monthly, scores_so_far, states
from forecast.outputs import output_directory
from forecast.panel import Panel
from forecast.panel.elections import Election, load_administrations, load_elections, of_dyad
from forecast.panel.incomplete import load_delay, with_delay, with_season
from forecast.panel.panel import build_panel, check_coverage
from forecast.panel.winners import governing, outcome_of
from forecast.pipeline.futures import Progress, Saving, futures
from forecast.pipeline.request import (
    Inputs,
    Request,
    check_dyad_of,
    check_kinds,
    check_some_contact,
    questions_of,
    weights_with_base,
)
from forecast.pipeline.run import Run, compute, passed, write
from forecast.posterior.fit import Job, fit_missing, plan, posteriors, seen_from
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.simulation.running import Running, running_term
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario
from forecast.simulation.scenario.schema import Horizon

OF_PAGES = ("media", "completeness")
"""Components that learn from the pages about a contact: contacts whose pages nobody looked for tell them nothing."""
READS_PAGES = "frequency_recording"
OF_MEDIA = ("pages", "tone")
"""Quantities of pages."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a user asks of a term that runs.

    Parameters
    ----------
    as_of : date
        Last day used.
    scenario : str, optional
        File or name of a scenario in which the election went as it did; where not given the shipped one of that outcome, and
        for an election without one a scenario that assumes nothing.
    later : Path, optional
        Contacts after those of the record: a dyad folder, or a CSV file with the columns of contacts.csv.
    coded_until : date, optional
        Last day to which a file of later contacts is coded; the as-of date where not given.
    elections : Path, optional
        File of elections that names the winner of one whose term administrations.csv does not have.
    frozen : Path, optional
        A frozen forecast of the term, which is scored by the contacts so far.
    """

    as_of: date
    scenario: str | None = None
    later: Path | None = None
    coded_until: date | None = None
    elections: Path | None = None
    frozen: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term that runs, as far as it is known: inputs on the eve of its election and on the as-of date."""

    eve: Inputs
    now: Inputs
    without: frozenset[str] = frozenset()
    frozen: Frozen | None = None

    @property
    def running(self) -> Running:
        """The part of the term that is over."""
        return next(iter(self.now.running.values()))

    @property
    def scenario(self) -> Scenario:
        """In which the election went as it did."""
        return next(iter(self.now.scenarios.values()))

    @property
    def election(self) -> Election:
        """Which decided the term."""
        return next(iter(self.now.elections.values()))


def read_term(request: Request, asked: Asked) -> Term:
    """Read and check everything.

    Raises
    ------
    InputError
        With every fault of the first input that has any: where no term runs on the day, nobody says who won, the record does not
        reach to the day, or later contacts do not follow it.
    """
    folder = request.data or shipped.DYAD
    administrations = load_administrations(of_dyad(folder, "administrations.csv"))
    election = _election(asked, asked.elections or of_dyad(folder, "elections.yaml"))
    governs = governing(election, administrations)
    if governs is None:
        raise InputError([Fault(
            source=str(election.file), where=f"election {election.id}, key winner", found="none",
            expected=f"one of {', '.join(election.outcomes)}",
            remedy="Copy elections.yaml, say who won (winner: NAME), and name the copy with --elections.")])
    terms = administrations if governs in administrations else (*administrations, governs)
    scenario = _scenario(asked, election, outcome_of(election, governs))
    loaded, live = _loaded(folder, asked)
    before = [load_contacts(folder, election.eve)]
    check_coverage([one.dyad for one in before], administrations, election.eve)
    panels = {"eve": build_panel(before, administrations, election.eve), "now": build_panel([loaded], terms, asked.as_of)}
    check_some_contact(panels["eve"], folder)
    dyad = panels["eve"].dyad[0]
    check_dyad_of({scenario.name: scenario}, dyad, folder)
    check_kinds({scenario.name: scenario}, folder, dyad)
    scenario = _answerable(questions_of(scenario, dyad))
    recorded = load_delay().recorded() if live else None
    priors = shipped.find_priors(request.priors) if isinstance(request.priors, str) else None
    common: dict[str, Any] = {
        "priors": load_priors(priors, needs()) if priors else request.priors, "data_version": load_dyad(folder).version,
        "files": _files(folder, dyad, asked, priors, scenario)}
    running = _running(panels["now"], scenario, election, recorded)
    now = with_season(replace(panels["now"], running=True), common["priors"].component["frequency"]["season_scale"].sigma)
    now = with_delay(now, recorded) if recorded is not None else now
    silent = live and not len(loaded.media[loaded.media["contact_id"].isin(_later_ids(loaded, folder))])
    return Term(
        eve=Inputs(**common, panel=panels["eve"], scenarios={scenario.name: _on(scenario, election.eve)},
                   elections={scenario.name: election}),
        now=Inputs(**common, panel=now, scenarios={scenario.name: _on(scenario, asked.as_of)},
                   elections={scenario.name: election.seen(ahead=0)}, running={scenario.name: running},
                   elsewhere=dict.fromkeys(OF_PAGES, _without_later(now, folder)) if silent else {}),
        without=frozenset((READS_PAGES,) if silent else ()),
        frozen=_frozen(asked.frozen, dyad, election) if asked.frozen else None)


def _running(panel: Panel, scenario: Scenario, election: Election, recorded: np.ndarray | None) -> Running:
    """The part of the term that is over, with the contacts that count for every question."""
    begins = election.term_start
    counts = {one.id: resolve(one, panel.contact, panel.as_of, begins)[1] for one in scenario.questions}
    return running_term(panel, scenario, begins, counts, recorded)


def _frozen(file: Path, dyad: str, election: Election) -> Frozen:
    """A frozen forecast of this term of this dyad."""
    found, _ = read_frozen(file)
    wanted = {"dyad": (dyad, found.dyad), "election": (election.id, found.election)}
    faults = [Fault(source=str(file), where=f"key forecast.{key}", expected=f"{here}, whose term runs", found=there,
                    remedy="Name a frozen forecast of this term, or leave --frozen out.")
              for key, (here, there) in wanted.items() if here != there]
    if faults:
        raise InputError(faults)
    return found


def _on(scenario: Scenario, day: date) -> Scenario:
    return scenario.model_copy(update={"as_of": day})


def _election(asked: Asked, file: Path) -> Election:
    """The election whose term runs on the as-of date."""
    known = load_elections(file)
    found = [one for one in known if one.term_start <= asked.as_of < one.term_end]
    if len(found) != 1:
        held = next((one for one in known if one.date <= asked.as_of < one.term_start), None)
        remedy = (f"The term of {held.id} begins on {held.term_start}: until then use forecast run --as-of {asked.as_of}."
                  if held else "Give a day of one of these terms, or add the election to a copy of the file (--elections).")
        raise InputError([Fault(source=str(file), where="option --as-of", found=f"{asked.as_of}, in {len(found)} of them",
                                expected=f"a day of one term from {known[0].term_start} to {known[-1].term_end}", remedy=remedy)])
    return found[0]


def _scenario(asked: Asked, election: Election, outcome: str) -> Scenario:
    """The scenario asked for, or a shipped one in which the election went as it did, or one that assumes nothing."""
    if asked.scenario is None:
        for name in shipped.CASE.scenarios:
            one = load_scenario(find_scenario(name))
            if one.election == election.id and set(one.chances) == {outcome} and _month(one.horizon.end) >= _month(asked.as_of):
                return one
        months = {"start": f"{election.term_start:%Y-%m}", "end": f"{election.term_end:%Y-%m}"}
        return Scenario(name=outcome, title=f"{election.outcomes[outcome].president}, {months['start']} to {months['end']}",
                        description="A term that runs, without assumptions.", as_of=asked.as_of, election=election.id,
                        outcome=outcome, horizon=Horizon.model_validate(months))
    found = load_scenario(find_scenario(asked.scenario))
    start, end = found.horizon.start, found.horizon.end
    wanted = {"election": (election.id, found.election), "outcome": (outcome, ", ".join(found.chances)),
              "horizon.start": (f"{election.term_start:%Y-%m}, where the term begins", f"{start:%Y-%m}")}
    faults = [Fault(source=f"scenario {found.name}", where=f"key {key}", expected=expected, found=given,
                    remedy="Who won is known: give a scenario of that outcome and term, or none.")
              for key, (expected, given) in wanted.items() if expected.partition(",")[0] != given]
    if not faults and _month(end) < _month(asked.as_of):
        faults = [Fault(source=f"scenario {found.name}", where="key horizon.end", expected=f"{asked.as_of:%Y-%m} or later",
                        found=f"{end:%Y-%m}", remedy="Nothing of it is still to come: lengthen it.")]
    faults += _begun(found, asked.as_of)
    if faults:
        raise InputError(faults)
    return found


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _begun(scenario: Scenario, as_of: date) -> list[Fault]:
    """Assumptions about months that are over: what they did is in the record, and would be counted twice."""
    first = scenario.horizon.start
    begins = {f"events.{one.id}": one.date or (one.window[0] if one.window else one.start or first) for one in scenario.events}
    begins |= {f"cabinet.{one.id}": one.start or first for one in scenario.cabinet}
    begins |= {"adjustments": first} if scenario.adjustments.size() else {}
    return [Fault(source=f"scenario {scenario.name}", where=f"key {key}", expected=f"a beginning after {as_of:%Y-%m}",
                  found=f"{day:%Y-%m}", remedy="What it did so far is in the record, from which rates and topics were estimated "
                  "again: leave it out, or state what is assumed of the months to come (an event with a date).")
            for key, day in begins.items() if _month(day) <= _month(as_of)]


def _answerable(scenario: Scenario) -> Scenario:
    """The scenario without questions about meetings with poles, whose lists are no part of an update."""
    kept = tuple(one for one in scenario.questions if one.meetings is None)
    if len(kept) < len(scenario.questions):
        say("note: questions about meetings with poles are left out: lists of meetings are not updated.", error=True)
    return scenario.model_copy(update={"questions": kept})


# The record to the as-of date, with contacts that were coded later.

def _loaded(folder: Path, asked: Asked) -> tuple[Contacts, bool]:
    """Contacts to the as-of date, and whether the last of them were coded while the term runs."""
    record = load_contacts(folder, asked.as_of)
    until = record.dyad.coded_until
    if asked.later is None:
        if asked.as_of > until:
            raise InputError([Fault(source=str(folder), where="option --as-of", found=str(asked.as_of),
                                    expected=f"a day up to {until}, to which the record is coded",
                                    remedy="Name the contacts since then with --later.")])
        return record, False
    # a file that does not say how far it is coded is taken at the word of the as-of date; what is dated after it is cut
    unsaid = None if asked.later.is_dir() else max(asked.as_of, date.today())
    contact, coded = load_later(asked.later, asked.coded_until or unsaid)
    if coded < asked.as_of:
        raise InputError([Fault(source=str(asked.later), where="option --as-of", expected=f"a day up to {coded}, to which later "
                                "contacts are coded", found=str(asked.as_of),
                                remedy="Give an earlier day, or code to the end: days not coded are no days without contacts.")])
    if asked.as_of <= until:
        raise InputError([Fault(source=str(asked.later), where="option --later", found=str(asked.as_of), remedy="Leave it out.",
                                expected=f"an as-of date after {until}, to which the record itself is coded")])
    new = contact[contact["date"] > np.datetime64(until)]
    faults = list(_overlaps(contact, record, asked.later, until))
    if faults:
        raise InputError(faults)
    new = new[new["date"] <= np.datetime64(asked.as_of)]
    media = record.media
    if asked.later.is_dir():
        pages = load_contacts(asked.later, asked.as_of).media
        media = pd.concat([media, pages[pages["contact_id"].isin(new["id"])]], ignore_index=True)
    both = pd.concat([record.contact, new], ignore_index=True).sort_values(["date", "id"], ignore_index=True)
    both["first_known"] = pd.to_datetime(both["first_known"])
    dyad = record.dyad.model_copy(update={"coded_until": asked.as_of})
    return replace(record, contact=both, media=media.reset_index(drop=True), dyad=dyad), True


def _overlaps(contact: pd.DataFrame, record: Contacts, later: Path, until: date) -> Iterator[Fault]:
    """Later contacts that the record should have, and new ones that take an id of the record."""
    known = set(record.contact["id"])
    for row in contact.itertuples():
        old = row.date <= pd.Timestamp(until)
        if old != (row.id in known):
            expected = f"a contact after {until}, or one that the record has" if old else "an id that the record does not have"
            yield Fault(source=str(later), where=f"contact {row.id}", expected=expected, found=f"{row.id}, {row.date:%Y-%m-%d}",
                        remedy="Put it into the record itself." if old else "Give it another id.")


def _later_ids(loaded: Contacts, folder: Path) -> Sequence[str]:
    until = load_dyad(folder).coded_until
    return list(loaded.contact.loc[loaded.contact["date"] > np.datetime64(until), "id"])


def _without_later(panel: Panel, folder: Path) -> Panel:
    """The panel for what learns from pages, where nobody looked for pages of later contacts: it knows none of these contacts."""
    kept = (panel.contact["date"] <= np.datetime64(load_dyad(folder).coded_until)).to_numpy()
    return replace(panel, contact=panel.contact[kept].reset_index(drop=True), topic=panel.topic[kept],
                   reported=panel.reported[kept], pages=panel.pages[kept])


def _files(folder: Path, dyad: str, asked: Asked, priors: Path | None, scenario: Scenario) -> dict[str, Path]:
    found = {f"data {dyad}/{path.name}": path for path in sorted(folder.glob("[!.]*")) if path.is_file()}
    if priors:
        found["priors"] = priors
    if asked.later:
        parts = sorted(asked.later.glob("[!.]*")) if asked.later.is_dir() else [asked.later]
        found |= {f"later {path.name}": path for path in parts if path.is_file()}
    found |= {name: path for name, path in (("elections", asked.elections), ("frozen", asked.frozen)) if path}
    if asked.scenario:
        found[f"scenario {scenario.name}"] = find_scenario(asked.scenario)
    return found


# Posteriors, futures and tables.

def fits(term: Term, request: Request, progress: Progress) -> tuple[dict[str, Posterior], dict[str, Posterior]]:
    """Posteriors of the eve and of now; those of now have the scores of past terms that those of the eve have.

    Raises
    ------
    GateError
        Where one failed a gate and the request does not ask to go on.
    """
    settings = SamplerSettings(seed=request.seed)
    names = [name for name in COMPONENT if name not in term.without]
    eve = plan(term.eve.panel, term.eve.priors, settings, draws=request.draws, names=names)
    now = plan(term.now.panel, term.now.priors, replace(settings, past_terms=False), draws=request.draws,
               names=[job.name for job in eve], elsewhere=term.now.elsewhere)
    fit_missing((*eve, *now), lambda name, done, total: progress(f"fit {name}", done, total))
    found = [posteriors(_same(eve, now)), posteriors(now)]
    then, anew = (passed(one, request) for one in found)
    return then, {name: _scored(one, then[name]) for name, one in anew.items()}


def _same(eve: Sequence[Job], now: Sequence[Job]) -> list[Job]:
    """Jobs of the eve for which there is one now: a formulation may need what the record has not."""
    names = {job.name for job in now}
    return [job for job in eve if job.name in names]


def _scored(now: Posterior, eve: Posterior) -> Posterior:
    """A posterior with the scores of past terms of another as-of date: weights of the pool are those of the eve."""
    if "term_score" not in eve.chains:
        return now
    terms, score = len(now.coord["term"]), eve.chains["term_score"].to_numpy()
    found = np.full(terms, np.nan)
    found[:len(score)] = score
    return replace(now, chains=now.chains.assign(term_score=("term", found)))


def update(term: Term, request: Request, progress: Progress, keep: Any = lambda *_: None,
           helper: Executor | None = None) -> tuple[Run, Update]:
    """Go from checked inputs to tables, without writing anything."""
    then, anew = fits(term, request, progress)
    name, weights = term.scenario.name, weights_with_base(term.now.panel)
    eve = futures(term.eve, pooled(seen_from(then, term.eve.panel.dyad[0])), weights, request,
                  lambda stage, *rest: progress(f"{stage}, eve", *rest), lambda *_: None)
    run = compute(term.now, request, progress, keep, helper, anew)
    if term.without:
        run = _without_media(run)
    first, second = eve.trajectories[name], run.trajectories[name]
    begins = term.election.term_start
    answered = {one.id: resolve(one, term.now.panel.contact, term.now.panel.as_of, begins) for one in term.scenario.questions}
    chances = [_chances(table, name) for table in (_answers(term.eve, eve.answered), run.answers.answer)]
    return run, Update(changes=changed(first, second, term.running, request.seed), months=monthly(first, second, term.running),
                       questions=states(term.scenario, answered, *chances), scores=_scores(term))


def _scores(term: Term) -> pd.DataFrame:
    if term.frozen is None:
        return pd.DataFrame()
    panel, outcome = term.now.panel, next(iter(term.scenario.chances))
    return scores_so_far(score_frozen(term.frozen, panel.contact, panel.as_of, outcome))


def _without_media(run: Run) -> Run:
    """Tables without pages and tones, where nobody looked for pages of later contacts: they would count as contacts without."""
    summary = run.tables.summary
    kept = replace(run.tables, summary=summary[~summary["quantity"].isin(OF_MEDIA)].reset_index(drop=True))
    return replace(run, futures=replace(run.futures, tables=kept))


def _answers(inputs: Inputs, counted: Any) -> pd.DataFrame:
    from forecast.pipeline.scenario import answer

    return answer(inputs, counted).answer


def _chances(table: pd.DataFrame, scenario: str) -> Mapping[str, tuple[float, float]]:
    return {row.id: (row.probability, row.mcse) for row in table.itertuples() if row.scenario == scenario}


def update_to(directory: Path, term: Term, request: Request, asked: Asked, progress: Progress,
              helper: Executor | None = None) -> tuple[Run, Update]:
    """Compute everything and write a run directory with what has changed, whole or not at all."""
    read = [*term.now.files.values(), request.data, asked.later]
    with output_directory(directory, "run", read) as folder:
        with Saving(folder / "trajectories", term.now.scenarios) as saving:
            run, found = update(term, request, progress, saving.keep, helper)
        run = replace(run, update=found)
        write(run, request, folder, progress, helper)
    return run, found
