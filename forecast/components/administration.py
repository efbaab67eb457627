r"""Effects of administration type and president, the same form in every component.

.. math:: e_{j\cdot} = \tau\,T_{type(j)\cdot} + \pi\,P_{president(j)\cdot}

for terms :math:`j` and any trailing axis (topic, side). :math:`T` sums to zero over the closed set of types;
:math:`P` is exchangeable, so that a president not yet seen is a fresh draw. A component may use one scale for both:
with one Trumpist term the data hardly tell type from person, and two free scales then trade off without end.
"""

from collections.abc import Mapping

import numpy as np

from forecast.components.effects import zero_sum_basis
from forecast.components.linear import Block, one_hot
from forecast.components.projection import Future, Shocks, Take
from forecast.components.protocol import ComponentData, position


def administration_blocks(data: ComponentData, term: np.ndarray, type_scale: str, president_scale: str,
                          prefix: str = "", centre: np.ndarray | None = None) -> tuple[Block, Block]:
    """Blocks ``{prefix}type_effect`` and ``{prefix}president_effect`` for rows in given terms.

    Parameters
    ----------
    term : (row,) array of int
        Term of every row.
    type_scale, president_scale : str
        Names of the priors of the scales.
    centre : (type,) array, optional
        Prior mean of the type effects; zero where not given.
    """
    n_type, n_president = len(data.coord["type"]), len(data.coord["president"])
    return (
        Block(name=f"{prefix}type_effect", prior=type_scale, dims=("type",), basis=zero_sum_basis(n_type), centre=centre,
              design=one_hot(data.array["type_of_term"][term], n_type)),
        Block(name=f"{prefix}president_effect", prior=president_scale, dims=("president",),
              design=one_hot(data.array["president_of_term"][term], n_president)),
    )


def project_administration(take: Take, coord: Mapping[str, tuple[str, ...]], future: Future, shocks: Shocks,
                           scale: str, *, prefix: str = "", stream: str) -> np.ndarray:
    """Effect of a future administration, shape (path, ...): a returning president keeps his own.

    Parameters
    ----------
    scale : str
        Name of the posterior variable that holds the scale of presidents.
    stream : str
        Name of the random stream of a president not yet seen.
    """
    kind = take(f"{prefix}type_effect")[:, coord["type"].index(future.type)]
    known = position(coord, "president", future.president)
    if known is not None:
        return kind + take(f"{prefix}president_effect")[:, known]
    fresh = shocks(stream, *kind.shape[1:])
    spread = take(scale).reshape(-1, *[1] * (kind.ndim - 1))
    return kind + spread * fresh
