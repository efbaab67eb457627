r"""How often each rank makes contact: a negative binomial with drift and autoregressive terms.

Cells are dyad :math:`d`, rank :math:`r`, administration year :math:`y` (20 January to 20 January) of
term :math:`j`, with exposure :math:`E_{dy}` in years:

.. math::

    n_{dry} &\sim \mathrm{NegBinomial}(E_{dy}\, e^{\eta_{dry}},\ \phi),\qquad \phi^{-1/2} = s \\
    \eta_{dry} &= \alpha_{dr} + \tau\, T_{type(j)} + \pi\, P_{president(j)} + \sigma A_j + \omega B_{jr}
        + \delta H_{year\ of\ term(y)} + \gamma\, covid_y + x_y\,(b_0 + b_1 \ell_r)

:math:`T` and :math:`H` sum to zero over their closed sets; :math:`P` is exchangeable, because a president not yet seen is
a fresh draw from the same population. :math:`A` and each :math:`B_{\cdot r}` are stationary AR(1) across terms with a
fixed coefficient and unit variance; :math:`x` is time in decades from 2009; :math:`\ell_r` marks ranks below the
cabinet. Contacts fall on calendar months :math:`c` by a season profile,

.. math:: m \sim \mathrm{Multinomial}(N,\ p_c \propto E_c\, e^{\kappa S_c}), \qquad \textstyle\sum_c S_c = 0,

with :math:`E_c` the years observed in calendar month :math:`c`.

The relation state of the months inside a year (persistence, loading) is not in the likelihood: a few hundred
contacts do not identify it. Its two parameters keep their priors: assumptions, not findings.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.administration import administration_blocks
from forecast.components.effects import ar1_matrix, zero_sum_basis
from forecast.components.likelihood import counts, observed
from forecast.components.linear import Block, Linear, Scales, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData

if TYPE_CHECKING:
    from pymc import Model
    from pytensor.tensor import TensorVariable

NEEDS = {
    "base": "real",
    "type_scale": "positive",
    "president_scale": "positive",
    "term_scale": "positive",
    "term_rank_scale": "positive",
    "phase_scale": "positive",
    "covid": "real",
    "drift": "real",
    "drift_lower": "real",
    "overdispersion": "positive",
    "season_scale": "positive",
    "term_persistence": "persistence",
    "state_persistence": "unit",
    "state_loading": "positive",
}
SCALES = ("type_scale", "president_scale", "term_scale", "term_rank_scale", "phase_scale", "overdispersion",
          "season_scale")


def linear(data: ComponentData, priors: Mapping[str, Prior]) -> Linear:
    """The log rate of the cells, rows in the order (dyad, rank, year)."""
    array, coord = data.array, data.coord
    n_dyad, n_rank, n_year = array["count"].shape
    rank = np.tile(np.repeat(np.arange(n_rank), n_year), n_dyad)
    cell = np.repeat(np.arange(n_dyad), n_rank * n_year) * n_rank + rank
    year = np.tile(np.arange(n_year), n_dyad * n_rank)
    term, n_term = array["term"][year], len(coord["term"])
    correlate = ar1_matrix(n_term, priors["term_persistence"].value)
    decade = array["decade"][year]
    return Linear(name="rate", blocks=(
        Block(name="base", prior="base", dims=("cell",), design=one_hot(cell, n_dyad * n_rank)),
        *administration_blocks(data, term, "type_scale", "president_scale"),
        Block(name="term_level", prior="term_scale", dims=("term",), basis=correlate, design=one_hot(term, n_term)),
        Block(name="term_rank_level", prior="term_rank_scale", dims=("term_rank",),
              basis=np.kron(correlate, np.eye(n_rank)), design=one_hot(term * n_rank + rank, n_term * n_rank)),
        Block(name="phase", prior="phase_scale", dims=("year_of_term",), basis=zero_sum_basis(4),
              design=one_hot(array["year_of_term"][year], 4)),
        Block(name="covid", prior="covid", design=array["covid"][year][:, None]),
        Block(name="drift", prior="drift", design=decade[:, None]),
        Block(name="drift_lower", prior="drift_lower", design=(decade * array["lower"][rank])[:, None]),
    ))


def season() -> Linear:
    """Log season profile over calendar months."""
    return Linear(name="season", blocks=(
        Block(name="season", prior="season_scale", dims=("month_of_year",), basis=zero_sum_basis(12),
              design=np.eye(12)),))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring.

    Parameters
    ----------
    data : ComponentData
        As made by :func:`forecast.components.frequency.data.select`.
    priors : mapping of str to Prior
        One prior per key of ``NEEDS``.
    """
    import pymc as pm

    array = data.array
    exposure = np.broadcast_to(array["exposure"][:, None, :], array["count"].shape).ravel()
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        log_mean = linear(data, priors).predictor(priors, scales) + observed("log_exposure", np.log(exposure))
        counts("count", array["count"].ravel(), log_mean, scales["overdispersion"])
        pm.Potential("month_count", _months(array, season().predictor(priors, scales)))
    return model


def _months(array: Mapping[str, np.ndarray], profile: "TensorVariable") -> "TensorVariable":
    """Multinomial log probability of the counts per calendar month."""
    import pytensor.tensor as pt

    count, exposure = observed("month_count_data", array["month_count"]), observed("month_exposure", array["month_exposure"])
    return pt.dot(count, profile) - count.sum() * pt.log(pt.dot(exposure, pt.exp(profile)))
