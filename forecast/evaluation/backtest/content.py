r"""Agenda, outcomes and questions of a dyad's past term, and the vector of its contacts by rank.

A forecaster gives every contact of the term the same probability of naming a topic and the same shares of outcomes, since it
does not know the contacts. Baselines are shares of past contacts with weights of years :math:`w`, half a contact added to each
code,

.. math:: p_k = \frac{1/2 + \sum_i w_{y(i)} s_{ik}}{1 + \sum_i w_{y(i)}}, \qquad
          p_c = \frac{1/2 + \sum_i w_{y(i)} 1\{o_i = c\}}{C/2 + \sum_i w_{y(i)}}.

Questions are about counts, and have baselines that know counts: :mod:`forecast.evaluation.baselines.questions`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.evaluation.backtest.contacts import Term, rank_vectors
from forecast.evaluation.backtest.simulated import Simulated
from forecast.evaluation.baselines.history import TERM
from forecast.evaluation.baselines.questions import question_chances
from forecast.evaluation.questions.match import holds
from forecast.evaluation.scores.score import brier, energy, ranked
from forecast.simulation.language import Question

COLUMNS = ("measure", "unit", "case", "term", "forecaster", "loss", "forecast", "happened")
DECAY = 0.9
DRAWS = 1000


def content_scores(term: Term, model: Mapping[str, Simulated], questions: Sequence[Question], past_answers: pd.DataFrame,
                   answers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Brier scores of topics and questions, ranked probability scores of outcomes, energy scores of rank vectors.

    Parameters
    ----------
    questions : sequence of Question
        Moved to the term.
    past_answers, answers : DataFrame
        From :func:`forecast.evaluation.questions.record.past_windows`: of windows that were over by the eve, and of the term.
    """
    rows = [*_agenda(term, model), *_outcomes(term, model), *_ranks(term, model, seed),
            *_questions(term, model, questions, past_answers, answers)]
    return pd.DataFrame([(measure, unit, case, term.origin.label, *rest) for measure, unit, case, *rest in rows],
                        columns=list(COLUMNS))


def _agenda(term: Term, model: Mapping[str, Simulated]) -> list[tuple]:
    named = term.topic[term.reported].astype(float)
    past = term.past
    share = {name: _topic_share(past.topic[past.reported], weight[past.reported]) for name, weight in _weights(term).items()}
    for name, one in model.items():
        mention = one.paths["mention"].sum(("path", "month")).to_numpy()
        share[name] = mention / int(one.paths["contact"].sum())
    return [("agenda", topic, case, name, loss, chance[k], event)
            for name, chance in share.items() for k, topic in enumerate(codes.TOPIC.labels)
            for case, event in enumerate(named[:, k]) for loss in brier(chance[k:k + 1], named[case:case + 1, k])]


def _outcomes(term: Term, model: Mapping[str, Simulated]) -> list[tuple]:
    happened, past = term.rows["outcome"].to_numpy(int), term.past.contact["outcome"].to_numpy(int)
    many = len(codes.OUTCOME.labels)
    share = {name: (np.bincount(past, weight, many) + 0.5) / (weight.sum() + 0.5 * many)
             for name, weight in _weights(term).items()}
    for name, one in model.items():
        count = one.paths["contact"].sum(("path", "month", "rank")).to_numpy().astype(float)
        share[name] = count / count.sum()
    return [("outcome", "outcome", case, name, loss, float(one @ np.arange(many)), int(code)) for name, one in share.items()
            for case, (loss, code) in enumerate(zip(ranked(np.tile(one, (len(happened), 1)), happened), happened, strict=True))]


def _ranks(term: Term, model: Mapping[str, Simulated], seed: int) -> list[tuple]:
    happened = term.contact.sum(axis=1).astype(float)
    return [("ranks together", "ranks", 0, name, float(energy(draws[None].astype(float), happened[None])[0]),
             float(draws.sum(axis=1).mean()), happened.sum())
            for name, draws in rank_vectors(term, model, DRAWS, seed).items()]


def _questions(term: Term, model: Mapping[str, Simulated], questions: Sequence[Question], past: pd.DataFrame,
               answers: pd.DataFrame) -> list[tuple]:
    """Only questions that the record of the term answers."""
    known, rows, begins = answers.set_index("id")["holds"], [], term.origin.election.term_start
    for question in (one for one in questions if one.id in known.index):
        event = float(known[question.id])
        chance = question_chances(question, term.past, past[past["id"] == question.id], begins)
        for name, one in model.items():
            chance[name] = float(np.mean(holds(one.paths["match"].sel(question=question.id).to_numpy(), question)))
        rows += [("questions", question.id, 0, name, float(brier(np.array([p]), np.array([event]))[0]), p, event)
                 for name, p in chance.items()]
    return rows


def _topic_share(topic: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return (weight @ topic + 0.5) / (weight.sum() + 1)


def _weights(term: Term) -> dict[str, np.ndarray]:
    """Weight of every past contact, by baseline, (contact,)."""
    past, coming = term.past, term.origin.election.outcomes[term.origin.happened].type
    ago = len(past.year) - 1 - past.contact["year"].to_numpy()
    alike = (past.contact["type"] == coming).to_numpy()
    return {"all history": np.ones(len(ago)), "last four years": (ago < TERM).astype(float),
            "same party": alike.astype(float) if alike.any() else np.ones(len(ago)), "smoothed": DECAY**ago}
