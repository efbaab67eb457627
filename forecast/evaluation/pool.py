r"""How the members of a pool forecast past terms, and what the administrations' effects add to that.

For member :math:`v` and held-out term :math:`j`, :math:`s_{vj}` is the log predictive probability of the term's counts given
the terms before it. The pool at term :math:`j` is weighted by the terms before it alone,

.. math:: s_{pool,j} = \log \sum_v w_v(s_{\cdot,<j})\, e^{s_{vj}},

so that no weight has seen what it is judged by.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import logsumexp

Weigh = Callable[[np.ndarray], np.ndarray]
"""From scores (form, term) to weights (form,)."""


def pool_scores(score: np.ndarray, weigh: Weigh) -> np.ndarray:
    """Score of the pool at every term, shape (term,); NaN where a member did not forecast the term.

    Parameters
    ----------
    score : (form, term) array
        Log predictive probabilities of the members, in order of time.
    """
    found = np.full(score.shape[1], np.nan)
    for term in np.flatnonzero(np.isfinite(score).all(axis=0)):
        found[term] = logsumexp(np.log(weigh(score[:, :term])) + score[:, term])
    return found


def paired(first: np.ndarray, second: np.ndarray) -> pd.Series:
    """Sum over terms of the difference of two forecasters' scores, with its standard error from the spread over terms.

    Positive where the first forecasts better. With few terms read the error as that of a t with ``terms - 1`` degrees.
    """
    known = np.isfinite(first) & np.isfinite(second)
    difference = (first - second)[known]
    error = difference.std(ddof=1) * np.sqrt(len(difference)) if len(difference) > 1 else np.nan
    return pd.Series({"difference": difference.sum(), "error": error, "better_in": int((difference > 0).sum()),
                      "terms": len(difference)})
