"""Where prior sets are: a file, or the name of a shipped set."""

from pathlib import Path

import forecast
from forecast.errors import Fault, InputError, nearest
from forecast.files import is_file
from forecast.yaml_words import SHOWN
from forecast.yaml_words import found as shown


def shipped() -> dict[str, Path]:
    """Prior sets that come with the program (a wheel or a checkout), by name."""
    package = Path(forecast.__file__).parent
    for folder in (package / "priors", package.parent / "priors"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}


def find(name_or_path: str) -> Path:
    """Find a prior set by path or shipped name.

    Raises
    ------
    InputError
        Where there is no such file and no such name.
    """
    wanted, known = Path(name_or_path), shipped()
    if is_file(wanted):
        return wanted
    if wanted.parent in (Path(), Path("priors")) and wanted.suffix in ("", ".yaml") and wanted.stem in known:
        return known[wanted.stem]
    raise InputError([Fault(source=shown(name_or_path).strip("'"), where="option --priors", found="neither",
                            expected="a file or a shipped prior set", remedy=nearest(wanted.stem[:SHOWN], known))])
