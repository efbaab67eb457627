"""A term that runs, read and checked: its election, its scenario, the record to the as-of date and contacts coded later."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast import shipped
from forecast.components.prior_file import lineage, load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import COMPONENT, needs
from forecast.console import say
from forecast.contacts import load_dyad
from forecast.contacts.cells import latest_day
from forecast.contacts.load import Contacts, load_contacts, load_later
from forecast.contacts.record import MONTH
from forecast.contacts.table import shown, some
from forecast.errors import Fault, InputError
from forecast.evaluation.frozen import Frozen, read_frozen
from forecast.evaluation.questions import resolve
from forecast.panel import Panel
from forecast.panel.covariates import in_units, within_term
from forecast.panel.elections import Administration, Election, load_administrations, load_elections, of_dyad
from forecast.panel.incomplete import load_delay, with_delay, with_season
from forecast.panel.panel import build_panel, check_coverage
from forecast.panel.poles import load_poles
from forecast.panel.winners import governing, outcome_of
from forecast.pipeline.request import Inputs, Request, check_some_contact, loaded_scenarios
from forecast.pipeline.together import (
    SecondTerm,
    as_of_day,
    check_covariates,
    check_dyad_of,
    check_kinds,
    check_poles,
    second_term,
    with_questions_of,
)
from forecast.simulation.running import Running, running_term
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario
from forecast.simulation.scenario.schema import Horizon


@dataclass(frozen=True, kw_only=True)
class UpdateRequest:
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
    then : tuple of str
        Scenarios of the term after, which follow the rest of this one.
    """

    as_of: date
    scenario: str | None = None
    later: Path | None = None
    coded_until: date | None = None
    elections: Path | None = None
    frozen: Path | None = None
    then: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TermSoFar:
    """A term that runs, as far as it is known.

    Parameters
    ----------
    eve, now : Inputs
        On the eve of its election and on the as-of date.
    without : frozenset of str
        Components that are not fitted, because they read pages and nobody looked for those of later contacts.
    answered : mapping of str to (str, int)
        Question -> yes, no or open by the contacts so far, and how many of them count.
    frozen : Frozen, optional
        A forecast of the term that is scored so far.
    """

    eve: Inputs
    now: Inputs
    without: frozenset[str] = frozenset()
    answered: Mapping[str, tuple[str, int]] = field(default_factory=dict)
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


def read_term(request: Request, asked: UpdateRequest) -> TermSoFar:
    """Read and check everything.

    Raises
    ------
    InputError
        With every fault of the first input that has any: where no term runs on the day, nobody says who won, the record does not
        reach to the day, or later contacts do not follow it.
    """
    folder = request.data or shipped.DYAD
    administrations = load_administrations(of_dyad(folder, "administrations.csv"))
    election = _election(asked, asked.elections or of_dyad(folder, "elections.yaml"), folder)
    governs = _elected(election, administrations)
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
    scenario = _answerable(with_questions_of(scenario, dyad))
    recorded = load_delay().recorded() if live else None
    common = _common(folder, dyad, request, asked, scenario)
    switched = check_covariates({scenario.name: scenario}, common["priors"])
    answered = {one.id: resolve(one, panels["now"].contact, asked.as_of, election.term_start) for one in scenario.questions}
    ruled = _ruled(election, scenario, governs, panels["now"].administration[-1])
    running = running_term(panels["now"], scenario, election.term_start, {one: count for one, (_, count) in answered.items()},
                           recorded, ruled.since)
    now = with_season(replace(panels["now"], running=True), common["priors"].component["frequency"]["season_scale"].sigma)
    now = with_delay(now, recorded) if recorded is not None else now
    silent = live and not len(loaded.media[loaded.media["contact_id"].isin(_later_ids(loaded, folder))])
    of_now = {scenario.name: ruled.seen(ahead=0).assuming(within_term(now, election.term_start, scenario.covariates, switched))}
    return TermSoFar(
        eve=Inputs(**common, panel=panels["eve"], scenarios={scenario.name: as_of_day(scenario, election.eve)},
                   elections={scenario.name: election.assuming(in_units(scenario.covariates))}),
        now=Inputs(**common, panel=now, scenarios={scenario.name: as_of_day(scenario, asked.as_of)}, elections=of_now,
                   running={scenario.name: running}, then=_then(asked, scenario, of_now, now, common["priors"], folder),
                   elsewhere=dict.fromkeys(_of_pages(), _without_later(now, folder)) if silent else {}),
        without=_variants_of_pages() if silent else frozenset(), answered=answered,
        frozen=_frozen(asked.frozen, dyad, election) if asked.frozen else None)


def _then(asked: UpdateRequest, scenario: Scenario, elections: Mapping[str, Election], now: Panel, priors: PriorSet,
          folder: Path) -> SecondTerm:
    """Scenarios of the term after, as those of a run over both terms."""
    given, files = loaded_scenarios(asked.then)
    check_dyad_of(given, now.dyad[0], folder)
    check_kinds(given, folder, now.dyad[0])
    then = second_term(given, {scenario.name: scenario}, elections, now, priors, files)
    check_poles(then.scenarios, load_poles(now.about[0], now.as_of), now.dyad[0])
    return then


def _variants_of_pages() -> frozenset[str]:
    """Variants of a component that read pages where others do not: without pages, the others do."""
    return frozenset(name for name, one in COMPONENT.items() if one.reads_pages and one.section not in _of_pages())


def _of_pages() -> frozenset[str]:
    """Sections all of whose components read pages."""
    return frozenset(one.section for one in COMPONENT.values()) - frozenset(
        one.section for one in COMPONENT.values() if not one.reads_pages)


def _common(folder: Path, dyad: str, request: Request, asked: UpdateRequest, scenario: Scenario) -> dict[str, Any]:
    """What inputs of the eve and of now share."""
    priors = shipped.find_priors(request.priors) if isinstance(request.priors, str) else None
    return {"priors": load_priors(priors, needs()) if priors else request.priors, "data_version": load_dyad(folder).version,
            "files": _files(folder, dyad, asked, priors, scenario)}


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


def _election(asked: UpdateRequest, file: Path, folder: Path) -> Election:
    """The election whose term runs on the as-of date."""
    known = load_elections(file, folder)
    found = [one for one in known if one.term_start <= asked.as_of < one.term_end]
    if len(found) != 1:
        held = next((one for one in known if one.date <= asked.as_of < one.term_start), None)
        remedy = (f"The term of {held.id} begins on {held.term_start}: until then use forecast run --as-of {asked.as_of}."
                  if held else "Give a day of one of these terms, or add the election to a copy of the file (--elections).")
        raise InputError([Fault(source=str(file), where="option --as-of", found=f"{asked.as_of}, in {len(found)} of them",
                                expected=f"a day of one term from {known[0].term_start} to {known[-1].term_end}", remedy=remedy)])
    return found[0]


def _scenario(asked: UpdateRequest, election: Election, outcome: str) -> Scenario:
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


def _elected(election: Election, administrations: Sequence[Administration]) -> Administration:
    """The term that the election decided (raises InputError where nobody says who won)."""
    found = governing(election, administrations)
    if found is None:
        raise InputError([Fault(
            source=str(election.file), where=f"election {election.id}, key winner", found="none",
            expected=f"one of {', '.join(election.outcomes)}",
            remedy="Copy elections.yaml, say who won (winner: NAME), and name the copy with --elections.")])
    return found


def _ruled(election: Election, scenario: Scenario, elected: Administration, now: Administration) -> Election:
    """The election as decided by who governs on the as-of date: its winner, or a successor within the term."""
    if now.start <= elected.start:
        return election
    say(f"note: {now.president} has governed since {now.start}, and the rest of the term is forecast so.", error=True)
    return election.succeeded(next(iter(scenario.chances)), now)


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

LISTED = 5
"""Ids that a note names."""

def _loaded(folder: Path, asked: UpdateRequest) -> tuple[Contacts, bool]:
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
    unsaid = None if asked.later.is_dir() else max(asked.as_of, latest_day())
    contact, coded = load_later(asked.later, asked.coded_until or unsaid, record.dyad)
    contact = _by_then(contact, asked.as_of) if asked.coded_until is None else contact
    if coded < asked.as_of:
        raise InputError([Fault(source=str(asked.later), where="option --as-of", expected=f"a day up to {coded}, to which later "
                                "contacts are coded", found=str(asked.as_of),
                                remedy="Give an earlier day, or code to the end: days not coded are no days without contacts.")])
    if asked.as_of <= until:
        raise InputError([Fault(source=str(asked.later), where="option --later", found=str(asked.as_of), remedy="Leave it out.",
                                expected=f"an as-of date after {until}, to which the record itself is coded")])
    new = contact[(contact["date"] > np.datetime64(until)) & ~contact["id"].isin(record.contact["id"])]
    faults = [*_overlaps(contact, record, asked.later, until), *_corrected(contact, record, asked.later, asked.as_of)]
    if faults:
        raise InputError(faults)
    _tell_unused(contact, record, asked)
    new = new[new["date"] <= np.datetime64(asked.as_of)]
    media = record.media
    if asked.later.is_dir():
        pages = load_contacts(asked.later, asked.as_of).media
        media = pd.concat([media, pages[pages["contact_id"].isin(new["id"])]], ignore_index=True)
    both = pd.concat([record.contact, new], ignore_index=True).sort_values(["date", "id"], ignore_index=True)
    both["first_known"] = both["first_known"].where(both["first_known"] <= np.datetime64(asked.as_of))
    dyad = record.dyad.model_copy(update={"coded_until": asked.as_of})
    return replace(record, contact=both, media=media.reset_index(drop=True), dyad=dyad), True


def _by_then(contact: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Contacts of which only the month is known, of the month of the last day, on that day: they are on record by then."""
    day = pd.Timestamp(as_of)
    same = contact["date"].dt.to_period("M") == day.to_period("M")
    late = (contact["date_precision"] == MONTH) & (contact["date"] > day) & same
    return contact.assign(date=contact["date"].mask(late, day))


def _overlaps(contact: pd.DataFrame, record: Contacts, later: Path, until: date) -> Iterator[Fault]:
    """Later contacts that the record should have, and new ones that take an id of the record."""
    known = set(record.contact["id"])
    for row in contact.itertuples():
        old = row.date <= pd.Timestamp(until)
        if row.date_precision == MONTH and row.id in known:  # coded before its month was over: its 15th is a convention
            old = row.date.replace(day=1) <= pd.Timestamp(until)
        if old != (row.id in known):
            expected = f"a contact after {until}, or one that the record has" if old else "an id that the record does not have"
            remedy = "Put it into the record itself. Where only its month is known, and the record ends in it, give its day."
            yield Fault(source=str(later), where=f"contact {row.id}", expected=expected, found=f"{row.id}, {row.date:%Y-%m-%d}",
                        remedy=remedy if old else "Give it another id.")


def _corrected(contact: pd.DataFrame, record: Contacts, later: Path, as_of: date) -> Iterator[Fault]:
    """Contacts of the record that are there with other values: which of them are right only a person can say."""
    known = contact["first_known"]
    after, before = (_by_month(one).set_index("id") for one in (
        contact.assign(first_known=known.where(known <= np.datetime64(as_of))), record.contact))
    both = before.index[before.index.isin(after.index)]
    old, new = (one.loc[both, list(before.columns)].astype(object) for one in (before, after))
    old, new = (one.where(one.notna(), "").astype(str) for one in (old, new))
    differs = old.ne(new)

    def fault(id: str) -> Fault:
        columns = list(old.columns[differs.loc[id]])
        told = ", ".join(record.dyad.names.get(one, one) for one in columns)
        return Fault(source=str(later), where=f"contact {id}, column{'s' if len(columns) > 1 else ''} {told}",
                     expected=f"{', '.join(shown(old.loc[id, one]) for one in columns)}, as the record has it",
                     found=", ".join(shown(new.loc[id, one]) for one in columns),
                     remedy="Let both say the same: correct the record, or the later contacts. All that differs is shown by "
                            "forecast data diff.")

    return some(later, list(differs.index[differs.any(axis=1)]), fault)


def _by_month(contact: pd.DataFrame) -> pd.DataFrame:
    """Contacts of which only the month is known, on its first day: on which day they are read depends on where a record ends."""
    first = contact["date"].dt.to_period("M").dt.start_time
    return contact.assign(date=contact["date"].where(contact["date_precision"] != MONTH, first))


def _tell_unused(contact: pd.DataFrame, record: Contacts, asked: UpdateRequest) -> None:
    """Say what of later contacts is not used, and what is taken for granted of them."""
    later, old = Path(str(asked.later)), record.contact
    shared = old["id"].isin(contact["id"])
    first = old["date"].min() if later.is_dir() else old.loc[shared, "date"].min()
    gone = old.loc[~shared & (old["date"] >= first), "id"].tolist() if shared.any() else []
    if gone:
        say(f"note: {len(gone)} of the record's contacts are not in {later}, and count all the same: {_listed(gone)}. If they "
            "were taken out, take them out of the record too.", error=True)
    if later.is_dir():
        pages, key = load_contacts(later, asked.as_of).media, ["contact_id", "url"]
        more = pages[pages["contact_id"].isin(old["id"]) & ~pd.MultiIndex.from_frame(pages[key]).isin(
            pd.MultiIndex.from_frame(record.media[key]))]
        if len(more):
            say(f"note: {len(more)} pages in {later} on contacts that the record has are left out, on "
                f"{_listed(list(dict.fromkeys(more['contact_id'])))}. To use them add them to the record.", error=True)
    elif asked.coded_until is None:
        day = f"is of {contact['date'].max():%Y-%m-%d}" if len(contact) else "does not exist"
        say(f"note: the last contact in {later} {day}; the record is taken to be complete to {asked.as_of}, the as-of date, and "
            "days without a contact for days without one. If it is coded to an earlier day, say so: --coded-until.", error=True)


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:LISTED]) + (f" and {len(ids) - LISTED} more" if len(ids) > LISTED else "")


def _later_ids(loaded: Contacts, folder: Path) -> Sequence[str]:
    until = load_dyad(folder).coded_until
    return list(loaded.contact.loc[loaded.contact["date"] > np.datetime64(until), "id"])


def _without_later(panel: Panel, folder: Path) -> Panel:
    """The panel for what learns from pages, where nobody looked for pages of later contacts: it knows none of these contacts."""
    kept = (panel.contact["date"] <= np.datetime64(load_dyad(folder).coded_until)).to_numpy()
    return replace(panel, contact=panel.contact[kept].reset_index(drop=True), topic=panel.topic[kept],
                   reported=panel.reported[kept], pages=panel.pages[kept])


def _files(folder: Path, dyad: str, asked: UpdateRequest, priors: Path | None, scenario: Scenario) -> dict[str, Path]:
    found = {f"data {dyad}/{path.name}": path for path in sorted(folder.glob("[!.]*")) if path.is_file()}
    if priors:
        found |= {"priors": priors, **{f"priors {path.stem}": path for path in lineage(priors)[1:]}}
    if asked.later:
        parts = sorted(asked.later.glob("[!.]*")) if asked.later.is_dir() else [asked.later]
        found |= {f"later {path.name}": path for path in parts if path.is_file()}
    found |= {name: path for name, path in (("elections", asked.elections), ("frozen", asked.frozen)) if path}
    found |= {f"scenario {name}": path for name, path in loaded_scenarios(asked.then)[1].items()}
    if asked.scenario:
        found[f"scenario {scenario.name}"] = find_scenario(asked.scenario)
    return found
