"""Which scenarios come with the program."""

from pathlib import Path

import forecast


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenario files that come with the program (a wheel or a checkout), by name."""
    package = Path(forecast.__file__).parent
    for folder in (package / "scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}


def shipped_scenario(wanted: Path) -> Path | None:
    """File of a shipped scenario called ``harris``, ``harris.yaml`` or ``scenarios/harris.yaml``, where there is one."""
    plain = wanted.parent in (Path(), Path("scenarios")) and wanted.suffix in ("", ".yaml")
    return shipped_scenarios().get(wanted.stem) if plain else None
