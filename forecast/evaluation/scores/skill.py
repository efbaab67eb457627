r"""How much better one forecaster is than another, and how sure that is.

Skill is :math:`1 - \sum s / \sum b` over the same cells, with scores :math:`s` and those of the baseline :math:`b`. Cells of one
term share its surprises and cells of one country share its history, so neither are independent: the interval comes from the
pigeonhole bootstrap, which draws terms and units with replacement, each on its own (Owen 2007, doi 10.1214/07-AOAS122).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.errors import ForecastError

RESAMPLES = 4000


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Skill with its 95 % interval, on so many cells, terms and units."""

    skill: float
    low: float
    high: float
    cells: int
    terms: int
    units: int


def skill(score: pd.Series, baseline: pd.Series, term: pd.Series, unit: pd.Series | None = None, *, seed: int = 1,
          resamples: int = RESAMPLES) -> Skill:
    """Skill of a forecaster over another on the same cells.

    Parameters
    ----------
    score, baseline : (cell,) Series
        Losses with one index.
    term, unit : (cell,) Series
        What resampling draws; without units only terms are drawn.

    Raises
    ------
    ForecastError
        Where the two were not scored on the same cells, or on none.
    """
    if not len(score) or not score.index.equals(baseline.index) or score.isna().any() or baseline.isna().any():
        raise ForecastError("Two forecasters must be scored on the same cells, and on some, each with a number: "
                            f"{len(score)} and {len(baseline)} cells found.")
    terms, place = np.unique(term.to_numpy(), return_inverse=True)
    units, row = np.unique(unit.to_numpy() if unit is not None else np.zeros(len(term)), return_inverse=True)
    sums = np.zeros((2, len(units), len(terms)))
    for one, values in enumerate((score, baseline)):
        np.add.at(sums[one], (row, place), values.to_numpy())
    rng = np.random.default_rng(seed)
    of_term = rng.multinomial(len(terms), np.full(len(terms), 1 / len(terms)), resamples)
    of_unit = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), resamples)
    above, below = (np.einsum("ru,ut,rt->r", of_unit, part, of_term, optimize=True) for part in sums)
    low, high = np.quantile(1 - above / below, (0.025, 0.975))
    return Skill(skill=float(1 - score.sum() / baseline.sum()), low=float(low), high=float(high), cells=len(score),
                 terms=len(terms), units=len(units))
