"""Inputs that are right one by one must also belong together: scenarios, elections, the record and its poles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path

from forecast import shipped
from forecast.components.covariates import chosen
from forecast.components.priors import PriorSet
from forecast.components.registry import CONTACTS, POOL
from forecast.console import say
from forecast.errors import Fault, InputError, nearest
from forecast.panel import Panel
from forecast.panel.covariates import in_units
from forecast.panel.elections import Election, load_election, load_elections
from forecast.panel.events import load_kinds
from forecast.panel.poles import PoleRecord
from forecast.panel.winners import Between, beyond_limit, terms_ahead
from forecast.simulation.poles import poles_moved
from forecast.simulation.scenario import Scenario, find_scenario, load_scenario
from forecast.simulation.scenario.inherit import generation
from forecast.yaml_reader import found as shown

SHARED = ("as_of", "dyad", "horizon", "election")
"""Keys that have one value in all scenarios of a run; a scenario that names no dyad agrees with any."""


def check_together(scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], as_of: date | None = None, *,
                   begun: bool = False) -> None:
    """Refuse outcomes that an election does not have, scenarios that cannot be compared, and a last day within their term.

    Parameters
    ----------
    as_of : date, optional
        Last day used, where it is not that of the scenarios.
    begun : bool
        Whether the term may have begun by the last day of a scenario, as an update has it (:func:`for_update`).

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [disagreement(f"scenario {name}, key outcome", ", ".join(elections[name].outcomes), outcome)
              for name, one in scenarios.items() for outcome in one.chances if outcome not in elections[name].outcomes]
    faults += [disagreement(f"scenario {name}, key horizon", f"months of the term, {_month(elections[name].term_start)} to "
                            f"{_month(elections[name].term_end)}", f"{_month(one.horizon.start)} to {_month(one.horizon.end)}")
               for name, one in scenarios.items() if not _within(one, elections[name])]
    faults += _begun({name: one for name, one in scenarios.items() if not (begun and for_update(one, elections[name]))},
                     elections, as_of)
    for key in SHARED:
        values = {str(getattr(one, key)) for one in scenarios.values() if getattr(one, key) is not None}
        if len(values) > 1:
            faults.append(disagreement(f"scenarios, key {key}", "the same value in all scenarios of a run",
                                       ", ".join(sorted(values))))
    if faults:
        raise InputError(faults)


def _begun(scenarios: Mapping[str, Scenario], elections: Mapping[str, Election], as_of: date | None) -> list[Fault]:
    """A last day within the term that is forecast: what is over of it would be used to forecast it, and simulated anew."""
    if as_of:
        first = min((one.term_start for one in elections.values()), default=as_of)
        late = {"option --as-of": (as_of, first)} if as_of >= first and scenarios else {}
    else:
        late = {f"scenario {name}, key as_of": (one.as_of, elections[name].term_start) for name, one in scenarios.items()
                if one.as_of >= elections[name].term_start}
    whole = all(_whole(one, elections[name]) for name, one in scenarios.items())
    return [Fault(source="run", where=where, found=f"{day}",
                  expected=f"a day before {start}, when the term that is forecast begins",
                  remedy=f"For the rest of a term that runs: forecast update --as-of {day}"
                         f"{'' if whole else f', with a horizon that starts {_month(start)}'}. Else give an earlier day.")
            for where, (day, start) in late.items()]


def for_update(scenario: Scenario, election: Election) -> bool:
    """Whether a scenario is of a term that runs on its last day, from the first month of that term on."""
    return scenario.as_of >= election.term_start and _whole(scenario, election)


def _whole(scenario: Scenario, election: Election) -> bool:
    return _month(scenario.horizon.start) == _month(election.term_start)


def in_order(scenarios: Mapping[str, Scenario], outcomes: Sequence[str], files: Mapping[str, Path]) -> dict[str, Scenario]:
    """Scenarios in the order that decides every difference, which is always of an earlier one minus a later one.

    The order is in the data and not in the command: outcomes as the file of elections lists them, an open election last; of
    one outcome a scenario that extends another before that one, so that the difference is what the extension adds; else by name.

    Parameters
    ----------
    scenarios : mapping
        By name, of one election.
    outcomes : sequence of str
        Of that election.
    files : mapping of str to Path
        Scenario -> its file; of one that was given as an object the chain is told by the names in it.
    """
    place = {name: number for number, name in enumerate(outcomes)}
    depth = {name: _generation(name, scenarios, files) for name in scenarios}
    ordered = sorted(scenarios, key=lambda name: (place.get(str(scenarios[name].outcome), len(place)), -depth[name], name))
    return {name: scenarios[name] for name in ordered}


def _generation(name: str, scenarios: Mapping[str, Scenario], files: Mapping[str, Path], seen: tuple[str, ...] = ()) -> int:
    """How many scenarios one extends one after the other, as far as that can be told."""
    if name in files:
        return generation(files[name])
    parent = scenarios[name].extends if name in scenarios else None
    if parent is None or name in seen:
        return 0
    stem, shipped_one = Path(parent).stem, shipped.shipped_scenario(Path(parent))
    if stem not in scenarios and shipped_one:
        return 1 + generation(shipped_one)
    return 1 + _generation(stem, scenarios, files, (*seen, name))


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _within(scenario: Scenario, election: Election) -> bool:
    """Whether the horizon lies in the term that the election decides."""
    return _month(election.term_start) <= _month(scenario.horizon.start) and _month(scenario.horizon.end) <= _month(
        election.term_end)


def check_dyad_of(scenarios: Mapping[str, Scenario], dyad: str, folder: Path) -> None:
    """Refuse scenarios that were made for another dyad than that of the data.

    A scenario without the key ``dyad`` assumes nothing about a partner and holds for any.

    Raises
    ------
    InputError
        With one fault per scenario, naming both dyads.
    """
    remedy = (f"Run it with the data of that dyad (--data), or write a scenario for {dyad}: extend "
              f"{' or '.join(f'{name}.yaml' for name in shipped.CASE.scenarios)}, set dyad: {dyad}, and argue its sizes anew.")
    faults = [Fault(source="run", where=f"scenario {name}, key dyad", expected=f"{dyad}, the dyad of the data in {folder}",
                    found=one.dyad, remedy=remedy)
              for name, one in scenarios.items() if one.dyad not in (None, dyad)]
    if faults:
        raise InputError(faults)


def with_questions_of(scenario: Scenario, dyad: str) -> Scenario:
    """The scenario with the questions that are asked of this dyad."""
    return scenario.model_copy(update={"questions": tuple(one for one in scenario.questions if one.dyad in (None, dyad))})


def as_of_day(scenario: Scenario, day: date) -> Scenario:
    """The scenario as of the last day that is used, whichever it names itself: futures, their files and the manifest tell it."""
    return scenario.model_copy(update={"as_of": day})


def check_poles(scenarios: Mapping[str, Scenario], poles: PoleRecord | None, dyad: str) -> None:
    """Refuse effects on poles, and questions about lists, that a dyad with poles does not name.

    A dyad without poles goes on without them, and a line says so. A pole of the dyad without a complete list may be moved: the
    tables then show the assumption, and no forecast.

    Raises
    ------
    InputError
        With one fault per pole or list.
    """
    moved = {name: poles_moved(one) for name, one in scenarios.items()}
    if poles is None:
        if idle := [name for name, found in moved.items() if found]:
            say(f"Effects on poles in {', '.join(idle)} move nothing: dyad {dyad} names no poles (key poles of dyad.yaml).",
                error=True)
        return
    faults = [Fault(source="run", where=f"scenario {name}, key rate.pole", expected=f"a pole of {dyad}: {', '.join(poles.pole)}",
                    found=shown(pole), remedy=nearest(pole, poles.pole))
              for name, found in moved.items() for pole in found if pole not in poles.pole]
    faults += [Fault(source="run", where=f"scenario {name}, question {question.id}, key meetings.list",
                     expected=f"a complete list of {dyad}: {', '.join(poles.known)}", found=shown(question.meetings.list),
                     remedy=nearest(question.meetings.list, poles.known))
               for name, one in scenarios.items() for question in one.questions
               if question.meetings and question.dyad in (None, dyad) and question.meetings.list not in poles.known]
    if faults:
        raise InputError(faults)


def check_kinds(scenarios: Mapping[str, Scenario], folder: Path, dyad: str) -> None:
    """Refuse events of scenarios made for a dyad that are like a kind which it does not have (raises InputError)."""
    named = [(name, event) for name, one in scenarios.items() for event in one.events if event.like and one.dyad == dyad]
    known = load_kinds(folder, dyad) if named else {}
    faults = [Fault(source="run", where=f"scenario {name}, key events.{event.id}.like",
                    expected=f"a kind of events of {dyad}: {', '.join(known)}", found=shown(event.like),
                    remedy=nearest(str(event.like), known) if known else "Leave it out.")
              for name, event in named if event.like not in known]
    if faults:
        raise InputError(faults)


def answerable(scenario: Scenario, poles: PoleRecord | None) -> Scenario:
    """The scenario without questions about lists of meetings of which the dyad has nothing by the as-of date."""
    known = () if poles is None else tuple(poles.list.index)
    kept = tuple(one for one in scenario.questions if one.meetings is None or one.meetings.list in known)
    return scenario.model_copy(update={"questions": kept})


def disagreement(where: str, expected: str, found: str, remedy: str = "Correct the scenario files, or run them apart.") -> Fault:
    """A fault of scenarios that cannot stand in one run."""
    return Fault(source="run", where=where, expected=expected, found=found, remedy=remedy)


# Elections as seen from the end of a record: of the next term, or of a later one, with others governing in between.

def seen_elections(elections: Mapping[str, Election], scenarios: Mapping[str, Scenario],
                   panel: Panel, priors: PriorSet) -> tuple[dict[str, Election], str]:
    """Elections as seen from the end of the record and as scenarios set their world, and who governs in between, in a sentence.

    Raises
    ------
    InputError
        Where an outcome gives somebody more terms than there can be, or a scenario sets a covariate that is not switched on.
    """
    check_covariates(scenarios, priors)
    found, told, faults = {}, "", []
    for name, one in elections.items():
        told_of, between = election_seen(one, panel)
        found[name] = told_of.assuming(in_units(scenarios[name].covariates))
        limit = beyond_limit(one, panel.administration, between)
        faults += [Fault(source="run", where=f"scenario {name}, key outcome", found=outcome,
                         expected=f"a president with fewer than {one.most_terms} terms before",
                         remedy="Give a scenario of another outcome, or correct the file of elections.")
                   for outcome in scenarios[name].chances if outcome in limit]
        told = _told(found[name].ahead - 1, between) if found[name].ahead > 1 else told
    if faults:
        raise InputError(faults)
    return found, told


@dataclass(frozen=True, kw_only=True)
class SecondTerm:
    """What is forecast of the term after that of a run's scenarios.

    Parameters
    ----------
    scenarios, elections : mapping
        By name of the scenario, in their order; elections as seen from the end of the record.
    pairs : tuple of (str, str)
        Scenario of the first term, and of the second.
    """

    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    elections: Mapping[str, Election] = field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()


def second_term(given: Mapping[str, Scenario], first: Mapping[str, Scenario], elections: Mapping[str, Election], panel: Panel,
                priors: PriorSet, files: Mapping[str, Path]) -> SecondTerm:
    """Scenarios of the term after that of others, checked, with the pairs that there can be.

    Parameters
    ----------
    given, first : mapping of str to Scenario
        Those of the second term, and of the first.
    elections : mapping of str to Election
        Of the first term, as seen from the end of the record.
    files : mapping of str to Path
        As :func:`in_order` takes them.

    Raises
    ------
    InputError
        Where they cannot stand beside one another, are of another term, or nobody could govern so long.
    """
    if not given:
        return SecondTerm()
    before = next(iter(elections.values()))
    decided = {name: load_election(one.election, before.file, before.terms.parent) for name, one in given.items()}
    check_together(given, decided, panel.as_of)
    check_covariates(given, priors)
    if faults := [*_not_after(given, decided, first, before)]:
        raise InputError(faults)
    _say_idle(given)
    scenarios = {name: as_of_day(one.model_copy(update={"questions": ()}), panel.as_of) for name, one in in_order(
        given, tuple(next(iter(decided.values())).outcomes), files).items()}
    seen = {name: decided[name].seen(ahead=before.ahead + 1).assuming(in_units(one.covariates))
            for name, one in scenarios.items()}
    return SecondTerm(scenarios=scenarios, elections=seen, pairs=_pairs(first, scenarios, before, seen, panel))


def _say_idle(given: Mapping[str, Scenario]) -> None:
    """Tell what of scenarios of the second term comes to nothing: contacts alone are forecast of it."""
    idle = {"questions": [name for name, one in given.items() if one.questions],
            "effects on poles": [name for name, one in given.items() if poles_moved(one)]}
    told = " and ".join(f"{what} ({', '.join(names)})" for what, names in idle.items() if names)
    if told:
        say(f"note: {told} do nothing in the term after: contacts alone are forecast of it.", error=True)


MOST_TOGETHER = 4
"""Scenarios of the second term: as many as figures tell apart."""


def _not_after(given: Mapping[str, Scenario], decided: Mapping[str, Election], first: Mapping[str, Scenario],
               before: Election) -> Iterator[Fault]:
    """Scenarios that do not come right after the first term."""
    if before.ahead > 1:
        yield disagreement("option --then", f"scenarios of the next term before it, not of {before.id}", ", ".join(first),
                           "Name scenarios of the next term, or leave --then out: later terms are forecast by themselves.")
    if len(given) > MOST_TOGETHER:
        yield disagreement("option --then", f"up to {MOST_TOGETHER} scenarios", str(len(given)), "Give them in several runs.")
    for name, one in first.items():
        if not _whole(one, before):
            yield disagreement(f"scenario {name}, key horizon.start", f"{_month(before.term_start)}, when its term begins, with "
                               "--then", _month(one.horizon.start), _FROM_THE_START)
    for name, one in given.items():
        start = decided[name].term_start
        if name in first:
            yield disagreement(f"option --then, scenario {name}", "a scenario of the term after", "one of the first term", _LATER)
        elif start != before.term_end:
            yield disagreement(f"option --then, scenario {name}, key election", f"one whose term begins on {before.term_end}, "
                               f"when that of {before.id} ends", f"{decided[name].id}, from {start}", _LATER)
        elif not _whole(one, decided[name]):
            yield disagreement(f"option --then, scenario {name}, key horizon.start", f"{_month(start)}, when its term begins",
                               _month(one.horizon.start), _FROM_THE_START)


_LATER = "Give a scenario of the term after that of the others, or leave --then out."
_FROM_THE_START = "Both terms are forecast from their first month on: correct horizon.start, or leave --then out."


def _pairs(first: Mapping[str, Scenario], then: Mapping[str, Scenario], before: Election, elections: Mapping[str, Election],
           panel: Panel) -> tuple[tuple[str, str], ...]:
    """Every scenario of the second term after every one of the first, where nobody would govern for too long."""
    found: list[tuple[str, str]] = []
    beyond: list[tuple[str, str]] = []
    for one, other in product(first, then):
        won = Between(election=before, chances=first[one].chances) if before.ahead else None  # a term that runs is on record
        limit = beyond_limit(elections[other], panel.administration, won)
        (beyond if set(then[other].chances) & set(limit) else found).append((one, other))
    told = ", ".join(f"{one} then {other}" for one, other in beyond)
    if not found:
        raise InputError([disagreement("option --then", "a pair in which nobody governs for more terms than there can be", told,
                                       "Name a scenario with another winner, of either term, or correct the file of elections.")])
    if beyond:
        say(f"note: left out, because somebody would govern for more terms than there can be: {told}.", error=True)
    return tuple(found)


def check_covariates(scenarios: Mapping[str, Scenario], priors: PriorSet) -> tuple[str, ...]:
    """Covariates that the prior set switches on; scenarios that set another are refused: nothing would come of it."""
    switched = chosen(priors.component[POOL[CONTACTS].section])
    faults = [disagreement(f"scenario {name}, key covariates.{one}", "a covariate that the prior set switches on: "
                           f"{', '.join(switched) or 'it has none'}", one)
              for name, scenario in scenarios.items() for one in scenario.covariates if one not in switched]
    if faults:
        raise InputError(faults)
    return tuple(switched)


def election_seen(election: Election, panel: Panel) -> tuple[Election, Between | None]:
    """An election as seen from the end of a record, and who governs in the term before, where that is not on record."""
    ahead = max(terms_ahead(election, panel.administration), 0)
    between = _between(election) if ahead > 1 else None
    known = {term.president for term in panel.administration}
    return election.seen(ahead=ahead, between=between.unknown(known) if between else {}), between


def _told(terms: int, between: Between | None) -> str:
    lie = "One term lies" if terms == 1 else f"{terms} terms lie"
    return f"{lie} between the record and the term that is forecast. {between.told if between else ''}".strip()


def _between(election: Election) -> Between | None:
    """The election of the term before: its winner, or chances as shipped, or all alike; None where the file has none."""
    before = next((one for one in load_elections(election.file) if one.term_end == election.term_start), None)
    if before is None:
        return None
    if before.winner:
        return Between(election=before, chances={before.winner: 1.0})
    mixture = load_scenario(find_scenario(shipped.CASE.examples["mixture"]))
    chances = mixture.chances if mixture.election == before.id else dict.fromkeys(before.outcomes, 1 / len(before.outcomes))
    return Between(election=before, chances=chances)
