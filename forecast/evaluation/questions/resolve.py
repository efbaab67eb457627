"""How a question is answered by contacts coded later."""

from calendar import monthrange
from datetime import date

import pandas as pd

from forecast.evaluation.questions.match import count_between, holds
from forecast.simulation.language import Question

YES, NO, OPEN = "yes", "no", "open"


def resolve(question: Question, contact: pd.DataFrame, coded_until: date, begins: date) -> tuple[str, int]:
    """Answer a question from coded contacts.

    Parameters
    ----------
    question : Question
    contact : DataFrame
        Columns of the codebook; contacts outside the window play no part.
    coded_until : date
        Last day up to which contacts were coded; what lies later is not known.
    begins : date
        Inauguration day: contacts of that month before it belong to the old administration.

    Returns
    -------
    tuple of str and int
        ``yes``, ``no``, or ``open`` where later contacts can still change the answer; and the contacts that count so far.
    """
    first, last = span(question, begins)
    count = count_between(contact, question, first, min(last, coded_until))
    if coded_until >= last:
        return (YES if holds(count, question) else NO), count
    if question.at_least is not None and count >= question.at_least:
        return YES, count
    if question.at_most is not None and count > question.at_most:
        return NO, count
    return OPEN, count


def span(question: Question, begins: date) -> tuple[date, date]:
    """First and last day of a question's window."""
    first, last = question.window
    start = max(first, begins) if (first.year, first.month) == (begins.year, begins.month) else first
    return start, last.replace(day=monthrange(last.year, last.month)[1])
