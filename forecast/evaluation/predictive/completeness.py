"""What capture histories should look like: which lists report a contact together."""

from collections.abc import Callable

import numpy as np

from forecast.evaluation.predictive.family import Array, Family, axis


def _over(*axes: int) -> Callable[[Array], np.ndarray]:
    """Histories summed over axes of (rank, era, history)."""

    def of(array: Array) -> np.ndarray:
        return array["history"].sum(axis=axes).ravel()

    return of


_BY_RANK = (
    Family(name="histories", title="contacts by the lists that report them", of=_over(0, 1), labels=axis("history")),
    Family(name="histories_by_rank", title="contacts by rank and the lists that report them", of=_over(1),
           labels=axis("rank", "history")),
)
FAMILY = (
    *_BY_RANK,
    Family(name="histories_by_era", title="contacts by era and the lists that report them", of=_over(0),
           labels=axis("era", "history")),
)
OF_TERM_FAMILY = (
    *_BY_RANK,
    Family(name="histories_by_term", title="contacts by term and the lists that report them", of=_over(0),
           labels=axis("term", "history")),
)
"""Of a formulation of contact frequency that knows who reports which contact."""
