"""Constant matrices of the register model: what belongs to which term, region and scale, and which means are taken out."""

import numpy as np

from forecast.components.effects import zero_sum_basis
from forecast.components.linear import Block, Linear, one_hot
from forecast.components.protocol import ComponentData

CHANNELS = 3
"""Presidents' travel, secretaries' travel, visits to the United States, in this order."""

OF_COUNTRY = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
"""How much of the level and of the visit effect of a country each channel has, shape (channel, 2)."""

BESIDES = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
"""What presidents' travel has besides: its own regional level instead of the secretaries', shape (channel, channel)."""

EXPECTED = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 1.0]])
"""Prior means of a country's two effects from its region's levels, shape (2, channel)."""


PINNED = 0.03
"""Standard deviation of the means that are taken out: they touch no count, so that any small value does."""


def effects(data: ComponentData) -> Linear:
    """Types, presidents, regions by type, COVID-19 and the regions' mean: what is sampled as noise times scale.

    Rows are m (term, channel), h (region, term), the effect of COVID-19 (period, channel), the mean of the regions (channel).
    """
    array, coord = data.array, data.coord
    terms, regions, periods = len(coord["term"]), len(coord["region"]), len(array["covid"])
    stop = np.cumsum([terms * CHANNELS, regions * terms, periods * CHANNELS, CHANNELS])
    channel, region, zero_sum = np.eye(CHANNELS), np.eye(regions), zero_sum_basis(len(coord["type"]))
    kind = one_hot(array["type_of_term"], len(coord["type"]))
    person = one_hot(array["president_of_term"], len(coord["president"]))

    def block(name: str, prior: str, part: int, design: np.ndarray, basis: np.ndarray | None = None) -> Block:
        rows = ((stop[part] - len(design), stop[-1] - stop[part]), (0, 0))
        return Block(name=name, prior=prior, dims=(f"{name}_flat",), design=np.pad(design, rows), basis=basis)

    return Linear(name="effect", blocks=(
        block("type_effect", "type_scale", 0, np.kron(kind, channel), np.kron(zero_sum, channel)),
        block("president_effect", "president_scale", 0, np.kron(person, channel)),
        block("region_type", "region_type_scale", 1, np.kron(region, kind), np.kron(region, zero_sum)),
        block("covid", "covid", 2, np.kron(array["covid"][:, None], channel)),
        block("region_base", "region_base", 3, channel),
    ))


def walk_steps(gap: np.ndarray, sigma: float) -> np.ndarray:
    """Map from levels to the first level over `sigma` and the steps over the square root of their time, (term, term)."""
    width = np.concatenate([[sigma], np.sqrt(gap)])
    return (np.eye(len(width)) - np.eye(len(width), k=-1)) / width[:, None]


def fresh_parts(gap: np.ndarray, persistence: float) -> np.ndarray:
    """Map from stationary AR(1) levels at uneven times to their independent parts of equal variance, (term, term)."""
    kept = np.concatenate([[0.0], persistence**gap])
    return (np.eye(len(kept)) - kept[:, None] * np.eye(len(kept), k=-1)) / np.sqrt(1 - kept**2)[:, None]


def means_of_regions(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means over the terms of every region, then of what is left over the regions of every term.

    Parameters
    ----------
    weight : (region, term) array
        Counts; a region or term without any has equal weights.

    Returns
    -------
    means : (region + term, region * term) array
        Map from effects to these means.
    rest : (region * term, region * term) array
        Map from effects to what is left without them.
    """
    regions, terms = weight.shape
    over_term, over_region = _shares(weight, axis=1)[..., None], _shares(weight, axis=0)[..., None]
    cell = np.eye(regions * terms).reshape(regions, terms, -1)
    of_region = (over_term * cell).sum(axis=1)
    cell = cell - of_region[:, None]
    of_term = (over_region * cell).sum(axis=0)
    return np.concatenate([of_region, of_term]), (cell - of_term[None]).reshape(regions * terms, -1)


def owners(scales: tuple[str, ...], countries: int, regions: int, terms: int) -> np.ndarray:
    """Place of the scale of each centred effect's noise, in the order u, v, r, G, q; -1 where it needs none."""
    times = {"country_scale": countries, "country_visit_scale": countries, "region_channel_scale": CHANNELS * regions,
             "": CHANNELS, "walk_scale": CHANNELS * (terms - 1), "region_term_scale": regions * terms}
    return np.repeat([scales.index(name) if name else -1 for name in times], list(times.values()))


def _shares(weight: np.ndarray, axis: int) -> np.ndarray:
    total = weight.sum(axis=axis, keepdims=True)
    return np.where(total > 0, weight / np.maximum(total, 1e-300), 1 / weight.shape[axis])
