"""Whether the parts of a frozen forecast fit together: keys, lengths and sums."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import isclose
from typing import TYPE_CHECKING

from forecast.contacts import codes

if TYPE_CHECKING:
    from forecast.evaluation.frozen.record import Frozen, FrozenScenario

ALL = "all"
LARGEST_GRID = 10_000_000
"""Probabilities that scoring may need: scenarios, ranks, months and longest histogram multiplied. A long run has a million."""
HIGHEST = 36_000
"""Contacts a year that a baseline may expect: as many as a histogram of a month has room for."""
Misfit = tuple[str, str, str]
"""Key, what was expected there, what was found."""


def misfits(frozen: "Frozen") -> Iterator[Misfit]:
    """Everything that does not fit; nothing where the forecast can be scored."""
    yield from _time(frozen)
    yield from _once("rank", frozen.rank, codes.RANK.labels)
    yield from _once("questions", [one.id for one in frozen.questions])
    if any(first >= second for first, second in pairwise(frozen.level)):
        yield "level", "levels that increase", ", ".join(map(str, frozen.level))
    for question in frozen.questions:
        if question.dyad not in (None, frozen.dyad):
            yield f"questions.{question.id}.dyad", f"{frozen.dyad}, or none", question.dyad
    sizes = {(_paths(one), len(one.draws)) for one in frozen.scenario.values()}
    if len(sizes) > 1:
        yield "scenario", "as many paths and draws in every scenario", ", ".join(f"{a} and {b}" for a, b in sorted(sizes))
    for name, one in frozen.scenario.items():
        yield from ((f"scenario.{name}.{key}", expected, found) for key, expected, found in _scenario(frozen, one))
    if (many := _grid(frozen)) > LARGEST_GRID:
        yield "scenario", f"histograms that need at most {LARGEST_GRID:,} probabilities", f"{many:,}"
    outcomes = {outcome for one in frozen.scenario.values() for outcome in one.outcome}
    yield from _keys("baseline", frozen.baseline, outcomes)
    yield from _baselines(frozen)


def _time(frozen: "Frozen") -> Iterator[Misfit]:
    """Months follow one another from that of the inauguration, or a later one, on."""
    number = [12 * int(month[:4]) + int(month[5:]) for month in frozen.month]
    if any(second != first + 1 for first, second in pairwise(number)):
        yield "month", "months that follow one another", ", ".join(frozen.month)[:80]
    first = frozen.term_start.year * 12 + frozen.term_start.month
    if number[0] < first or frozen.month[0].startswith("0000"):
        yield "month.0", f"{frozen.term_start:%Y-%m}, when the term begins, or later", frozen.month[0]
    for question in frozen.questions:
        window = [12 * day.year + day.month for day in question.window]
        if not number[0] <= window[0] <= window[1] <= number[-1]:
            found = " to ".join(f"{day:%Y-%m}" for day in question.window)
            yield f"questions.{question.id}.window", f"months within {frozen.month[0]} to {frozen.month[-1]}", found
    if not date(1800, 1, 1) <= frozen.term_start < date(9000, 1, 1):
        yield "term_start", "a year from 1800 on", str(frozen.term_start)


def _scenario(frozen: "Frozen", one: "FrozenScenario") -> Iterator[Misfit]:
    keys, months, paths = (ALL, *frozen.rank), len(frozen.month), _paths(one)
    if not isclose(sum(one.outcome.values()), 1, abs_tol=1e-9):
        yield "outcome", "probabilities that add up to 1", f"{sum(one.outcome.values()):g}"
    yield from _keys("month", one.month, keys)
    yield from _keys("term", one.term, keys)
    for key, histograms in one.month.items():
        yield from _length(f"month.{key}", histograms, months, "one for each month")
        for place, histogram in enumerate(histograms):
            yield from _sum(f"month.{key}.{place}", histogram, paths)
    for key, histogram in one.term.items():
        yield from _sum(f"term.{key}", histogram, paths)
    if len(one.draws) > paths:
        yield "draws", f"at most {paths} paths", str(len(one.draws))
    for place, path in enumerate(one.draws):
        if len(path) != months or any(len(ranks) != len(frozen.rank) for ranks in path):
            yield f"draws.{place}", f"{months} months of {len(frozen.rank)} ranks", "another shape"
    yield from _answers(frozen, one)


def _answers(frozen: "Frozen", one: "FrozenScenario") -> Iterator[Misfit]:
    known = {question.id for question in frozen.questions}
    for id, answer in one.question.items():
        if id not in known:
            yield f"question.{id}", f"the id of a question ({', '.join(sorted(known)) or 'none is asked'})"[:200], f"'{id}'"
        yield from _length(f"question.{id}.draws", answer.draws, len(one.draws), "one for each path of draws")


def _length(key: str, values: Sequence[object], wanted: int, each: str) -> Iterator[Misfit]:
    if len(values) != wanted:
        yield key, f"{wanted} entries, {each}", str(len(values))


def _paths(one: "FrozenScenario") -> int:
    """Paths of a scenario: what most of its histograms add up to."""
    sums = Counter(sum(histogram) for histograms in one.month.values() for histogram in histograms)
    return next((paths for paths, _ in sums.most_common(1)), 0)


def _grid(frozen: "Frozen") -> int:
    longest = max((len(one) for scenario in frozen.scenario.values() for months in scenario.month.values() for one in months),
                  default=0)
    return len(frozen.scenario) * (len(frozen.rank) + 1) * len(frozen.month) * longest


def _sum(key: str, histogram: tuple[int, ...], paths: int) -> Iterator[Misfit]:
    if sum(histogram) != paths or not paths:
        yield key, f"{paths or 'some'} paths in all", str(sum(histogram))


def _baselines(frozen: "Frozen") -> Iterator[Misfit]:
    names = {", ".join(sorted(of_outcome)) for of_outcome in frozen.baseline.values()}
    if len(names) > 1:
        yield "baseline", "the same baselines for every outcome", "; ".join(sorted(names))[:200]
    for outcome, of_outcome in frozen.baseline.items():
        for name, rates in of_outcome.items():
            yield from _keys(f"baseline.{outcome}.{name}", rates, (ALL, *frozen.rank))
            for key, (shape, years) in rates.items():
                if not shape / years <= HIGHEST:
                    yield f"baseline.{outcome}.{name}.{key}", f"at most {HIGHEST} contacts a year", f"{shape / years:g}"


def _keys(key: str, found: Iterable[str], expected: Iterable[str]) -> Iterator[Misfit]:
    found, expected = set(found), set(expected)
    if found != expected:
        yield key, f"the keys {', '.join(sorted(expected))}"[:300], ", ".join(sorted(found))[:200] or "none"


def _once(key: str, values: Iterable[str], known: Iterable[str] | None = None) -> Iterator[Misfit]:
    values = list(values)
    if len(set(values)) < len(values):
        yield key, "each entry once", "repetitions"
    if known is not None and (strange := [one for one in values if one not in known]):
        yield key, f"some of {', '.join(known)}", ", ".join(strange)[:200]
