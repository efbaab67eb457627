r"""Expected contacts of each path given its parameters, without the noise of counts.

.. math:: \mathrm{E}[n_r \mid parameters] = \sum_m E_m S_m e^{\eta_{r,y(m)} + shift_{rm}}

Frailty and relation state have mean one and drop out; events on the relation state enter as shifts of the rate by their loading.
"""

from collections.abc import Callable
from datetime import date

import numpy as np

from forecast.components.projection import PathParameters
from forecast.simulation.engine import calendar_of
from forecast.simulation.noise import Noise
from forecast.simulation.prepare import safe_exp
from forecast.simulation.schema import Scenario
from forecast.simulation.shift import RANKS, RATE, STATE, draw_shock


def expected_contacts(parameters: Callable[[slice], PathParameters], scenario: Scenario, *, paths: int, seed: int,
                      term_start: date, chunk: int = 2048) -> np.ndarray:
    """Expected recorded contacts over the horizon by rank, shape (path, rank)."""
    parts = [_chunk(parameters, scenario, first, min(first + chunk, paths), seed, term_start)
             for first in range(0, paths, chunk)]
    return np.concatenate(parts)


def _chunk(parameters: Callable[[slice], PathParameters], scenario: Scenario, first: int, stop: int, seed: int,
           term_start: date) -> np.ndarray:
    given, calendar = parameters(slice(first, stop)), calendar_of(scenario, term_start)
    shock = draw_shock(scenario, Noise(seed), np.arange(first, stop), len(calendar.month_of_year))
    size = shock.size[:, :, RATE:RATE + RANKS] + given.state_loading[:, None, None] * shock.size[:, :, STATE, None]
    shift = np.einsum("psr,sm->prm", size, shock.profile)
    monthly = np.einsum("pry,my->prm", safe_exp(given.log_rate), calendar.exposure)
    return np.einsum("prm,prm,pm->pr", monthly, safe_exp(shift), given.season[:, calendar.month_of_year])
