"""Distance of two sets of codes: how far apart two coders are who each name several topics."""

from collections.abc import Sequence, Set

import numpy as np


def masi_distance(first: Set[str], second: Set[str]) -> float:
    r"""Distance of two sets after MASI (measuring agreement on set-valued items).

    :math:`1 - J M`, with Jaccard's :math:`J = |A \cap B| / |A \cup B|` and the monotonicity :math:`M`: 1 for equal
    sets, 2/3 where one holds the other, 1/3 where they overlap and each has something of its own, 0 where they are
    disjoint (R. Passonneau 2006, LREC, https://aclanthology.org/L06-1392/).

    Parameters
    ----------
    first, second : set of str
        Codes named by either coder. Two empty sets are equal; an empty and a filled one are disjoint.

    Returns
    -------
    float
        From 0, equal, to 1, disjoint. In alpha it stands where other levels have a squared difference: it is not
        squared again.
    """
    if first == second:
        return 0.0
    jaccard = len(first & second) / len(first | second)
    one_holds_the_other = first <= second or second <= first
    return 1.0 - jaccard * (2 / 3 if one_holds_the_other else 1 / 3)


def masi_matrix(values: Sequence[Set[str]]) -> np.ndarray:
    """Distances of all pairs of sets, shape (value, value)."""
    return np.array([[masi_distance(first, second) for second in values] for first in values])
