r"""How much wider than their own arithmetic past forecasts should have been.

A gamma rate knows nothing of what changes between terms (here: stretches of four years from the first one on). With the
candidates :math:`\kappa`, the forecaster's shape and years become :math:`\kappa` times what they are, which keeps the mean and
widens the counts; the candidate that forecast past terms best by log score, from the years before each, is used. Before any term
is over it is 1.
"""

from collections.abc import Callable

import numpy as np

from forecast.evaluation.baselines.gamma import log_probability
from forecast.evaluation.baselines.history import TERM, History, Rate

WIDER = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)


def tempered(forecaster: Callable[[History], Rate]) -> Callable[[History], Rate]:
    """The forecaster with the width that past terms teach."""

    def widened(past: History) -> Rate:
        found = forecaster(past)
        share = np.array(WIDER)[_scores(forecaster, past).argmax()]
        return Rate(found.shape * share, found.years * share)

    return widened


def _scores(forecaster: Callable[[History], Rate], past: History) -> np.ndarray:
    """Log score of all past terms by candidate, (candidate,)."""
    total = np.zeros(len(WIDER))
    for year in range(TERM, len(past.party), TERM):
        rate = forecaster(past.until(year))
        seen = past.exposure[:, year:year + TERM].sum(axis=1)
        known = (past.exposure[:, :year].sum(axis=1) > 0) & (seen > 0)
        count = past.count[:, known, year:year + TERM].sum(axis=2)
        shape, years = rate.shape[:, known], rate.years[:, known]
        total += [log_probability(count, share * shape, share * years / seen[known]).sum() for share in WIDER]
    return total
