r"""From the posterior of the registers to informed priors of a dyad's administration effects.

*Types.* A draw of the effect of type :math:`t` on a further kind of contact in region :math:`g` is that of one of the three
channels taken at random, :math:`T_{tk} + h_{gt}`. Its mean is the centre of the informed prior. Its standard deviation, over
draws and channels together and as a root mean square over types, is the size: channels that disagree make the prior wide.

*Presidents.* The root mean square of the posterior of their scale.

*Terms.* The dyad's term level is a stationary AR(1) around a straight line; that of the registers is a random walk plus the
wave of the region. So the level :math:`x = (G - m)_{\cdot k} + \tilde q_{g\cdot}` over the terms in which the region had states
is set against its own line, with :math:`M` the projection on what a line leaves and :math:`R` the correlations of the AR(1):

.. math:: \hat\sigma^2 = x^\top M x \,/\, \mathrm{tr}(M R)

which is unbiased for the variance of an AR(1) around any line. A half-normal scale :math:`s \sim HN(\sigma)` has
:math:`E[s^2] = \sigma^2`, and effects of unit variance times :math:`s` have standard deviation :math:`\sigma`: every size
above, times the widening, is the sigma of its half-normal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from forecast.components.protocol import ComponentData
from forecast.components.registers.structure import means_of_regions

PERSISTENCE = 0.7
"""Of the dyad's term levels from one term of four years to the next."""


@dataclass(frozen=True, kw_only=True)
class Informed:
    """What the registers say of the size of administration effects in one region, before any widening.

    Parameters
    ----------
    centre : mapping of str to float
        Type -> mean effect; they sum to zero.
    type_sd, president_sd, term_sd : float
        Standard deviation of a type's effect, and root mean square of the scales of presidents and of term levels.
    by_channel : mapping of str to mapping
        Channel -> type -> mean effect.
    terms : tuple of str
        Terms behind the size of term levels.
    trumpist_terms : int
        How many Trumpist terms were known.
    """

    centre: Mapping[str, float]
    type_sd: float
    president_sd: float
    term_sd: float
    by_channel: Mapping[str, Mapping[str, float]]
    terms: tuple[str, ...]
    trumpist_terms: int


def informed(draws: xr.Dataset, effect: xr.DataArray, data: ComponentData, region: str) -> Informed:
    """Summarise a posterior of the registers for one region.

    Parameters
    ----------
    draws : xarray.Dataset
        Posterior in one row, with labels.
    effect : (draw, type, region, channel) DataArray
        The component's profile.
    data : ComponentData
        What it was fitted to.
    """
    of_region = effect.sel(region=region)
    types, channels = of_region["type"].to_numpy(), of_region["channel"].to_numpy()
    mean, by_channel = of_region.mean(("draw", "channel")), of_region.mean("draw")
    spread = of_region.stack(all=("draw", "channel")).std("all", ddof=1)
    first = first_term(data, region)
    return Informed(
        centre={str(name): float(mean.sel(type=name)) for name in types},
        type_sd=float(np.sqrt((spread**2).mean())),
        president_sd=float(np.sqrt((draws["president_scale"] ** 2).mean())),
        term_sd=float(np.sqrt(_term_variance(draws, data, region, first).mean())),
        by_channel={str(channel): {str(name): float(by_channel.sel(type=name, channel=channel)) for name in types}
                    for channel in channels},
        terms=data.coord["term"][first:], trumpist_terms=int(_of_type(data, "republican_trumpist").sum()))


def _of_type(data: ComponentData, name: str) -> np.ndarray:
    """Whether each term is of a type, (term,)."""
    return data.array["type_of_term"] == data.coord["type"].index(name)


def first_term(data: ComponentData, region: str) -> int:
    """First term, an index, in which the region had a state."""
    inside = data.array["region_of_country"] == data.coord["region"].index(region)
    return int(data.array["term_of_period"][(data.array["exposure"][inside] > 0).any(axis=0)].min())


def _term_variance(draws: xr.Dataset, data: ComponentData, region: str, first: int) -> np.ndarray:
    """Estimate of the variance of an AR(1) of term levels around a line, (draw, channel)."""
    array = data.array
    explained = (draws["type_effect"].to_numpy()[:, array["type_of_term"]]
                 + draws["president_effect"].to_numpy()[:, array["president_of_term"]])
    level = draws["term_level"].to_numpy() - explained + _wave(draws, data, region)[:, :, None]
    leave, trace = _around_a_line(np.concatenate([[0.0], array["gap"].cumsum()])[first:])
    return np.einsum("dtk,ts,dsk->dk", level[:, first:], leave, level[:, first:]) / trace


def _wave(draws: xr.Dataset, data: ComponentData, region: str) -> np.ndarray:
    """Level of a region by term beyond what all share, (draw, term)."""
    _, rest = means_of_regions(data.array["region_weight"])
    wave = draws["region_term"].to_numpy()
    return (wave.reshape(len(wave), -1) @ rest.T).reshape(wave.shape)[:, data.coord["region"].index(region)]


def _around_a_line(time: np.ndarray) -> tuple[np.ndarray, float]:
    """Projection on what a line in time leaves, and its trace with the correlations of the AR(1)."""
    line = np.column_stack([np.ones_like(time), time])
    leave = np.eye(len(time)) - line @ np.linalg.pinv(line)
    return leave, float((leave * PERSISTENCE ** np.abs(time[:, None] - time)).sum())


def level_contrast(draws: xr.Dataset, data: ComponentData, region: str | None, since: int) -> np.ndarray:
    """Log ratio of the fitted rates of the Trumpist terms to those of the Democratic ones, COVID-19 taken out.

    Parameters
    ----------
    region : str or None
        A region, or None for the level that all share.
    since : int
        First term taken, an index.

    Returns
    -------
    (draw, channel) array
        Of means over terms. It holds type, president and term together.
    """
    kind = data.array["type_of_term"]
    level = draws["term_level"].to_numpy()
    if region is not None:
        by_type = draws["region_type"].to_numpy()[:, data.coord["region"].index(region)]
        level = level + (_wave(draws, data, region) + by_type[:, kind])[:, :, None]
    late = np.arange(len(kind)) >= since
    trumpist, democratic = (late & _of_type(data, name) for name in ("republican_trumpist", "democratic"))
    return level[:, trumpist].mean(axis=1) - level[:, democratic].mean(axis=1)
