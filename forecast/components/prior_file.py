"""Prior sets in files: read, put on top of the set that they extend, and checked against what the components need."""

from collections.abc import Mapping
from pathlib import Path

from forecast.components import shipped_priors
from forecast.components.priors import SUPPORT, Prior, PriorSet, outside
from forecast.config import line_of, read_yaml, validate
from forecast.errors import Fault, InputError, nearest


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
    priors = _merged(path)
    faults = []
    for component in sorted({*needs, *priors.component}):
        faults += _check(component, priors.component.get(component), needs.get(component), path)
    if faults:
        raise InputError(faults)
    return priors


def lineage(path: Path) -> tuple[Path, ...]:
    """A prior file, the one that it extends, and so on (raises InputError)."""
    _, target = _own(path, ())
    return (path,) if target is None else (path, *lineage(target))


def _merged(path: Path, seen: tuple[Path, ...] = ()) -> PriorSet:
    """A set over the one that it extends, parameter by parameter."""
    priors, target = _own(path, seen)
    if target is None:
        return priors
    parent = _merged(target, (*seen, path.resolve()))
    component = {name: {**parent.component.get(name, {}), **priors.component.get(name, {})}
                 for name in {**parent.component, **priors.component}}
    return priors.model_copy(update={"component": component})


def _own(path: Path, seen: tuple[Path, ...]) -> tuple[PriorSet, Path | None]:
    """What one file says, and the file that it extends."""
    content, here = read_yaml(path), path.resolve()
    priors = validate(content, PriorSet, path)
    if priors.extends is None:
        return priors, None
    beside = path.parent / f"{priors.extends.removesuffix('.yaml')}.yaml"
    known = shipped_priors.shipped()
    target = beside if beside.is_file() else known.get(beside.stem)
    if target is None or target.resolve() in (*seen, here):
        expected = "a set that does not lead back to this one" if target else "a file beside this one, or a shipped set"
        raise InputError([Fault(source=str(path), where=f"line {line_of(content, ('extends',))}, key extends",
                                expected=expected, found=f"'{priors.extends}'", remedy=nearest(priors.extends, known))])
    return priors, target


def _check(name: str, given: Mapping[str, Prior] | None, needed: Mapping[str, str] | None,
           path: Path) -> list[Fault]:
    def fault(key: str, expected: str, found: str, remedy: str) -> Fault:
        where = f"key component.{name}{key}"
        return Fault(source=str(path), where=where, expected=expected, found=found, remedy=remedy)

    if needed is None:
        return [fault("", "a registered component", f"'{name}'", "Remove it.")]
    given = given or {}
    faults = [fault(f".{key}", "a parameter of this component", f"'{key}'", nearest(key, needed))
              for key in given if key not in needed]
    for key, support in needed.items():
        allowed = ", ".join(sorted(SUPPORT[support]))
        if key not in given:
            faults.append(fault(f".{key}", f"a prior ({allowed})", "nothing", "Add it with a reason."))
        elif given[key].distribution not in SUPPORT[support]:
            faults.append(fault(f".{key}", f"{allowed} (support: {support})", given[key].distribution,
                                "Choose a distribution with that support."))
        elif wrong := outside(given[key], support):
            faults.append(fault(f".{key}", *wrong, "Correct the value."))
    return faults
