"""A frozen forecast of two months and two ranks, small enough to be scored by hand."""

from datetime import date

import pandas as pd

from forecast.evaluation.frozen import Frozen
from forecast.simulation.scenario import Question
from tests.simulation.conftest import question

RANKS = ("president", "cabinet")


def scenario(outcome, shift=0):
    """Four paths: histograms of contacts by month."""
    month = {"all": [[1, 2, 1], [0, 4]], "president": [[3, 1], [4]], "cabinet": [[2, 2], [0, 4]]}
    month = {key: [[0] * shift + histogram for histogram in histograms] for key, histograms in month.items()}
    return {"title": "Small", "outcome": outcome, "assumes": [], "month": month,
            "term": {key: [0, 4] for key in month},
            "draws": [[[0, 1], [0, 1]], [[1, 0], [0, 1]], [[0, 1], [0, 1]], [[0, 0], [0, 1]]],
            "question": {"visit": {"probability": 0.25, "mcse": 0.01, "draws": [0, 1, 0, 0]}}}  # fmt: skip


def frozen(**changed):
    content = {
        "dyad": "us_kz", "partner": "Kazakhstan", "election": "us_2024",
        "frozen_on": date(2024, 11, 4), "as_of": date(2024, 11, 4),
        "term_start": date(2025, 1, 20), "month": ("2025-01", "2025-02"), "rank": RANKS,
        "scenario": {"one": scenario({"trump": 1.0}), "other": scenario({"harris": 1.0}, 3),
                     "open": scenario({"harris": 0.5, "trump": 0.5}, 1)},
        "questions": (Question.model_validate(question("visit", window=("2025-01", "2025-02"), rank=["president"])),),
        "baseline": {outcome: {"steady": {"all": (2.0, 1.0), "president": (1.0, 2.0), "cabinet": (rate, 1.0)}}
                     for outcome, rate in (("trump", 3.0), ("harris", 5.0))},
        "made_of": {"seed": 1},
    }  # fmt: skip
    return Frozen.model_validate(content | changed)


def contacts():
    """One meeting of presidents before inauguration, one after, and two of the cabinet in February."""
    return pd.DataFrame({
        "date": pd.to_datetime(["2025-01-10", "2025-01-25", "2025-02-03", "2025-02-20"]),
        "us_rank": ["president", "president", "cabinet", "cabinet"], "direction": ["us_to_partner"] * 4, "format": ["visit"] * 4,
        "agenda": [""] * 4, "mechanism": ["none"] * 4, "outcome": [0] * 4,
    })  # fmt: skip
