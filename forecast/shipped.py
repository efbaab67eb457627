"""What ships with the program and where it lies: prior sets, scenarios, facts, and what is forecast where nothing is said."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import forecast
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file


def shipped_priors() -> dict[str, Path]:
    """Prior sets that come with the program (a wheel or a checkout), by name."""
    package = Path(forecast.__file__).parent
    for folder in (package / "priors", package.parent / "priors"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}


def find_priors(name_or_path: str) -> Path:
    """Find a prior set by path or shipped name.

    Raises
    ------
    InputError
        Where there is no such file and no such name.
    """
    from forecast.yaml_reader import SHOWN  # here: texts of help read this module, and need no reader of YAML
    from forecast.yaml_reader import found as shown

    wanted, known = Path(name_or_path), shipped_priors()
    if is_file(wanted):
        return wanted
    if wanted.parent in (Path(), Path("priors")) and wanted.suffix in ("", ".yaml") and wanted.stem in known:
        return known[wanted.stem]
    raise InputError([Fault(source=shown(name_or_path).strip("'"), where="option --priors", found="neither",
                            expected="a file or a shipped prior set", remedy=nearest(wanted.stem[:SHOWN], known))])


# Which scenarios come with the program.

def scenario_folder() -> Path | None:
    """Where they are, in a wheel or a checkout."""
    package = Path(forecast.__file__).parent
    return next((place for place in (package / "scenarios", package.parent / "scenarios") if place.is_dir()), None)


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenario files that come with the program, by name."""
    place = scenario_folder()
    return {path.stem: path for path in sorted(place.glob("*.yaml"))} if place else {}


def shipped_file(name: str) -> Path | None:
    """A file below the folder of shipped scenarios, such as ``questions/asked.yaml``, where there is one."""
    place, parts = scenario_folder(), Path(name).parts
    found = place.joinpath(*parts) if place and parts and ".." not in parts and not Path(name).is_absolute() else None
    return found if found and is_file(found) else None


def shipped_scenario(wanted: Path) -> Path | None:
    """File of a shipped scenario called ``name``, ``name.yaml`` or ``scenarios/name.yaml``, where there is one."""
    plain = wanted.parent in (Path(), Path("scenarios")) and wanted.suffix in ("", ".yaml")
    return shipped_scenarios().get(wanted.stem) if plain else None


# Where the facts lie that ship with the program, and what is forecast where nothing else is said.

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Content of ``case.toml``: what belongs to the shipped record and elections, not to the method.

    Parameters
    ----------
    dyad, region : str
        Folder of the dyad that is meant where none is named; the shipped region to which it belongs.
    scenarios : tuple of str
        Shipped scenarios that are run where none is named; the first two are set against each other.
    as_of, coded_until : date
        Last day that a forecast may use; last day of the shipped record.
    seed : int
        Decides every random number.
    drift_zero : float
        Decimal year at which every drift is zero.
    home, types, backtest, registers, examples : dict
        The state whose elections decide; types of administration that texts set apart; terms of backtests; the registers of all
        countries; what help texts show.
    renamed : tuple of dict
        What older versions of files called otherwise: kind of file, old and new name.
    """

    dyad: str
    region: str
    scenarios: tuple[str, ...]
    as_of: date
    coded_until: date
    seed: int
    drift_zero: float
    home: dict[str, str]
    types: dict[str, str]
    backtest: dict[str, Any]
    registers: dict[str, Any]
    examples: dict[str, Any]
    renamed: tuple[dict[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file."""
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(**content | {key: tuple(content[key]) for key in ("scenarios", "renamed")})

    def first_name(self, kind: str, name: str) -> str:
        """What a name was called at first: random streams are named after it, so that renaming a code moves no number."""
        return next((old for old, new in self.old_names(kind).items() if new == name), name)

    def old_names(self, kind: str) -> dict[str, str]:
        """Names of older versions in files of a kind (``csv``, ``yaml``) -> present names."""
        return {one["old"]: one["new"] for one in self.renamed if one["file"] == kind}

    @property
    def pair(self) -> str:
        """The default scenarios as they are typed."""
        return " ".join(self.scenarios)


CASE = Case.read(DATA / "case.toml")
DYAD = DATA / CASE.dyad
"""The dyad that is meant where none is named."""
REGION = DATA / "regions" / CASE.region
"""The region that is meant where none is named."""


def dyads() -> dict[str, Path]:
    """Folders of the dyads that come with the program, by name."""
    return {path.parent.name: path.parent for path in sorted(DATA.glob("*/dyad.yaml"))}


def regions() -> dict[str, Path]:
    """Folders of the regions that come with the program, by name."""
    return {path.parent.name: path.parent for path in sorted(DATA.glob("regions/*/region.yaml"))}


def dyad(name: str) -> Path:
    """Folder of a shipped dyad (raises InputError where there is none of this name)."""
    return _named("dyad", name, dyads())


def region(name: str) -> Path:
    """Folder of a shipped region (raises InputError where there is none of this name)."""
    return _named("region", name, regions())


def _named(kind: str, name: str, known: dict[str, Path]) -> Path:
    if name not in known:
        raise InputError([Fault(source="command line", where=f"option --{kind}", expected=f"a shipped {kind}",
                                found=repr(name[:100]), remedy=nearest(name[:100], known))])
    return known[name]
