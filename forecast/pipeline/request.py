"""What a user asks for, and everything read and checked before anything is computed."""

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from forecast import shipped
from forecast.components.prior_file import lineage, load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import needs, of_section
from forecast.console import say
from forecast.contacts import load_dyad
from forecast.contacts.dyad import Dyad
from forecast.contacts.region import region_of
from forecast.errors import Fault, InputError
from forecast.outputs import sha256
from forecast.panel import Panel, load_panel
from forecast.panel.elections import Election, load_election, of_dyad
from forecast.panel.poles import PoleRecord, load_poles
from forecast.panel.region import once_each, with_common_unit
from forecast.panel.series import SERIES
from forecast.pipeline.together import (
    SecondTerm,
    answerable,
    as_of_day,
    check_dyad_of,
    check_kinds,
    check_poles,
    check_together,
    disagreement,
    for_update,
    in_order,
    second_term,
    seen_elections,
    with_questions_of,
)
from forecast.report.backtest_page import files_of
from forecast.report.language import ENGLISH
from forecast.report.sliders import files_of_sweep
from forecast.report.words import by_records
from forecast.simulation.relation_index import WEIGHTS_FILE, Base, WeightSet, base_level, load_index
from forecast.simulation.running import Running
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario, with_questions


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asks for.

    Parameters
    ----------
    scenarios : tuple of str or Scenario
        Files, names of shipped scenarios, or scenarios that were read or made; their order says nothing, see
        :func:`forecast.pipeline.together.in_order`.
    then : tuple of str or Scenario
        Likewise of the term after that: each is forecast after each of `scenarios`, see :mod:`forecast.simulation.two_terms`.
    priors : str or PriorSet
        File, name of a shipped prior set, or a set that was read or made.
    data : Path, optional
        Folder of a dyad; the shipped one where it is not given.
    as_of : date, optional
        Last day used; that of the scenarios where it is not given.
    seed, paths : int
        Seed of everything random; futures per scenario, with a precision the most of them.
    precision : float, optional
        Stop as soon as no probability has a larger Monte Carlo error.
    paths_asked : bool
        With a precision: go on to the number of paths where the precision is out of reach, because somebody asked for so many.
    all_paths : bool
        Keep every simulated future, not only those that are held in memory.
    draws : int, optional
        Posterior draws per chain; each component's own where it is not given.
    threads : int, optional
        Threads of the simulation; all processors where it is not given.
    ignore_gates : bool
        Forecast from a posterior that failed a gate, and mark it.
    backtest : Path, optional
        Folder of a backtest of the dyad, which becomes a section of the report.
    sweep : Path, optional
        Folder of a sweep with the same record, whose assumptions become sliders of the report.
    alone : bool
        Estimate everything from the dyad's own record, also what its region says is estimated from all its dyads.
    elections : Path, optional
        File of elections, in the place of that of the dyad: one that names a winner, say.
    figures : bool
        Draw figures and write the page that shows them.
    lang : str
        Language of figures, tables and page, see :func:`forecast.report.language.known`.
    questions : Path, optional
        File of questions that are asked in the place of those of the scenarios.
    """

    scenarios: tuple[str | Scenario, ...] = shipped.CASE.scenarios
    then: tuple[str | Scenario, ...] = ()
    priors: str | PriorSet = "default"
    data: Path | None = None
    as_of: date | None = None
    seed: int = shipped.CASE.seed
    paths: int = 20_000
    precision: float | None = None
    paths_asked: bool = False
    all_paths: bool = False
    draws: int | None = None
    threads: int | None = None
    ignore_gates: bool = False
    backtest: Path | None = None
    sweep: Path | None = None
    alone: bool = False
    elections: Path | None = None
    figures: bool = True
    lang: str = ENGLISH
    questions: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything read and checked, before anything is computed.

    Parameters
    ----------
    scenarios, elections : mapping
        By name of the scenario.
    files : mapping of str to Path
        Every file that was read, by a name that says nothing of the machine; of a scenario its own file, for the manifest has
        what it says together with all that it extends.
    given : mapping of str to str
        What was given as an object and not as a file, by the same kind of name: its content as JSON.
    poles : PoleRecord, optional
        Meetings with the leaders of the dyad's poles, where it names any.
    priors : PriorSet
        For all components.
    panel : Panel
        The record of one dyad, cut at the as-of date.
    data_version : str
        Version of that record.
    elsewhere : mapping of str to Panel
        Section of the prior file -> panel of several dyads from which its components are estimated; all others from `panel`.
    running : mapping of str to Running
        Scenario -> the part of its term that is over; none of a term that has not begun.
    between : str
        Who governs between the record and the term that is forecast, in a sentence; empty where the term is the next.
    then : SecondTerm
        What is forecast of the term after; nothing unless it is asked for.
    """

    scenarios: Mapping[str, Scenario]
    elections: Mapping[str, Election]
    files: Mapping[str, Path]
    priors: PriorSet
    panel: Panel
    data_version: str
    given: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, Panel] = field(default_factory=dict)
    poles: PoleRecord | None = None
    running: Mapping[str, Running] = field(default_factory=dict)
    between: str = ""
    then: SecondTerm = field(default_factory=SecondTerm)

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file that went in, and of what was given as an object, by names that say nothing of the machine."""
        found = {name: sha256(path) for name, path in self.files.items()}
        return found | {name: hashlib.sha256(text.encode()).hexdigest() for name, text in self.given.items()}

    @property
    def estimated(self) -> tuple[str, ...]:
        """What is estimated from several dyads, in sentences; nothing where all is estimated from the dyad's own record."""
        sections = by_records({section: panel.records for section, panel in self.elsewhere.items()})
        return tuple(f"Estimated from the records of {', '.join(records)}: {', '.join(names)}. Everything else, or all with "
                     f"--alone: from {self.panel.dyad[0]}." for names, records in sections)

    @property
    def silent(self) -> tuple[str, ...]:
        """What the record or the scenarios say nothing of, in sentences: it does not stop a command, but a reader must know."""
        dyad = self.panel.dyad[0]
        pages = () if len(self.panel.media) else (
            f"No page of the media is on record for {dyad}: what is said on coverage, tone and recorded shares rests on none.",)
        asked = any(one.questions for one in self.scenarios.values())
        questions = () if asked else (f"No question is asked of {dyad}.",)
        alone = [section for section in self.priors.from_region if section not in self.elsewhere]
        region = (f"Prior set {self.priors.name} asks for the records of a region; estimated from that of {dyad} alone all the "
                  f"same: {', '.join(alone)}.",) if alone else ()
        return (*pages, *questions, *region)


def read(request: Request) -> Inputs:
    """Read and check every input.

    Raises
    ------
    InputError
        With every fault of the first input that has any (a scenario made for another dyad than that of the data
        is one); nothing was computed or written by then.
    """
    folder = request.data or shipped.DYAD
    files = {} if isinstance(request.priors, PriorSet) else {"priors": shipped.find_priors(request.priors)}
    asking = request.questions
    loaded, of_scenarios = loaded_scenarios(request.scenarios)
    later, of_later = loaded_scenarios(request.then)
    scenarios = {name: with_questions(one, asking) if asking else one for name, one in loaded.items()}
    of_elections = request.elections or of_dyad(folder, "elections.yaml")
    elections = {name: load_election(one.election, of_elections, folder) for name, one in scenarios.items()}
    check_together(scenarios, elections, request.as_of)
    scenarios = in_order(scenarios, tuple(next(iter(elections.values())).outcomes), of_scenarios)
    as_of = request.as_of or next(iter(scenarios.values())).as_of
    priors = request.priors if isinstance(request.priors, PriorSet) else load_priors(files["priors"], needs())
    panel = load_panel(folder, as_of=as_of)
    check_some_contact(panel, folder)
    elections, between = seen_elections(elections, scenarios, panel, priors)
    then = second_term(later, scenarios, elections, panel, priors, of_later)
    elsewhere = {} if request.alone else of_region(folder, panel, priors)
    poles, every = load_poles(panel.about[0], panel.as_of), {**scenarios, **then.scenarios}
    check_dyad_of(every, panel.dyad[0], folder)
    check_poles(every, poles, panel.dyad[0])
    check_kinds(every, folder, panel.dyad[0])
    scenarios = {name: as_of_day(answerable(with_questions_of(one, panel.dyad[0]), poles), as_of) for name,
                 one in scenarios.items()}
    files |= {f"priors {path.stem}": path for path in lineage(files["priors"])[1:]} if files else {}
    files |= {f"scenario {name}": path for name in every if (path := (of_later | of_scenarios).get(name))}
    files |= {f"data {panel.dyad[0]}/{path.name}": path for path in sorted(folder.glob("[!.]*")) if path.is_file()}
    files |= {f"series {path.name}": path for path in files_of_poles(panel.about[0])}
    files |= files_of(request.backtest, panel.dyad[0]) if request.backtest else {}
    files |= files_of_sweep(request.sweep, panel, folder) if request.sweep else {}
    files |= _region_files(panel.dyad[0]) if elsewhere else {}
    files |= {name: path for name, path in (("elections", request.elections), ("questions", asking)) if path}
    return Inputs(scenarios=scenarios, elections=elections, files=files, given=_given(request), priors=priors, panel=panel,
                  data_version=load_dyad(folder).version, elsewhere=elsewhere, poles=poles, between=between, then=then)


def loaded_scenarios(given: Sequence[str | Scenario]) -> tuple[dict[str, Scenario], dict[str, Path]]:
    """Scenarios by name, and the files of those that were not given as objects (raises InputError where a name comes twice)."""
    found = [one if isinstance(one, Scenario) else load_scenario(find_scenario(one)) for one in given]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise InputError([disagreement("scenarios", "scenarios of different names", ", ".join(names))])
    files = {name: find_scenario(one) for name, one in zip(names, given, strict=True) if not isinstance(one, Scenario)}
    return dict(zip(names, found, strict=True)), files


# The region of a dyad, where components of the dyad are estimated from all its dyads.

def of_region(folder: Path, panel: Panel, priors: PriorSet) -> dict[str, Panel]:
    """Panels of several dyads by section: those sections that the region or the prior set says are estimated from it.

    Nothing where the folder is no shipped one, the dyad belongs to no region, or a neighbour is not coded to the as-of date.

    Parameters
    ----------
    folder : Path
        Of the dyad.
    panel : Panel
        Of the dyad, cut at the as-of date.
    """
    region = region_of(panel.dyad)
    if region is None or folder.resolve() != region.folders[panel.dyad[0]].resolve():
        return {}
    if any(load_dyad(path).coded_until < panel.as_of for path in region.folders.values()):
        return {}
    found, wanted = {}, tuple(dict.fromkeys((*region.estimates, *priors.from_region)))
    if united := [section for section in wanted if of_section(section).several == "unit"]:
        # in the order of the region whichever dyad is forecast, so that one fit serves all of them
        whole = with_common_unit(load_panel(list(region.folders.values()), as_of=panel.as_of), region.id)
        found = dict.fromkeys(united, whole)
    if others := [section for section in wanted if section not in found]:
        first = sorted(region.folders, key=lambda name: name != panel.dyad[0])
        once = once_each(load_panel([region.folders[name] for name in first], as_of=panel.as_of), region)
        found |= dict.fromkeys(others, once)
    return {section: found[section] for section in wanted}


def _region_files(dyad: str) -> dict[str, Path]:
    """Every file of the region that is read beside the dyad's own, by a name that says nothing of the machine."""
    region = region_of([dyad])
    if region is None:
        return {}
    of_dyads = {f"data {name}/{file}": path / file for name, path in region.folders.items() if name != dyad
                for file in ("dyad.yaml", "contacts.csv", "media.csv")}
    return of_dyads | {f"data {region.id}/{path.name}": path for path in sorted(region.folder.glob("[!.]*")) if path.is_file()}


def _given(request: Request) -> dict[str, str]:
    """Content of what was given as an object, as JSON, by what it is."""
    priors = {"priors": request.priors.model_dump_json()} if isinstance(request.priors, PriorSet) else {}
    every = (*request.scenarios, *request.then)
    return priors | {f"scenario {one.name}": one.model_dump_json() for one in every if isinstance(one, Scenario)}


def check_scenarios(names: Iterable[str], folder: Path | None = None) -> list[tuple[str, str]]:
    """Check scenario files one by one; name and title of each. One of a term that runs by its last day is told in a note.

    Parameters
    ----------
    names : iterable of str
        Files, or names of shipped scenarios.
    folder : Path, optional
        Of the dyad that they are to fit: its elections, its kinds of events.

    Raises
    ------
    InputError
        With the faults of all files.
    """
    titles: list[tuple[str, str]] = []
    faults: list[Fault] = []
    dyad = load_dyad(folder).id if folder else None
    for name in names:
        try:
            path = find_scenario(name)
            one = load_scenario(path)
            election = load_election(one.election, of_dyad(folder, "elections.yaml"))
            check_together({one.name: one}, {one.name: election}, begun=True)
            if folder and dyad:
                check_dyad_of({one.name: one}, dyad, folder)
                check_kinds({one.name: one}, folder, dyad)
            titles.append((one.name, one.title))
            if for_update(one, election):
                say(f"note: {path}: its last day, {one.as_of}, lies in the term that is forecast: forecast run refuses it. It is "
                    f"for forecast update {shlex.quote(name)} --as-of {one.as_of}, or a later day.", error=True)
        except InputError as error:
            faults += (replace(fault, source=name) if fault.source == "run" else fault for fault in error.faults)
    if faults:
        raise InputError(faults)
    return titles


def files_of_poles(dyad: Dyad) -> list[Path]:
    """Series from which the meetings with the poles of a dyad are read; none where it names no poles."""
    return [SERIES / f"{name}.csv" for name in (dyad.poles.meetings, dyad.poles.lists)] if dyad.poles else []


def check_some_contact(panel: Panel, folder: Path) -> None:
    """Refuse a record without a contact: priors alone are no forecast (raises InputError)."""
    if panel.contact.empty:
        raise InputError([Fault(
            source=str(folder / "contacts.csv"), where="whole file", expected=f"a contact dated up to {panel.as_of}",
            found="none", remedy="Code contacts, or give a later date where the command takes one (--as-of).")])


def weights_with_base(panel: Panel) -> dict[str, tuple[WeightSet, float]]:
    """Every set of weights of the relation index, with the weighted contacts per month that make 100.

    Raises
    ------
    InputError
        Where no contact of the dyad lies in the base years, so that nothing makes 100.
    """
    index = load_index()
    base = Base(first_year=own[0], last_year=own[1]) if (own := panel.about[0].index_base) else index.base
    if not _in_base(panel, base):
        raise InputError([_no_base(panel, base)])
    based = {name: one.model_copy(update={"base": base}) for name, one in index.sets.items()}
    return {name: (one, base_level(panel, one)) for name, one in based.items()}


def _in_base(panel: Panel, base: Base) -> bool:
    return bool(panel.contact["date"].dt.year.between(base.first_year, base.last_year).any())


def _no_base(panel: Panel, base: Base) -> Fault:
    dates = panel.contact["date"]
    found = f"{len(dates)} contacts, {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
    expected = f"a recorded contact of {panel.dyad[0]} from {base.first_year} to {base.last_year}, as of {panel.as_of}"
    return Fault(source=WEIGHTS_FILE.name, where="key base", expected=expected, found=found, remedy=(
        "The relation index has no base. Give a later date (--as-of), code contacts of these years, or choose other base "
        "years: index_base in dyad.yaml."))
