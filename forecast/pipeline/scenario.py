"""New scenario files, and pictures of what scenarios assume."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from forecast.errors import Fault, InputError
from forecast.files import is_file, same_file
from forecast.outputs import output_file
from forecast.report.assumptions import draw
from forecast.report.save import save_figure
from forecast.simulation.assumed import assume
from forecast.simulation.language import find_scenario, load_scenario
from forecast.simulation.language.shipped import shipped_scenario
from forecast.simulation.language.template import template
from forecast.simulation.language.words import is_word

PATHS, MOST = 4000, 4


def write_new(name: str, parent: str, folder: Path) -> Path:
    """Write a scenario that extends another.

    Raises
    ------
    InputError
        Where the name is none, the file exists, or the parent is unknown, faulty or out of the new file's reach.
    """
    path = folder / f"{name}.yaml"
    if not is_word(name):
        raise InputError([_fault("argument NAME", "lower-case letters, digits and underscores, beginning with a letter", name,
                                 "Choose another name.")])
    if os.path.lexists(path):  # a link that leads nowhere counts too
        raise InputError([_fault("argument NAME", "the name of a file that does not exist yet", str(path),
                                 "Choose another name, or remove the file.")])
    extended = _extended(parent, folder)
    with output_file(path) as place:
        place.write_text(template(name, extended), encoding="utf-8")
    return path


def _extended(parent: str, folder: Path) -> str:
    """Name of the scenario that a file in a folder extends: one beside it, else a shipped one; checked with all it says."""
    wanted = Path(parent)
    beside, shipped = folder / f"{wanted.name.removesuffix('.yaml')}.yaml", shipped_scenario(wanted)
    if is_file(beside) and (wanted.name == parent or same_file(wanted, beside)):
        found = beside
    elif is_file(wanted) and not (shipped and same_file(wanted, shipped)):
        raise InputError([_fault("option --extends", "a shipped scenario, or a file in the folder of the new one", parent,
                                 f"Write the new one beside it: --out {wanted.parent}.")])
    else:
        found = find_scenario(parent)
    if not re.fullmatch(r"[\w.-]+( [\w.-]+)*", found.stem):
        raise InputError([_fault("option --extends", "a file with a name of letters, digits, '_', '-' and '.'", found.name,
                                 "Rename it.")])
    load_scenario(found)
    return found.stem


def plot_assumptions(names: Sequence[str], folder: Path, seed: int) -> tuple[Path, ...]:
    """Draw the assumptions of some scenarios into one figure in an existing folder (raises InputError where there is none)."""
    scenarios = {one.name: one for one in (load_scenario(find_scenario(name)) for name in names)}
    if len(scenarios) > MOST:
        raise InputError([_fault("argument SCENARIOS", f"at most {MOST}", str(len(scenarios)), "Draw them in several figures.")])
    assumed = {name: assume(one, paths=PATHS, seed=seed) for name, one in scenarios.items()}
    if not any(one.quantile for one in assumed.values()):
        raise InputError([_fault("argument SCENARIOS", "a scenario that assumes something", ", ".join(scenarios),
                                 "Draw one with events, adjustments or officials.")])
    return save_figure(draw(assumed, scenarios), folder, "assumptions")


def _fault(where: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where=where, expected=expected, found=found, remedy=remedy)
