"""Prior sets in files: read, put on top of the set that they extend, and checked against what the components need."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from forecast.components import joint_faults, shipped_priors
from forecast.components.priors import SUPPORT, Prior, PriorSet, outside
from forecast.config import line_of, read_yaml, validate
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.yaml_words import SHOWN
from forecast.yaml_words import found as shown

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
    faults = []
    for component in sorted({*needs, *read.priors.component}):
        faults += _check(component, read.priors.component.get(component), needs.get(component), read)
    if faults:
        raise InputError(faults)
    return read.priors


def lineage(path: Path) -> tuple[Path, ...]:
    """A prior file, the one that it extends, and so on (raises InputError)."""
    return _merged(path).files


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A set over those that it extends, with the files in their order, and file and line of every component and parameter."""

    priors: PriorSet
    files: tuple[Path, ...]
    origin: Mapping[tuple[str, ...], tuple[Path, int]]

    def place(self, *steps: str) -> tuple[Path, int]:
        """File and line of the deepest part of a key path below ``component`` that some file sets."""
        return next((self.origin[steps[:length]] for length in range(len(steps), 0, -1) if steps[:length] in self.origin),
                    (self.files[0], 1))


def _merged(path: Path, seen: tuple[Path, ...] = ()) -> _Read:
    """A set over the one that it extends, parameter by parameter."""
    content, here = read_yaml(path), path.resolve()
    priors = validate(content, PriorSet, path)
    origin = {steps: (path, line_of(content, ("component", *steps)))
              for name, part in priors.component.items() for steps in ((name,), *((name, key) for key in part))}
    if priors.extends is None:
        return _Read(priors=priors, files=(path,), origin=origin)
    parent = _merged(_target(content, priors.extends, path, (*seen, here)), (*seen, here))
    component = {name: {**parent.priors.component.get(name, {}), **priors.component.get(name, {})}
                 for name in {**parent.priors.component, **priors.component}}
    return _Read(priors=priors.model_copy(update={"component": component}), files=(path, *parent.files),
                 origin={**parent.origin, **origin})


def _target(content: CommentedMap, name: str, path: Path, seen: tuple[Path, ...]) -> Path:
    """The file that a set extends: one beside it, else a shipped one."""
    beside, known = path.parent / f"{name.removesuffix('.yaml')}.yaml", shipped_priors.shipped()
    target = beside if is_file(beside) else known.get(beside.stem)
    expected = ""
    if target is None:
        expected = "a file beside this one, or a shipped set"
    elif target.resolve() in seen:
        expected = "a set that does not lead back to this one"
    elif len(seen) > LONGEST_CHAIN:
        expected = f"at most {LONGEST_CHAIN} files that extend one another"
    if expected:
        raise InputError([Fault(source=str(path), where=f"line {line_of(content, ('extends',))}, key extends",
                                expected=expected, found=shown(name), remedy=nearest(name[:SHOWN], known))])
    return target


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
            faults += [fault(key, *one) for one in joint_faults.wrong(given[key])]
    return faults
