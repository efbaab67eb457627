r"""What share of contacts gets into the record: capture-recapture with three lists.

A contact of rank :math:`r` in era :math:`e` is reported by list :math:`l` (the partner's pages, American pages, others) with

.. math::

    \mathrm{logit}\; p_{ilre} = \beta_l + \sigma_e E_{le} + \sigma_r R_r + \sigma_{lr} L_{lr} + \sigma_v v_i,
    \qquad v_i \sim N(0, 1)

(eras pool two presidents each, see :mod:`forecast.components.completeness.data`: an era of one administration would carry what
that administration did into the recording of the next)
independently given its visibility :math:`v_i`. A history :math:`h \in \{0,1\}^3` has probability

.. math:: \pi_{reh} = \int \prod_l p_{ilre}^{h_l} (1 - p_{ilre})^{1 - h_l}\, \phi(v)\, dv

(Gauss-Hermite quadrature), only :math:`h \ne 0` is seen, so that the counts of a cell are multinomial with
:math:`\pi_{reh} / (1 - \pi_{re0})`, and the recorded share is :math:`c_{re} = 1 - \pi_{re0}` (Fienberg 1972,
doi 10.1093/biomet/59.3.591).

What the data cannot tell: visibility and its spread :math:`\sigma_v` are known through their prior more than through
three lists, and different spreads that fit alike give different shares (Link 2003, doi 10.1111/j.0006-341X.2003.00129.x).
Contacts that no list could ever report (kept secret, or reported on pages since lost) are outside :math:`c`. Lists are
found by one search: a page found on one side prompts a look at the other, a dependence that makes :math:`c` too high.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from forecast.components.capture import history_likelihood, share_tensor
from forecast.components.effects import zero_sum_basis
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.components.scales import Scales

if TYPE_CHECKING:
    from pymc import Model

NEEDS = {"base": "real", "era_scale": "positive", "rank_scale": "positive", "list_rank_scale": "positive",
         "visibility_scale": "positive"}
SCALES = ("era_scale", "rank_scale", "list_rank_scale", "visibility_scale")


def linear(data: ComponentData) -> Linear:
    """Log odds of being reported, rows in the order (rank, era, list)."""
    ranks, eras, lists = (len(data.coord[axis]) for axis in ("rank", "era", "list"))
    rank, era, place = (index.ravel() for index in np.indices((ranks, eras, lists)))
    return Linear(name="capture", blocks=(
        Block(name="base", prior="base", dims=("list",), design=one_hot(place, lists)),
        Block(name="list_era", prior="era_scale", dims=("list_by_era",), design=one_hot(place * eras + era, lists * eras)),
        Block(name="rank_effect", prior="rank_scale", dims=("rank",), basis=zero_sum_basis(ranks),
              design=one_hot(rank, ranks)),
        Block(name="list_rank", prior="list_rank_scale", dims=("list_by_rank",),
              design=one_hot(place * ranks + rank, lists * ranks)),
    ))


def build(data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
    """Build the PyMC model of the module docstring; the counts can be replaced without compiling again."""
    import pymc as pm

    cells = data.array["history"].reshape(-1, len(data.coord["history"]))
    with pm.Model() as model:
        scales = Scales(SCALES, priors)
        count = observed("history_count", cells)
        logit = linear(data).predictor(priors, scales).reshape((len(cells), len(data.coord["list"])))
        share = share_tensor(logit, scales["visibility_scale"], len(data.coord["list"]))
        pm.Potential("history", history_likelihood(count, share))
    return model
