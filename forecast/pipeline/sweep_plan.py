"""What a sweep will do: its points, checked before anything long is done, and the name under which they are kept."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import forecast
from forecast.components.priors import PriorSet
from forecast.components.protocol import PathParameters
from forecast.components.registry import CONTACTS
from forecast.config import line_of, load_yaml, read_yaml
from forecast.console import Progress, say
from forecast.errors import TOLD, Fault, InputError, first_of
from forecast.evaluation.administration import MAIN_WEIGHTS
from forecast.evaluation.sweep import OUTSIDE, Measured, Sweep, components, mean_and_error, measure, sweep_points
from forecast.panel import Panel
from forecast.panel.calendar import month_starts
from forecast.panel.covariates import in_units
from forecast.panel.elections import Election, load_election, of_dyad
from forecast.pipeline.request import Request, read, weights_with_base
from forecast.pipeline.run import fit
from forecast.pipeline.together import answerable, check_covariates, check_together, election_seen, with_questions_of
from forecast.placement import cache_directory
from forecast.posterior.fit import known_twice
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.simulation.engine import calendar_of, simulate
from forecast.simulation.prepare import parameters_of
from forecast.simulation.random import Noise
from forecast.simulation.relation_index import WeightSet
from forecast.simulation.scenario import Scenario, find_scenario
from forecast.simulation.scenario.inherit import LISTS, Merged, reaches, read_merged, with_values
from forecast.simulation.scenario.load import check_merged
from forecast.simulation.shocks import draw_shock
from forecast.simulation.uncertainty_sources import draws_in
from forecast.yaml_reader import SHOWN
from forecast.yaml_reader import found as shown

# Every point of a sweep is checked before the first is simulated; faults are told by the assumption that has them.


def check_points(given: "Plan", path: Path) -> None:
    """Refuse paths that lead nowhere, and values that a scenario cannot have, by themselves or together.

    Values are checked as points have them, so that those which only make sense together can be varied together.

    Raises
    ------
    InputError
        By the name of the sweep file.
    """
    content = read_yaml(path)
    line = {one.path: line_of(content, ("vary", place, "path")) for place, one in enumerate(given.sweep.vary)}
    nowhere = [_told(path, f"key vary, path {one.path}", "a key of one of the scenarios",
                     "an event, official or question that none of them has")
               for one in given.sweep.vary
               if one.path not in OUTSIDE and not any(reaches(scenario, one.path) for scenario in given.merged)]
    faults = [*nowhere, *only_words(given, path)] or [*_outside(given, path), *_inside(given, path)] or [
        *_outside_together(given, path), *without_effect(given, path)]
    if faults:
        raise InputError(first_of((_with_line(fault, line) for fault in faults), least=True))


def _with_line(fault: Fault, line: Mapping[str, int]) -> Fault:
    """A fault of one path with the line of that path."""
    name = fault.where.removeprefix("key vary, path ").partition(", ")[0]
    return replace(fault, where=f"line {line[name]}, {fault.where}") if name in line else fault


def day_of(value: Any) -> date | None:
    """The day of an as-of date as a sweep file gives it; raises ValueError where it is none."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    return date.fromisoformat(str(value))


def _outside(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of prior sets and as-of dates."""
    for place, one in enumerate(given.sweep.vary):
        for value in _distinct([values[place] for values in given.values]) if one.path in OUTSIDE else ():
            yield from _faults_of(given, path, {one.path: value}, _where(one.path, value))


def _outside_together(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of prior sets that know what the record up to an as-of date holds, or what came after it."""
    place = {one.path: number for number, one in enumerate(given.sweep.vary) if one.path in OUTSIDE}
    for values in _distinct([{name: point[number] for name, number in place.items()} for point in given.values]):
        asked = replace(given.request, **(values | ({"as_of": day_of(values["as_of"])} if "as_of" in values else {})))
        inputs = read(asked)
        for fault in known_twice(inputs.priors, (inputs.panel, *inputs.elsewhere.values())):
            yield replace(fault, source=str(path), where=f"{_where_together(values)}, {fault.source}, {fault.where}")


def _inside(given: "Plan", path: Path) -> list[Fault]:
    """Faults of the scenarios' values: point by point, each told once, by the one value that has them or by all together."""
    paths = [(place, one.path) for place, one in enumerate(given.sweep.vary) if one.path not in OUTSIDE]
    told: dict[Fault, None] = {}
    for values in _distinct([{name: values[place] for place, name in paths} for values in given.values]):
        if len(told) <= TOLD and (together := list(_faults_of(given, path, values, _where_together(values)))):
            alone = [found for name, value in values.items()
                     if (found := list(_faults_of(given, path, {name: value}, _where(name, value))))]
            told |= dict.fromkeys(alone[0] if len(alone) == 1 else together)
    return list(told)


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list({str(value): value for value in values}.values())


def _faults_of(given: "Plan", path: Path, values: dict[str, Any], where: str) -> Iterator[Fault]:
    """What is wrong with some values, the others as the scenarios have them."""
    try:
        _try(given, values)
    except KeyError as error:
        yield _told(path, where, "a key of one of the scenarios", f"'{error.args[0]}', which has no keys of its own")
    except ValueError:
        yield _told(path, where, "days written YYYY-MM-DD", repr(next(iter(values.values()))))
    except InputError as error:
        yield from (replace(one, source=str(path), where=where) for one in error.faults)


def _try(given: "Plan", values: dict[str, Any]) -> None:
    if "as_of" in values:
        read(replace(given.request, as_of=day_of(values["as_of"])))
    elif "priors" in values:
        if not isinstance(values["priors"], str):
            raise InputError([Fault(source="priors", where="value", expected="a file or a shipped prior set",
                                    found=shown(values["priors"]), remedy="Name one.")])
        read(replace(given.request, priors=values["priors"]))
    else:
        for scenario in given.merged:
            check_merged(with_values(scenario, {name: value for name, value in values.items() if reaches(scenario, name)}))


def _where(name: str, value: Any) -> str:
    return f"key vary, path {name}, value {str(value)[:SHOWN]}"


def _where_together(values: dict[str, Any]) -> str:
    return "key vary, these values together: " + ", ".join(f"{name} {value}" for name, value in values.items())


def _told(path: Path, where: str, expected: str, found: str) -> Fault:
    return Fault(source=str(path), where=where, expected=expected, found=found,
                 remedy="See forecast scenario explain for the keys.")


def switching_paths(given: "Plan") -> list[str]:
    """Paths with a list of numbers between any two of which the scenarios take other numbers too."""
    found = []
    for place, one in enumerate(given.sweep.vary):
        values = _distinct([values[place] for values in given.values])
        if one.values is None or one.path in OUTSIDE or not all(type(value) in (int, float) for value in values):
            continue
        within = [low + (high - low) / 3.14 for low, high in pairwise(sorted(values))]  # some keys take whole numbers alone
        if not any(fault for value in within for fault in _faults_of(given, Path(), {one.path: value}, "")):
            found.append(one.path)
    return found


# What is varied must change something: keys that only describe, and values that nothing depends on, are refused.

NAMES = {
    "name": "It names the scenario.", "title": "It names the scenario.", "description": "It describes the scenario.",
    "extends": "A file extends another before anything is varied: list both files under scenarios, or write two sweeps.",
    "dyad": "It says for whom the sizes are argued: run the sweep with the data of another dyad (--data).",
    "id": "It names the item, and its random numbers.", "reason": "It gives the reason.", "text": "It is the question's text.",
    "background": "It is the question's background.", "resolution": "It says how the question is resolved.",
}
"""Keys of a scenario, and of its events, officials and questions, that only name or describe."""
TRIED, PATHS = 8, 64
"""Points at which each assumption is moved by itself, and values that it takes there; futures on which it is looked at."""


def only_words(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of paths that name or describe."""
    for one in given.sweep.vary:
        steps = one.path.split(".")
        if steps[-1] in NAMES and len(steps) == (3 if steps[0] in LISTS else 1):
            yield _told_of_effect(path, one.path, f"the key {steps[-1]}, which no number depends on", NAMES[steps[-1]])


def without_effect(given: "Plan", path: Path) -> Iterator[Fault]:
    """Faults of paths between whose values nothing differs at any of some points."""
    inside = [(place, one.path) for place, one in enumerate(given.sweep.vary) if one.path not in OUTSIDE]
    for place, name in inside:
        if not _matters(given, place, inside):
            remedy = "Another value hides it (a named rank hides all), or its event never happens: vary that, or leave it out."
            yield _told_of_effect(path, name, "no difference between its values, whatever the others are", remedy)


def _matters(given: "Plan", place: int, inside: list[tuple[int, str]]) -> bool:
    """Whether some two values of an assumption make different futures, the others as a point has them."""
    values = list({str(point[place]): point[place] for point in given.values}.values())
    values = values[::max(1, len(values) // TRIED)]
    step = max(1, len(given.values) // TRIED)
    for point in given.values[::step][:TRIED]:
        others = {name: point[at] for at, name in inside}
        try:
            seen = {_fingerprint(given, {**others, given.sweep.vary[place].path: value}) for value in values}
        except InputError:  # values that only make sense together
            return True
        if len(seen) > 1:
            return True
    return False


def _fingerprint(given: "Plan", values: Mapping[str, Any]) -> tuple[object, ...]:
    """All that decides the simulated futures of the scenarios with some values."""
    scenarios = [check_merged(with_values(one, {name: value for name, value in values.items() if reaches(one, name)}))
                 for one in given.merged]
    return tuple(_decides(one) for one in scenarios)


def _decides(scenario: Scenario) -> tuple[object, ...]:
    months = len(month_starts(scenario.horizon.start, scenario.horizon.end))
    shock = draw_shock(scenario, Noise(0), np.arange(PATHS), months)
    share = shock.share()
    shift = np.einsum("psm,pst->pmt", share, shock.size)
    asked = [(one.kind.model_dump_json(), one.window, one.at_least, one.at_most) for one in answerable(scenario, None).questions]
    return (shift.tobytes(), str(scenario.chances), scenario.election, scenario.horizon.model_dump_json(), str(asked),
            str(sorted(scenario.covariates.items())))


def _told_of_effect(path: Path, name: str, found: str, remedy: str) -> Fault:
    return Fault(source=str(path), where=f"key vary, path {name}", expected="an assumption that changes what is simulated",
                 found=found, remedy=remedy)


# One point of a sweep: its scenarios simulated with common random numbers, and what is measured of them.

@dataclass(frozen=True, kw_only=True)
class Point:
    """Scenarios under one prior set and as-of date."""

    scenarios: tuple[Scenario, ...]
    request: Request


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What points of one prior set and as-of date share in a process."""

    panel: Panel
    posterior: Mapping[str, Posterior]
    weights: tuple[WeightSet, float]
    priors: PriorSet

    @property
    def dyad(self) -> str:
        """Name of the dyad."""
        return self.panel.dyad[0]


def evaluate(point: Point) -> dict[str, tuple[float, float]]:
    """Quantities of every scenario by ``scenario: quantity``, with their errors; of two, also the first less the second."""
    known = _known(point.request)
    elections = {one.name: _election(one.election, point.request.data) for one in point.scenarios}
    check_together({one.name: one for one in point.scenarios}, elections, point.request.as_of)
    check_covariates({one.name: one for one in point.scenarios}, known.priors)
    found = {one.name: _measured(one, elections[one.name], known, point.request) for one in point.scenarios}
    rows = {f"{name}: {key}": value for name, measured in found.items() for key, value in measured.items()}
    if len(found) == 2:
        first, second = found
        rows |= {f"{first} - {second}: {key}": value.astype(float) - found[second][key] for key, value in found[first].items()
                 if key in found[second]}
    draws, leans = {name: draws_in(one) for name, one in known.posterior.items()}, components(point.scenarios)
    return {name: mean_and_error(values, leans.get(name.partition(": ")[2], (CONTACTS,)), draws)
            for name, values in rows.items()}


@lru_cache(maxsize=8)
def _election(name: str, folder: Path | None) -> Election:
    return load_election(name, of_dyad(folder, "elections.yaml"), folder)


def _measured(scenario: Scenario, election: Election, known: _Known, request: Request) -> Measured:
    scenario = answerable(with_questions_of(scenario, known.dyad), None)  # a sweep measures contacts
    given = _parameters(request, tuple(scenario.chances.items()), scenario.election, tuple(scenario.covariates.items()))
    paths = simulate(given, scenario, paths=request.paths, seed=request.seed, term_start=election.term_start, threads=1)
    months = float(calendar_of(scenario, election.term_start).exposure.sum() * 12)
    return measure(paths, scenario, known.weights, months)


@lru_cache(maxsize=32)
def _known(request: Request) -> _Known:
    """Posteriors and weights; loaded once in a process."""
    inputs = read(request)
    posterior = pooled(fit(inputs, request, lambda *_: None), inputs.panel.dyad[0])
    return _Known(panel=inputs.panel, posterior=posterior, weights=weights_with_base(inputs.panel)[MAIN_WEIGHTS],
                  priors=inputs.priors)


@lru_cache(maxsize=64)
def _parameters(request: Request, chances: tuple[tuple[str, float], ...], election: str,
                covariates: tuple[tuple[str, float | tuple[float, ...]], ...]) -> Callable[[slice], PathParameters]:
    """Parameters of all paths, projected once for all points that share posterior and outcome."""
    known = _known(request)
    decided = election_seen(_election(election, request.data), known.panel)[0].assuming(in_units(dict(covariates)))
    given = parameters_of(known.posterior, dict(chances), decided, request.seed)
    whole = given(slice(0, request.paths))
    return lambda part: PathParameters(**{name: values[part] for name, values in vars(whole).items()})


# What a sweep will do.

CHUNK = 20
"""Points that are kept together: what is lost at most, per process, where a sweep is interrupted."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the results of a sweep.

    Parameters
    ----------
    sweep : Sweep
    merged : tuple of Merged
        The scenarios, with their parents.
    values : tuple
        Values by point, in the order of ``sweep.vary``.
    request : Request
        Data, seed and default prior set.
    key : str
        Hash of all of it, of the posteriors used and of the code.
    asked : mapping of str to frozenset of str, optional
        Scenario -> questions that every point answers: a horizon that is varied does not cover all of them everywhere.
    """

    sweep: Sweep
    merged: tuple[Merged, ...]
    values: tuple[tuple[Any, ...], ...]
    request: Request
    key: str = ""
    asked: Mapping[str, frozenset[str]] | None = None

    @property
    def folder(self) -> Path:
        """Where points are kept."""
        return cache_directory() / "sweep" / f"{self.sweep.name}-{self.key}"

    def chunks(self) -> list[range]:
        """Numbers of the points that are kept together."""
        return [range(first, min(first + CHUNK, len(self.values))) for first in range(0, len(self.values), CHUNK)]

    def point(self, number: int) -> Point:
        """One point: its scenarios, prior set and as-of date."""
        given = dict(zip((one.path for one in self.sweep.vary), self.values[number], strict=True))
        priors, as_of = given.pop("priors", self.request.priors), given.pop("as_of", self.request.as_of)
        scenarios = tuple(check_merged(with_values(one, {path: value for path, value in given.items() if reaches(one, path)}))
                          for one in self.merged)
        if self.asked is not None:
            scenarios = tuple(_asking(one, self.asked[one.name]) for one in scenarios)
        request = replace(self.request, priors=priors, as_of=day_of(as_of), paths=self.sweep.paths)
        return Point(scenarios=scenarios, request=request)


def plan_sweep(path: Path, request: Request, progress: Progress) -> Plan:
    """Read a sweep, check its paths and values, and fit what it needs.

    Raises
    ------
    InputError
        Where the file, a path or a value is wrong; nothing long was done by then.
    """
    sweep = load_yaml(path, Sweep)
    merged = tuple(read_merged(find_scenario(name)) for name in sweep.scenarios)
    for one in merged:  # faults of a scenario are told by its own file
        check_merged(one)
    found = Plan(sweep=sweep, merged=merged, values=tuple(sweep_points(sweep, request.seed)),
                 request=replace(request, scenarios=sweep.scenarios))
    check_points(found, path)
    found = replace(found, asked=_in_common(found))
    depends = []
    for number in _of_each_kind(found):
        point = found.point(number)
        inputs = read(point.request)
        weights_with_base(inputs.panel)  # may refuse the record: before anything long
        identities = {name: one.key for name, one in fit(inputs, point.request, progress).items()}
        depends.append({"posteriors": identities, "inputs": inputs.hashes})
    return replace(found, key=_hash(found, depends))


def _asking(scenario: Scenario, questions: frozenset[str]) -> Scenario:
    return scenario.model_copy(update={"questions": tuple(one for one in scenario.questions if one.id in questions)})


def _in_common(given: Plan) -> dict[str, frozenset[str]] | None:
    """Questions of every scenario that all points ask, where some ask others; a note says which are left out."""
    if not any(one.path.startswith("horizon") for one in given.sweep.vary):
        return None
    points = [given.point(number).scenarios for number in range(len(given.values))]
    asked = [{one.name: frozenset(question.id for question in one.questions) for one in point} for point in points]
    common = {name: frozenset.intersection(*(one[name] for one in asked)) for name in asked[0]}
    left = sorted({id for one in asked for name, ids in one.items() for id in ids - common[name]})
    if left:
        say(f"note: {len(left)} questions are left out, whose months not every horizon of the sweep holds: {', '.join(left[:5])}"
            f"{' and others' if len(left) > 5 else ''}.", error=True)
    return common


def _of_each_kind(given: Plan) -> list[int]:
    """First point of every combination of prior set and as-of date."""
    places = [place for place, one in enumerate(given.sweep.vary) if one.path in OUTSIDE]
    first: dict[tuple[Any, ...], int] = {}
    for number, values in enumerate(given.values):
        first.setdefault(tuple(str(values[place]) for place in places), number)
    return list(first.values())


def _hash(given: Plan, depends: Sequence[Mapping[str, Mapping[str, str]]]) -> str:
    """Hash of everything that decides the points; a record decides more than posteriors: base years, elections, pages."""
    content = {"sweep": given.sweep.model_dump(mode="json"), "values": given.values, "depends": depends,
               "scenarios": [check_merged(one).model_dump(mode="json") for one in given.merged], "seed": given.request.seed,
               "priors": given.request.priors, "code": _code()}
    return hashlib.blake2b(json.dumps(content, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


@cache
def _code() -> str:
    """Hash of the program and of the facts that ship with it: whatever could change a result."""
    root, digest = Path(forecast.__file__).parent, hashlib.blake2b(digest_size=8)
    facts = [path for path in root.glob("data/*.*") if path.suffix in (".yaml", ".toml", ".csv")]
    for path in sorted([*root.rglob("*.py"), *facts]):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
