"""Which coded contacts a question is about."""

from datetime import date

import numpy as np
import pandas as pd

from forecast.simulation.language import Question


def matches(contact: pd.DataFrame, question: Question) -> np.ndarray:
    """Contacts that meet the conditions of a question, whatever its window, (contact,).

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook: us_rank, direction, format, agenda, mechanism, outcome.
    """
    wanted, found = question.contacts, np.ones(len(contact), bool)
    for column, codes in (("us_rank", wanted.rank), ("direction", wanted.direction), ("format", wanted.format)):
        if codes is not None:
            found &= contact[column].isin(codes).to_numpy()
    if wanted.topic is not None:
        found &= np.array([bool(set(agenda.split(";")) & set(wanted.topic)) for agenda in contact["agenda"].fillna("")], bool)
    if wanted.mechanism is not None:
        found &= (contact["mechanism"] != "none").to_numpy() == (wanted.mechanism == "standing")
    return found & (contact["outcome"].to_numpy(int) >= (wanted.outcome or 0))


def count_between(contact: pd.DataFrame, question: Question, first: date, last: date) -> int:
    """Contacts that count, from one day to another, both included."""
    day = contact["date"].dt.date
    return int((matches(contact, question) & (day >= first).to_numpy() & (day <= last).to_numpy()).sum())


def holds(count: int | np.ndarray, question: Question) -> bool | np.ndarray:
    """Whether so many contacts make the answer yes."""
    return count >= question.at_least if question.at_least is not None else count <= question.at_most
