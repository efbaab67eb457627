r"""Expected values of each path given its parameters, without the noise of counts.

.. math::

    \mathrm{E}[n_{rm}] &= E_m S_m e^{\eta_{r,y(m)} + shift_{rm}} \\
    \mathrm{E}[s_k] &= \sum_{rm} \mathrm{E}[n_{rm}]\,
        \mathrm{logit}^{-1}\!\left(\frac{\theta_{rk} + shift_{km}}{\sqrt{1 + \pi\kappa^2/8}}\right)

Frailty and relation state have mean one and drop out; events on the relation state enter as shifts of the rate by
their loading. Breadth is integrated by the approximation of MacKay (doi 10.1162/neco.1992.4.5.720).
"""

from collections.abc import Callable
from datetime import date

import numpy as np
import xarray as xr
from scipy.special import expit

from forecast.components.projection import PathParameters
from forecast.contacts import codes
from forecast.simulation.engine import calendar_of
from forecast.simulation.noise import Noise
from forecast.simulation.prepare import Calendar, safe_exp
from forecast.simulation.schema import Scenario
from forecast.simulation.shift import RANKS, RATE, STATE, TOPIC, TOPICS, Shock, draw_shock


def expected_values(parameters: Callable[[slice], PathParameters], scenario: Scenario, *, paths: int, seed: int,
                    term_start: date, chunk: int = 2048) -> dict[str, xr.DataArray]:
    """Expected contacts and mention shares over the horizon.

    Returns
    -------
    dict of str to xarray.DataArray
        ``contact`` and ``contact_estimated`` (path, key) with keys ``all`` and the ranks; ``mention_share`` (path, key),
        keys the topics.
    """
    calendar, noise = calendar_of(scenario, term_start), Noise(seed)
    contact, estimated, mention = [], [], []
    for first in range(0, paths, chunk):
        number = np.arange(first, min(first + chunk, paths))
        given = parameters(slice(first, number[-1] + 1))
        shock = draw_shock(scenario, noise, number, len(calendar.month_of_year))
        monthly = _contacts(given, shock, calendar)
        contact.append(monthly.sum(axis=2))
        estimated.append(contact[-1] / given.recorded_share)
        mention.append(_mentions(given, shock, monthly))
    by_topic = np.concatenate(mention)
    share = by_topic / by_topic.sum(axis=1, keepdims=True)
    return {
        "contact": _with_total(np.concatenate(contact)), "contact_estimated": _with_total(np.concatenate(estimated)),
        "mention_share": xr.DataArray(share, dims=("path", "key"), coords={"key": list(codes.TOPIC.labels)}),
    }


def _with_total(by_rank: np.ndarray) -> xr.DataArray:
    """All ranks, then each, (path, key) from (path, rank)."""
    total = np.column_stack([by_rank.sum(axis=1), by_rank])
    return xr.DataArray(total, dims=("path", "key"), coords={"key": ["all", *codes.RANK.labels]})


def _contacts(given: PathParameters, shock: Shock, calendar: Calendar) -> np.ndarray:
    """Expected contacts, shape (path, rank, month)."""
    size = shock.size[:, :, RATE:RATE + RANKS] + given.state_loading[:, None, None] * shock.size[:, :, STATE, None]
    shift = np.einsum("psr,sm->prm", size, shock.profile)
    monthly = np.einsum("pry,my->prm", safe_exp(given.log_rate), calendar.exposure)
    return monthly * safe_exp(shift) * given.season[:, None, calendar.month_of_year]


def _mentions(given: PathParameters, shock: Shock, monthly: np.ndarray) -> np.ndarray:
    """Expected contacts that name each topic, shape (path, topic)."""
    shrink = np.sqrt(1 + np.pi * given.breadth_sd**2 / 8)[:, None, None]
    size = shock.size[:, :, TOPIC:TOPIC + TOPICS]
    if not size.any():
        return np.einsum("pr,prk->pk", monthly.sum(axis=2), expit(given.topic_logit / shrink))
    named = np.zeros((len(monthly), TOPICS))
    for month in range(monthly.shape[2]):
        shift = np.einsum("psk,s->pk", size, shock.profile[:, month])[:, None, :]
        named += np.einsum("pr,prk->pk", monthly[:, :, month], expit((given.topic_logit + shift) / shrink))
    return named
