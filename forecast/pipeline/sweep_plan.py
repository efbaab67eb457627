"""What a sweep will do: its points, checked before anything long is done, and the name under which they are kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import forecast
from forecast.config import load_yaml
from forecast.evaluation.sweep.design import points
from forecast.evaluation.sweep.schema import OUTSIDE, Sweep
from forecast.pipeline.chain import Progress, fit
from forecast.pipeline.request import Request, read
from forecast.pipeline.sweep_check import check_points, day_of
from forecast.pipeline.sweep_point import Point
from forecast.placement import cache_directory
from forecast.simulation.language import find_scenario
from forecast.simulation.language.inherit import Merged, read_merged
from forecast.simulation.language.load import check_merged
from forecast.simulation.language.vary import reaches, with_values

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
    """

    sweep: Sweep
    merged: tuple[Merged, ...]
    values: tuple[tuple[Any, ...], ...]
    request: Request
    key: str = ""

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
        request = replace(self.request, priors=priors, as_of=day_of(as_of), paths=self.sweep.paths)
        return Point(scenarios=scenarios, request=request)


def plan(path: Path, request: Request, progress: Progress) -> Plan:
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
    found = Plan(sweep=sweep, merged=merged, values=tuple(points(sweep, request.seed)),
                 request=replace(request, scenarios=sweep.scenarios))
    check_points(found, path)
    identities = []
    for number in _of_each_kind(found):
        point = found.point(number)
        inputs = read(point.request)
        identities.append({name: one.key for name, one in fit(inputs, point.request, progress).items()})
    return replace(found, key=_hash(found, identities))


def _of_each_kind(given: Plan) -> list[int]:
    """First point of every combination of prior set and as-of date."""
    places = [place for place, one in enumerate(given.sweep.vary) if one.path in OUTSIDE]
    first: dict[tuple, int] = {}
    for number, values in enumerate(given.values):
        first.setdefault(tuple(str(values[place]) for place in places), number)
    return list(first.values())


def _hash(given: Plan, identities: Sequence[Mapping[str, str]]) -> str:
    content = {"sweep": given.sweep.model_dump(mode="json"), "values": given.values, "posteriors": identities,
               "scenarios": [check_merged(one).model_dump(mode="json") for one in given.merged], "seed": given.request.seed,
               "priors": given.request.priors, "code": _code()}
    return hashlib.blake2b(json.dumps(content, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()


@cache
def _code() -> str:
    """Hash of the program and of its shipped weights: whatever could change a result."""
    root, digest = Path(forecast.__file__).parent, hashlib.blake2b(digest_size=8)
    for path in sorted([*root.rglob("*.py"), *root.glob("data/*.yaml")]):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()

