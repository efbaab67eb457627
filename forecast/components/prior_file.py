"""Prior sets in files: read, put on top of the set that they extend, and checked against what the components need."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from ruamel.yaml.comments import CommentedMap

from forecast import shipped
from forecast.components.joint import covariance
from forecast.components.priors import SUPPORT, Prior, PriorSet, outside
from forecast.components.registry import of_several
from forecast.config import line_of, load_with_lines
from forecast.contacts.codes import TYPE
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.panel.elections import load_elections
from forecast.panel.registers import administrations_since
from forecast.yaml_reader import SHOWN
from forecast.yaml_reader import found as shown

LONGEST_CHAIN = 20
"""Files that extend one another."""


def load_priors(path: Path, needs: Mapping[str, Mapping[str, str]]) -> PriorSet:
    """Read a prior set and check it against what the components need.

    A set that ``extends`` another names only the parameters in which it differs; each is replaced whole, so that no
    reason is left standing beside a number it was not written for.

    Parameters
    ----------
    path : Path
        The YAML file.
    needs : mapping
        Section -> parameter -> support (a key of ``SUPPORT``).

    Raises
    ------
    InputError
        With every missing, unknown or unsuitable prior, by line and key; or where ``extends`` leads nowhere or in a circle.
    """
    read = _merged(path)
    faults = _unable(read)
    for component in sorted({*needs, *read.priors.component}):
        faults += _check(component, read.priors.component.get(component), needs.get(component), read)
    if faults:
        raise InputError(faults)
    return read.priors


def overlap(priors: PriorSet, as_of: date, states: Mapping[str, str]) -> list[Fault]:
    """What a set was made from that a record holds too, or that lies after its last day.

    Parameters
    ----------
    as_of : date
        Last day of the record.
    states : mapping
        Dyad -> partner state as the registers name it.
    """
    known, faults = priors.evidence, []
    if known is None:
        return []
    remedy = "Make a set for this one: forecast priors from-registers --partner STATE --as-of DAY."
    if known.as_of > as_of:
        faults = [Fault(source=f"prior set {priors.name}", where="key evidence.as_of", found=str(known.as_of), remedy=remedy,
                        expected=f"nothing later than the as-of date {as_of}")]
    if twice := {dyad: state for dyad, state in states.items() if state not in known.left_out}:
        faults.append(Fault(
            source=f"prior set {priors.name}", where="key evidence.left_out", remedy=remedy,
            expected=f"{', '.join(twice.values())}, whose travel is in the record of {', '.join(twice)}",
            found=", ".join(known.left_out) or "none"))
    return faults


def lineage(path: Path) -> tuple[Path, ...]:
    """A prior file, the one that it extends, and so on (raises InputError)."""
    return _merged(path).files


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A set over those that it extends, with the files in their order, file and line of every component and parameter, and the
    keys of those parameters that were made from evidence; and the sections that it wants from the region, with file and line.
    """

    priors: PriorSet
    files: tuple[Path, ...]
    origin: Mapping[tuple[str, ...], tuple[Path, int]]
    informed: frozenset[tuple[str, ...]]
    sections: tuple[tuple[str, Path, int], ...] = ()

    def place(self, *steps: str) -> tuple[Path, int]:
        """File and line of the deepest part of a key path below ``component`` that some file sets."""
        return next((self.origin[steps[:length]] for length in range(len(steps), 0, -1) if steps[:length] in self.origin),
                    (self.files[0], 1))


def _merged(path: Path, seen: tuple[Path, ...] = ()) -> _Read:
    """A set over the one that it extends, parameter by parameter."""
    content, shared = load_with_lines(path, PriorSet)
    priors, here = shared.model_copy(deep=True), path.resolve()  # whoever asks for a set may change its own
    origin = {steps: (path, line_of(content, ("component", *steps)))
              for name, part in priors.component.items() for steps in ((name,), *((name, key) for key in part))}
    informed = frozenset(origin) if priors.evidence else frozenset()
    asked = tuple((one, path, line_of(content, ("from_region", place))) for place, one in enumerate(priors.from_region))
    if priors.extends is None:
        return _Read(priors=priors, files=(path,), origin=origin, informed=informed, sections=asked)
    parent = _merged(_target(content, priors.extends, path, (*seen, here)), (*seen, here))
    component = {name: {**parent.priors.component.get(name, {}), **priors.component.get(name, {})}
                 for name in {**parent.priors.component, **priors.component}}
    still = frozenset(steps for steps in parent.informed - frozenset(origin) if len(steps) > 1)
    before = parent.priors.evidence if still else None  # nothing of it, where all that it informed is replaced
    evidence = priors.evidence.with_that_of(before) if priors.evidence else before
    asked = asked if "from_region" in priors.model_fields_set else parent.sections
    whole = priors.model_copy(update={"component": component, "evidence": evidence,
                                      "from_region": tuple(section for section, *_ in asked)})
    return _Read(priors=whole, files=(path, *parent.files), sections=asked,
                 origin={**parent.origin, **origin}, informed=informed | still)


def _target(content: CommentedMap, name: str, path: Path, seen: tuple[Path, ...]) -> Path:
    """The file that a set extends: one beside it, else a shipped one."""
    beside, known = path.parent / f"{name.removesuffix('.yaml')}.yaml", shipped.shipped_priors()
    target = beside if is_file(beside) else known.get(beside.stem)
    expected = ""
    if target is None:
        expected = "a file beside this one, or a shipped set"
    elif target.resolve() in seen:
        expected = "a set that does not lead back to this one"
    elif len(seen) > LONGEST_CHAIN:
        expected = f"at most {LONGEST_CHAIN} files that extend one another"
    if target is None or expected:
        raise InputError([Fault(source=str(path), where=f"line {line_of(content, ('extends',))}, key extends",
                                expected=expected, found=shown(name), remedy=nearest(name[:SHOWN], known))])
    return target


def _unable(read: _Read) -> list[Fault]:
    """Sections that are wanted from the region and cannot be fitted to several dyads."""
    able = of_several()
    return [Fault(source=str(path), where=f"line {line}, key from_region", found=shown(section),
                  expected=f"sections that are fitted to several dyads: {', '.join(able)}", remedy=nearest(section[:SHOWN], able))
            for section, path, line in read.sections if section not in able]


def _check(name: str, given: Mapping[str, Prior] | None, needed: Mapping[str, str] | None, read: _Read) -> list[Fault]:
    def fault(key: str, expected: str, found: str, remedy: str) -> Fault:
        source, line = read.place(name, *([key] if key else []))
        where = f"line {line}, key {'.'.join(filter(None, ('component', name, key)))}"
        return Fault(source=str(source), where=where, expected=expected, found=found, remedy=remedy)

    if needed is None:
        return [fault("", "a registered component", shown(name), "Remove it.")]
    given = given or {}
    faults = [fault(key, "a parameter of this component", shown(key), nearest(key[:SHOWN], needed))
              for key in given if key not in needed]
    for key, support in needed.items():
        allowed = ", ".join(sorted(SUPPORT[support]))
        if key not in given:
            faults.append(fault(key, f"a prior ({allowed})", "nothing", "Add it with a reason."))
        elif given[key].distribution not in SUPPORT[support]:
            faults.append(fault(key, f"{allowed} (support: {support})", given[key].distribution,
                                "Choose a distribution with that support."))
        elif wrong := outside(given[key], support):
            faults.append(fault(key, *wrong, "Correct the value."))
        elif given[key].distribution == "joint_normal":
            faults += [fault(key, *one) for one in wrong_joint(given[key])]
    return faults


# What a joint normal of a prior file gets wrong, all of it at once.

SMALLEST = 1e-6
"""Smallest eigenvalue of the correlations: below it some sum of effects is known exactly, and no sampler passes there."""

Wrong = tuple[str, str, str]
"""What was expected, what stood there, and the remedy."""


@cache
def presidents() -> frozenset[str]:
    """Who has governed, and who has stood for election, by the names of the shipped tables."""
    return frozenset({term.president for term in administrations_since()}
                     | {winner.president for one in load_elections() for winner in one.outcomes.values()})


def wrong_joint(prior: Prior) -> list[Wrong]:
    """Every fault; the covariance is looked at where the names are right."""
    found = [*_types(prior), *_names(prior), *_pairs(prior)]
    return found or [*_definite(prior)]


def _types(prior: Prior) -> Iterator[Wrong]:
    if prior.against not in TYPE:
        yield "against: a type", shown(prior.against), nearest(prior.against[:SHOWN], TYPE)
        return
    others = [name for name in TYPE if name != prior.against]
    if missing := [name for name in others if name not in prior.mean]:
        yield f"mean: every type but {prior.against}", f"no {', '.join(missing)}", "Add its log rate ratio."
    if prior.against in prior.mean:
        yield f"mean: log rate ratios to {prior.against}", shown(prior.against), "Remove it: its ratio to itself is zero."


def _names(prior: Prior) -> Iterator[Wrong]:
    known = {*TYPE, *presidents()}
    for name in prior.mean:
        if name not in known:
            yield "mean: types and presidents", shown(name), nearest(name[:SHOWN], known)
    if set(prior.sd) != set(prior.mean):
        odd = sorted(set(prior.sd) ^ set(prior.mean))
        yield "sd: the names of mean", f"{', '.join(shown(name) for name in odd)} in one of them", "Name the same in both."


def _pairs(prior: Prior) -> Iterator[Wrong]:
    pairs = [(one, other) for one, row in prior.correlation.items() for other in row]
    for name in sorted({name for pair in pairs for name in pair} - set(prior.mean)):
        yield "correlation: names of mean", shown(name), nearest(name[:SHOWN], prior.mean) if prior.mean else "Remove it."
    for pair, times in Counter(frozenset(pair) for pair in pairs).items():
        if len(pair) == 1:
            yield "correlation: pairs of two", f"{shown(*pair)} with itself", "Remove it."
        elif times > 1:
            yield "correlation: every pair once", f"{' with '.join(sorted(pair))} {times} times", "Keep one of them."


def _definite(prior: Prior) -> Iterator[Wrong]:
    sd = np.array([prior.sd[name] for name in prior.mean])
    smallest = float(np.linalg.eigvalsh(covariance(prior) / np.outer(sd, sd)).min())
    if smallest < SMALLEST:
        yield ("correlation: a positive definite covariance", f"correlations with the eigenvalue {smallest:.3g}",
               "Bring the correlations closer to zero: together they contradict each other, or leave a sum without variance.")
