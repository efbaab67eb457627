"""Where prior sets are: a file, or the name of a shipped set."""

from pathlib import Path

import forecast
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.yaml_reader import SHOWN
from forecast.yaml_reader import found as shown


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
    """A file below the folder of shipped scenarios, such as ``questions/us_kz_2025_2028.yaml``, where there is one."""
    place, parts = scenario_folder(), Path(name).parts
    found = place.joinpath(*parts) if place and parts and ".." not in parts and not Path(name).is_absolute() else None
    return found if found and is_file(found) else None


def shipped_scenario(wanted: Path) -> Path | None:
    """File of a shipped scenario called ``harris``, ``harris.yaml`` or ``scenarios/harris.yaml``, where there is one."""
    plain = wanted.parent in (Path(), Path("scenarios")) and wanted.suffix in ("", ".yaml")
    return shipped_scenarios().get(wanted.stem) if plain else None


# Where the facts lie that ship with the program.

DATA = Path(__file__).resolve().parent / "data"
DYAD = DATA / "us_kz"
"""The dyad that is meant where none is named."""
