"""New scenario files, and pictures of what scenarios assume."""

import os
from collections.abc import Sequence
from pathlib import Path

from forecast.errors import Fault, InputError
from forecast.outputs import output_file
from forecast.report.assumptions import draw
from forecast.report.save import save_figure
from forecast.simulation.assumed import assume
from forecast.simulation.language import find_scenario, load_scenario
from forecast.simulation.language.template import template
from forecast.simulation.language.words import is_word

PATHS, MOST = 4000, 4


def write_new(name: str, parent: str, folder: Path) -> Path:
    """Write a scenario that extends another.

    Raises
    ------
    InputError
        Where the name is none, the parent is unknown, or the file exists.
    """
    path = folder / f"{name}.yaml"
    if not is_word(name):
        raise InputError([_fault("argument NAME", "lower-case letters, digits and underscores, beginning with a letter", name,
                                 "Choose another name.")])
    if os.path.lexists(path):  # a link that leads nowhere counts too
        raise InputError([_fault("argument NAME", "the name of a file that does not exist yet", str(path),
                                 "Choose another name, or remove the file.")])
    known = folder / f"{parent}.yaml"
    find_scenario(known if known.is_file() else parent)
    with output_file(path) as place:
        place.write_text(template(name, parent), encoding="utf-8")
    return path


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
