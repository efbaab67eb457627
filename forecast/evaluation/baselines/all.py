"""The baselines by their names in tables."""

from collections.abc import Callable

from forecast.evaluation.baselines import gamma
from forecast.evaluation.baselines.history import History, Rate
from forecast.evaluation.baselines.library import library
from forecast.evaluation.baselines.tempered import tempered

BASELINE: dict[str, Callable[[History], Rate]] = {
    "all history": tempered(gamma.all_history), "last term": tempered(gamma.last_term),
    "last four years": tempered(gamma.last_four_years), "same party": tempered(gamma.same_party),
    "smoothed": tempered(gamma.smoothed), "statsmodels smoothing": library,
}
