"""Which scenarios come with the program."""

from pathlib import Path

import forecast
from forecast.files import is_file


def folder() -> Path | None:
    """Where they are, in a wheel or a checkout."""
    package = Path(forecast.__file__).parent
    return next((place for place in (package / "scenarios", package.parent / "scenarios") if place.is_dir()), None)


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenario files that come with the program, by name."""
    place = folder()
    return {path.stem: path for path in sorted(place.glob("*.yaml"))} if place else {}


def shipped_file(name: str) -> Path | None:
    """A file below the folder of shipped scenarios, such as ``questions/us_kz_2025_2028.yaml``, where there is one."""
    place, parts = folder(), Path(name).parts
    found = place.joinpath(*parts) if place and parts and ".." not in parts and not Path(name).is_absolute() else None
    return found if found and is_file(found) else None


def shipped_scenario(wanted: Path) -> Path | None:
    """File of a shipped scenario called ``harris``, ``harris.yaml`` or ``scenarios/harris.yaml``, where there is one."""
    plain = wanted.parent in (Path(), Path("scenarios")) and wanted.suffix in ("", ".yaml")
    return shipped_scenarios().get(wanted.stem) if plain else None
