r"""Agenda mix by administration type.

The expected share of each topic among all mentions, for a contact of average rank at today's level of the walk:

.. math:: m_{tk} = \frac{p_{tk}}{\sum_l p_{tl}},\qquad
    p_{tk} \approx \mathrm{logit}^{-1}\!\left(\frac{a_k + \tau T_{tk}}{\sqrt{1 + \pi\kappa^2/8}}\right)

where breadth is integrated out by the logistic-normal approximation of MacKay (doi 10.1162/neco.1992.4.5.720).
"""

import numpy as np
import xarray as xr
from scipy.special import expit


def mix_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Share of each topic among mentions, ``mix`` (draw, type, topic); sums to one over topics."""
    logit = posterior["base"] + posterior["type_effect"]
    shrink = np.sqrt(1 + np.pi * posterior["breadth_scale"] ** 2 / 8)
    named = xr.apply_ufunc(expit, logit / shrink)
    return xr.Dataset({"mix": (named / named.sum("topic")).transpose("draw", "type", "topic")})
