"""What is done with scenarios before and after a run: pictures of what they assume, the record beside them, their questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from forecast import shipped
from forecast.console import Progress
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.contacts.load import load_contacts
from forecast.errors import Fault, InputError, nearest
from forecast.evaluation.event_effects import COLUMNS, WINDOWS, event_effects
from forecast.evaluation.questions import Answers, Counted, answers, condition, past_windows, resolve
from forecast.panel import load_panel
from forecast.panel.elections import load_election, of_dyad
from forecast.panel.events import find_events, load_kinds
from forecast.panel.poles import load_poles
from forecast.pipeline.question_templates import option_of
from forecast.pipeline.request import Inputs
from forecast.pipeline.together import check_kinds
from forecast.report.event_effects import Beside, beside
from forecast.simulation.scenario import Question, Scenario, find_scenario, load_scenario
from forecast.simulation.shocks import assumed_shifts

PATHS, MOST = 4000, 4
DRAWING = "draw assumptions"


def plot_assumptions(names: Sequence[str], folder: Path, seed: int, dyad: Path | None = None,
                     progress: Progress = lambda *_: None) -> tuple[Path, ...]:
    """Draw the assumptions of some scenarios into one figure in an existing folder (raises InputError where there is none).

    The folder of a dyad, where it is given, may have elections of its own; `progress` is told of the work.
    """
    progress(DRAWING, 0, 1)
    from forecast.report.figures.assumptions import draw_assumptions  # here: a run without figures needs no Matplotlib
    from forecast.report.style import write_figure

    found = [load_scenario(find_scenario(name)) for name in names]
    scenarios = {one.name: one for one in found}
    if len(found) > MOST:
        raise InputError([_fault("argument SCENARIOS", f"at most {MOST}", str(len(found)), "Draw them in several figures.")])
    if len(scenarios) < len(found):
        raise InputError([_fault("argument SCENARIOS", "scenarios of different names", ", ".join(one.name for one in found),
                                 "Give each a name of its own (key name), and name each once.")])
    assumed = {name: assumed_shifts(one, paths=PATHS, seed=seed) for name, one in scenarios.items()}
    if not any(one.quantile for one in assumed.values()):
        raise InputError([_fault("argument SCENARIOS", "a scenario that assumes something", ", ".join(scenarios),
                                 "Draw one with events, adjustments or officials.")])
    elections = of_dyad(dyad, "elections.yaml")
    types = {outcome: winner.type for one in scenarios.values()
             for outcome, winner in load_election(one.election, elections).outcomes.items()}
    written = write_figure(partial(draw_assumptions, assumed, scenarios, types), folder, "assumptions")
    progress(DRAWING, 1, 1)
    return written


def _fault(where: str, expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where=where, expected=expected, found=found, remedy=remedy)


# What the record says of the months after events, and beside the sizes that a scenario assumes.

def record_of_events(folder: Path, as_of: date | None, seed: int, *, kinds: Sequence[str] | None = None,
                     windows: Sequence[int] = WINDOWS, progress: Progress = lambda *_: None) -> pd.DataFrame:
    """Compare the months after events with placebo dates.

    Parameters
    ----------
    folder : Path
        Of a dyad.
    as_of : date, optional
        Last day used; the last coded one where none is given or it is earlier.
    seed : int
        Of the placebo dates.
    kinds : sequence of str, optional
        Kinds of events; all those of the dyad where none is given.
    windows : sequence of int
        Months after an event.
    progress : callable, optional
        Told how many kinds are done.

    Returns
    -------
    pandas.DataFrame
        Columns as in :data:`forecast.evaluation.event_effects.COLUMNS`.

    Raises
    ------
    InputError
        For a faulty folder, an as-of date before the record, or an unknown kind.
    """
    about = load_contacts(folder).dyad
    known = load_kinds(folder, about.id)
    if unknown := [name for name in kinds or () if name not in known]:
        raise InputError([_fault("option --kind", f"a kind of events of {about.id}: {', '.join(known) or 'it has none'}", name,
                                 nearest(name[:100], known)) for name in unknown])
    panel = load_panel(folder, as_of=min(as_of or about.coded_until, about.coded_until))
    chosen = {name: kind for name, kind in known.items() if kinds is None or name in kinds}
    return event_effects(panel, find_events(panel, chosen), seed=seed, windows=windows, progress=progress)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a record says beside the sizes of events.

    Parameters
    ----------
    dyad : str
        Label of the dyad whose record is asked.
    about : tuple of Dyad
        That dyad; none where its record is not at hand.
    lines : list of Beside
        One for every size.
    """

    dyad: str
    about: tuple[Dyad, ...]
    lines: list[Beside]


def beside_record(scenario: Scenario, folder: Path | None, months: int, seed: int,
                  progress: Progress = lambda *_: None) -> Told:
    """What the record of a dyad says beside every size of the events of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Nothing after its as-of date is used.
    folder : Path, optional
        Of its dyad, where that is not a shipped one; the shipped dyad that it names, or the default, where none is given.
    months, seed : int
        Months after an event; of the placebo dates.
    progress : callable, optional
        Told how many kinds of events are done.

    Raises
    ------
    InputError
        Where the folder has faults, is that of another dyad, or lacks a kind that an event is like.
    """
    place = folder or (shipped.dyads().get(scenario.dyad) if scenario.dyad else shipped.DYAD)
    if place is None:
        why = f"the record of {scenario.dyad} is not at hand: give it with --data"
        return Told(dyad=str(scenario.dyad), about=(), lines=beside(scenario, pd.DataFrame(columns=list(COLUMNS)), why))
    about = load_dyad(place)
    dyad = about.id
    if scenario.dyad not in (None, dyad):
        raise InputError([_fault("options --data, --dyad", f"the record of {scenario.dyad}, the dyad of the scenario", dyad,
                                 "Name that dyad, or none.")])
    check_kinds({scenario.name: scenario}, place, dyad)
    wanted = {event.like for event in scenario.events if event.like} & set(load_kinds(place, dyad))
    found = record_of_events(place, scenario.as_of, seed, kinds=sorted(wanted), windows=(months,),
                             progress=progress) if wanted else pd.DataFrame()
    return Told(dyad=dyad, about=(about,), lines=beside(scenario, found))


# Questions of scenarios: answered by simulated futures, or resolved by contacts coded later.

RESOLUTION = ("id", "text", "condition", "window", "answer", "contacts", "coded_until")


def answer(inputs: Inputs, found: Counted) -> Answers:
    """Answer every question of every scenario."""
    begins = next(iter(inputs.elections.values())).term_start
    past = past_windows(distinct_questions(inputs.scenarios), inputs.panel, begins, inputs.poles)
    return answers(found, inputs.scenarios, past)


def distinct_questions(scenarios: Mapping[str, Scenario]) -> list[Question]:
    """All questions of some scenarios, each once."""
    return list({question.id: question for one in scenarios.values() for question in one.questions}.values())


def check_some_question(scenarios: Mapping[str, Scenario], dyad: str, folder: Path | None = None) -> None:
    """Refuse scenarios that ask nothing of a dyad (raises InputError).

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        With the questions that are asked of this dyad.
    dyad : str
        Of the data.
    folder : Path, optional
        Of the data, where it is not the shipped one.
    """
    if not distinct_questions(scenarios):
        raise InputError([Fault(
            source=", ".join(scenarios), where="key questions", expected=f"a question asked of {dyad}",
            found="none (questions of other dyads do not count)",
            remedy=(f"Write some with their base rates: forecast scenario questions my_questions.yaml{option_of(folder)}. "
                    f"Ask them: forecast questions --questions my_questions.yaml{option_of(folder)}"))])


def resolutions(inputs: Inputs, folder: Path) -> pd.DataFrame:
    """Resolve the questions of some scenarios by the contacts of a dyad coded later.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``RESOLUTION``.

    Raises
    ------
    InputError
        Where the record is that of another dyad, or has faults.
    """
    later = load_contacts(folder)
    if later.dyad.id != inputs.panel.dyad[0]:
        raise InputError([Fault(source=str(folder), where="dyad.yaml, key id", expected=inputs.panel.dyad[0], found=later.dyad.id,
                                remedy="Give the folder of the same dyad, coded later.")])
    begins, poles = next(iter(inputs.elections.values())).term_start, load_poles(later.dyad, later.dyad.coded_until)
    rows = []
    for question in distinct_questions(inputs.scenarios):
        found, count = resolve(question, later.contact, later.dyad.coded_until, begins, poles)
        window = " to ".join(f"{month:%Y-%m}" for month in question.window)
        rows.append((question.id, question.text, condition(question), window, found, count, later.dyad.coded_until))
    return pd.DataFrame(rows, columns=list(RESOLUTION))
