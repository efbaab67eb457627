"""Questions of scenarios: answered by simulated futures, or resolved by contacts coded later."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from forecast.contacts.load import load_contacts
from forecast.errors import Fault, InputError
from forecast.evaluation.questions.answer import Answers, Counted, answers, condition
from forecast.evaluation.questions.record import past_windows
from forecast.evaluation.questions.resolve import resolve
from forecast.pipeline.request import Inputs
from forecast.simulation.language import Question, Scenario

RESOLUTION = ("id", "text", "condition", "window", "answer", "contacts", "coded_until")


def answer(inputs: Inputs, found: Counted) -> Answers:
    """Answer every question of every scenario."""
    begins = next(iter(inputs.elections.values())).term_start
    past = past_windows(asked(inputs.scenarios), inputs.panel, begins)
    return answers(found, inputs.scenarios, past)


def asked(scenarios: Mapping[str, Scenario]) -> list[Question]:
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
    if not asked(scenarios):
        data = f" --data {folder}" if folder else ""
        raise InputError([Fault(
            source=", ".join(scenarios), where="key questions", expected=f"a question asked of {dyad}",
            found="none (questions of other dyads do not count)",
            remedy=("Write one: forecast scenario new my_questions makes a scenario with an example under the key questions. "
                    f"Take the '# ' away from its lines, put your own question there (with dyad: {dyad}, or without a dyad, "
                    f"which asks it of any), and ask it: forecast questions my_questions.yaml{data}"))])


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
    begins = next(iter(inputs.elections.values())).term_start
    rows = []
    for question in asked(inputs.scenarios):
        found, count = resolve(question, later.contact, later.dyad.coded_until, begins)
        window = " to ".join(f"{month:%Y-%m}" for month in question.window)
        rows.append((question.id, question.text, condition(question), window, found, count, later.dyad.coded_until))
    return pd.DataFrame(rows, columns=list(RESOLUTION))
