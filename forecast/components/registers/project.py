r"""From the posterior of the registers to the rates of a coming term, country by country and channel by channel.

The walk goes on by one step around what type and president explain, the levels of regions by one step of their AR(1),

.. math::

    G_{J+1,k} = m_{J+1,k} + (G_{Jk} - m_{Jk}) + \lambda \epsilon_k, \qquad
    q_{g,J+1} = \rho\, \tilde q_{gJ} + \omega \sqrt{1 - \rho^2}\, \epsilon_g

with time between terms of four years; a returning president keeps his effect and a new one draws his own. COVID-19 is over.
"""

from collections.abc import Mapping

import numpy as np

from forecast.components.projection import Future
from forecast.components.protocol import ComponentData, position
from forecast.components.registers.structure import BESIDES, CHANNELS, OF_COUNTRY, means_of_regions

Values = Mapping[str, np.ndarray]


def project(named: Values, data: ComponentData, future: Future, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rates of the next term.

    Parameters
    ----------
    named : mapping
        Draws of the named parameters, each (draw, ...).
    data : ComponentData
        What they were fitted to.
    future : Future
        Who governs; the midpoints are not used.
    rng : numpy.random.Generator
        Of the shocks of the term.

    Returns
    -------
    log_rate : (draw, country, channel) array
        Log entries per year.
    size : (draw, channel) array
        Of the negative binomial of a period.
    """
    region = data.array["region_of_country"]
    rate = country_effects(named, data) + _levels(named, data, future, rng)[:, None]
    rate = rate + _regions(named, data, rng)[:, region, None]
    rate = rate + named["region_type"][:, region, data.coord["type"].index(future.type), None]
    size = np.stack([named[f"overdispersion_{name}"] for name in ("president", "secretary", "visit")], axis=1) ** -2
    return rate, size


def country_effects(named: Values, data: ComponentData) -> np.ndarray:
    """Level of every country and channel without the weighted mean that the levels of terms carry, (draw, country, channel)."""
    own = np.stack([named["country_level"], named["country_visit"]], axis=1)
    besides = named["region_channel"][:, :, data.array["region_of_country"]]
    effect = np.einsum("ki,sic->sck", OF_COUNTRY, own) + np.einsum("kj,sjc->sck", BESIDES, besides)
    return effect - (data.array["country_weight"] * effect).sum(axis=1, keepdims=True)


def _levels(named: Values, data: ComponentData, future: Future, rng: np.random.Generator) -> np.ndarray:
    """Level of the coming term in every channel, (draw, channel)."""
    array, draws = data.array, len(named["walk_scale"])
    last = (named["type_effect"][:, array["type_of_term"][-1]] + named["president_effect"][:, array["president_of_term"][-1]])
    known = position(data.coord, "president", future.president)
    fresh = named["president_scale"][:, None] * rng.standard_normal((draws, CHANNELS))
    person = fresh if known is None else named["president_effect"][:, known]
    kind = named["type_effect"][:, data.coord["type"].index(future.type)]
    step = named["walk_scale"][:, None] * rng.standard_normal((draws, CHANNELS))
    return kind + person + named["term_level"][:, -1] - last + step


def _regions(named: Values, data: ComponentData, rng: np.random.Generator) -> np.ndarray:
    """Deviation of every region in the coming term, (draw, region)."""
    flat = named["region_term"].reshape(len(named["walk_scale"]), -1)
    _, rest = means_of_regions(data.array["region_weight"])
    terms = len(data.coord["term"])
    now = (flat @ rest.T).reshape(len(flat), -1, terms)[..., -1]
    kept = np.asarray(named["term_persistence"])[..., None]
    fresh = named["region_term_scale"][:, None] * rng.standard_normal(now.shape)
    return kept * now + np.sqrt(1 - kept**2) * fresh
