"""Capture histories: their probabilities with the visibility of contacts integrated out, in plain NumPy and as a tensor; their
names, and the statistics that they are checked by.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logsumexp

from forecast.components.protocol import ComponentData
from forecast.components.statistics import Array, Family, axis
from forecast.contacts import codes
from forecast.panel.panel import OTHER

if TYPE_CHECKING:
    from forecast.components.protocol import TensorVariable

LIST = (*codes.SIDE.labels, OTHER)
"""Who reports: pages of the partner state, those of the other state, all others (the sides of ``Panel.media``)."""

HISTORY = tuple("".join(str(number >> place & 1) for place in range(len(LIST))) for number in range(2 ** len(LIST)))
"""Capture histories in the order of ``LIST``: ``100`` is reported by the partner's pages alone; ``000`` comes first."""

NODES = 7  # of Gauss-Hermite quadrature; the error of a share is below 1e-3 for spreads up to 2


def quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and log weights for a standard normal, each (node,)."""
    node, weight = np.polynomial.hermite_e.hermegauss(NODES)
    return node, np.log(weight / weight.sum())


def pattern(lists: int) -> np.ndarray:
    """Which lists report in each history, (history, list); nobody first."""
    return (np.arange(2**lists)[:, None] >> np.arange(lists) & 1).astype(float)


def history_shares(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability of each history.

    Parameters
    ----------
    logit : (..., rank, era, list) array
        Log odds of being reported at middling visibility.
    spread : (...) array
        Standard deviation of visibility on the same scale.

    Returns
    -------
    (..., rank, era, history) array
        Sums to one over histories; the first is that nobody reports.
    """
    node, log_weight = quadrature()
    shifted = logit[..., None, :] + (spread[..., None] * node)[..., None, None, :, None]
    log_none = -np.logaddexp(0, shifted).sum(axis=-1)
    joint = shifted @ pattern(logit.shape[-1]).T + log_none[..., None]
    return np.exp(logsumexp(joint + log_weight[:, None], axis=-2))


def recorded_share(logit: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Probability that at least one list reports, (..., rank, era); arguments as in :func:`history_shares`."""
    node, log_weight = quadrature()
    missed = np.zeros(logit.shape[:-1])
    for value, weight in zip(node, np.exp(log_weight), strict=True):
        at = logit + (spread * value)[..., None, None, None]
        missed += weight * np.prod(expit(-at), axis=-1)
    return 1 - missed


def share_tensor(logit: "TensorVariable", spread: "TensorVariable", lists: int) -> "TensorVariable":
    """As :func:`history_shares`, (cell, history) from log odds (cell, list) and a scalar."""
    import pytensor.tensor as pt

    node, log_weight = quadrature()
    shifted = logit[:, None, :] + spread * node[None, :, None]  # (cell, node, list)
    log_none = -pt.softplus(shifted).sum(axis=-1, keepdims=True) + log_weight[None, :, None]
    found: TensorVariable = pt.exp(pt.dot(shifted, pattern(lists).T) + log_none).sum(axis=1)
    return found


def history_likelihood(count: "TensorVariable", share: "TensorVariable") -> "TensorVariable":
    """Multinomial log probability of the histories seen (cell, history less the first), given that somebody reported each."""
    import pytensor.tensor as pt

    found: TensorVariable = (count * (pt.log(share[:, 1:]) - pt.log1p(-share[:, :1]))).sum()
    return found


# Single histories, and what histories should look like: which lists report a contact together.

def each_history(array: Array, log_share: np.ndarray) -> np.ndarray:
    """Log probability of every contact's history, (draw, contact), from that of each cell and history, (draw, ...)."""
    cell = np.repeat(np.arange(array["history"].size), array["history"].ravel())
    return log_share.reshape(len(log_share), -1)[:, cell]


def history_names(data: ComponentData, time: str) -> list[str]:
    """Names of the histories, `time` the axis beside rank; contacts of one cell and history are alike, so they share a name."""
    names = [f"a contact of rank {rank}, {when}, reported by {code}" for rank in data.coord["rank"] for when in data.coord[time]
             for code in data.coord["history"]]
    return np.repeat(names, data.array["history"].ravel()).tolist()


def histories_over(*axes: int) -> Callable[[Array], np.ndarray]:
    """Histories summed over axes of (rank, time, history)."""

    def of(array: Array) -> np.ndarray:
        return array["history"].sum(axis=axes).ravel()

    return of


HISTORIES = (
    Family(name="histories", title="contacts by the lists that report them", of=histories_over(0, 1), labels=axis("history")),
    Family(name="histories_by_rank", title="contacts by rank and the lists that report them", of=histories_over(1),
           labels=axis("rank", "history")),
)
