r"""Agenda mix by administration type.

The expected share of each topic among all mentions, for a contact of average rank at today's level of the walk:

.. math:: m_{tk} = \frac{p_{tk}}{\sum_l p_{tl}},\qquad p_{tk}\ \text{of}\ \theta_{tk} = a_k + \tau T_{tk}

with :math:`p` of :mod:`forecast.components.naming`: breadth integrated out, given that a topic is named.
"""

import xarray as xr

from forecast.components.naming import chance_of_naming


def mix_by_type(posterior: xr.Dataset) -> xr.Dataset:
    """Share of each topic among mentions, ``mix`` (draw, type, topic); sums to one over topics."""
    logit = (posterior["base"] + posterior["type_effect"]).transpose("draw", "type", "topic")
    named = logit.copy(data=chance_of_naming(logit.to_numpy(), posterior["breadth_scale"].to_numpy()[:, None]))
    return xr.Dataset({"mix": named / named.sum("topic")})
