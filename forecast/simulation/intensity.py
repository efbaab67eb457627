r"""Expected contacts of each path given all that it draws before contacts: what its counts are Poisson around.

.. math:: \Lambda_{pry} = \sum_m e^{\eta_{pry}}\, F_{pry}\, C_{pm}\, S_{p,c(m)}\, E_{my}

with gamma frailty :math:`F`, relation state :math:`C`, season :math:`S` and exposure :math:`E`: those of the engine, number by
number. A mixture of these Poissons is the distribution of the engine's counts, without the noise of counting them.
"""

from collections.abc import Callable
from datetime import date

import numpy as np

from forecast.components.projection import PathParameters
from forecast.simulation.engine import calendar_of
from forecast.simulation.language import Scenario
from forecast.simulation.noise import Noise
from forecast.simulation.prepare import prepare
from forecast.simulation.shift import draw_shock


def intensity(parameters: Callable[[slice], PathParameters], scenario: Scenario, *, paths: int, seed: int,
              term_start: date) -> np.ndarray:
    """Expected contacts of a scenario without events, (path, rank, year_of_term)."""
    calendar, noise, number = calendar_of(scenario, term_start), Noise(seed), np.arange(paths)
    shock = draw_shock(scenario, noise, number, len(calendar.month_of_year))
    given = prepare(parameters(slice(0, paths)), shock, calendar, noise, number)
    factor = given.climate * given.season[:, given.month_of_year]
    return given.yearly * np.einsum("pm,my->py", factor, given.exposure)[:, None]
