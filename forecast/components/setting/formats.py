"""Shares of formats by direction, impossible combinations at zero."""

from collections.abc import Mapping

import numpy as np

from forecast.components.setting.model import IN_PERSON, REMOTE, TRAVEL


def shares_of_format(visit: np.ndarray, remote: np.ndarray, coord: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Shares of the formats of every direction, (..., direction, format), each summing to one.

    Parameters
    ----------
    visit : (..., 2, 2) array
        Shares of visits and meetings of the two directions of travel.
    remote : (..., 3) array
        Shares of calls, video conferences and letters.
    coord : mapping of str to tuple of str
        Labels of the axes ``direction`` and ``format``.
    """
    way, form = coord["direction"], coord["format"]
    found = np.zeros((*remote.shape[:-1], len(way), len(form)))
    for number, name in enumerate(TRAVEL):
        for code, label in enumerate(IN_PERSON):
            found[..., way.index(name), form.index(label)] = visit[..., number, code]
    found[..., way.index("third_country"), form.index("meeting")] = 1.0
    for code, label in enumerate(REMOTE):
        found[..., way.index("remote"), form.index(label)] = remote[..., code]
    return found
