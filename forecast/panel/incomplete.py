r"""The last year of a term that runs: partly over, and of a record that is coded meanwhile not yet whole.

How soon contacts are on record
-------------------------------
.. math:: F(a) = p + (1 - p)\left(1 - e^{-a/d}\right), \qquad p \sim \mathrm{Beta}(\alpha, \beta), \quad
    \log d \sim N(\log m, s^2)

is the share of the contacts of a day that is on record :math:`a` days later. What is used is its mean over the prior
(``data/reporting_delay.yaml``): contacts of a day that are on record are Poisson with that share of the day's exposure, and those
that are not yet are still to come. A record does not say when its rows were added, so that nothing is learned of either number:
both are assumptions.

The season of a part of a year
------------------------------
Days of a whole year count alike, since its season averages out. The months of a year that is partly over are busier or quieter
than a mean month, and read as days they would be taken for a level of the term. Their exposure is therefore

.. math:: \sum_c S_c E_c, \qquad S_c = \frac{a + n_c}{a + N\,E^{all}_c / \sum_d E^{all}_d}, \qquad a = \sigma^{-2},

scaled so that a whole year has its days, with :math:`n_c` the contacts of calendar month :math:`c` in the whole record,
:math:`N` all of them, :math:`E^{all}` the exposure of the record and :math:`\sigma` the prior scale of the season: each factor is
its mean under a gamma prior of mean one and coefficient of variation :math:`\sigma`.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import Field
from scipy.special import betaincinv, ndtri

from forecast.config import Strict, load_yaml
from forecast.panel.calendar import DAYS_PER_YEAR, YEARS_OF_TERM, month_days, through
from forecast.panel.panel import Panel
from forecast.shipped import DATA

GRID = 64
"""Points of each prior over which the share is averaged."""
LONGEST = 730
"""Days after which a contact that is not on record never will be."""


class AtOnce(Strict):
    """Beta prior of the share that is on record at once."""

    alpha: float = Field(gt=0, le=1e6)
    beta: float = Field(gt=0, le=1e6)
    reason: str = Field(min_length=10)


class MeanDays(Strict):
    """Log-normal prior of the mean delay of the rest, in days."""

    median: float = Field(gt=0, le=3650)
    log_sd: float = Field(ge=0, le=3)
    reason: str = Field(min_length=10)


class Delay(Strict):
    """Prior of the profile of reporting."""

    at_once: AtOnce
    mean_days: MeanDays

    def recorded(self, days: int = LONGEST) -> np.ndarray:
        """Expected share of the contacts of a day that is on record 0, 1, 2, ... days later, (day,)."""
        level = (np.arange(GRID) + 0.5) / GRID
        at_once = betaincinv(self.at_once.alpha, self.at_once.beta, level).mean()  # independent of the delay of the rest
        mean = self.mean_days.median * np.exp(self.mean_days.log_sd * ndtri(level))
        late = np.exp(-np.arange(days)[:, None] / mean).mean(axis=1)
        found: np.ndarray = 1 - (1 - at_once) * late
        return found


def with_delay(panel: Panel, recorded: np.ndarray) -> Panel:
    """The panel of a record that is coded while its term runs: a day counts by the share of its contacts that is on record.

    Parameters
    ----------
    panel : Panel
        One dyad.
    recorded : (day,) array
        Share that is on record, from the last day back; whole beyond it.
    """
    day = np.datetime64(panel.as_of) - np.arange(len(recorded))
    inside = day >= np.datetime64(panel.about[0].relations_start)
    day, missing = day[inside], (1 - recorded[inside]) / DAYS_PER_YEAR
    exposure, month = panel.exposure.copy(deep=True), panel.month_exposure.copy()
    year = np.searchsorted(panel.year["start"].to_numpy().astype("datetime64[D]"), day, side="right") - 1
    np.subtract.at(exposure.to_numpy()[0], year, missing)
    np.subtract.at(month, day.astype("datetime64[M]").astype(int) % 12, missing)
    return replace(panel, exposure=exposure, month_exposure=month)


def with_season(panel: Panel, scale: float) -> Panel:
    """The panel of a term that runs, the part of its last year counted by the season of its months.

    Parameters
    ----------
    panel : Panel
        One dyad.
    scale : float
        Prior scale of the season.
    """
    shape, every = scale**-2, panel.month_exposure / panel.month_exposure.sum()
    season = (shape + panel.month_count) / (shape + panel.month_count.sum() * every)
    end = panel.administration[-1].end
    whole = month_days((end.replace(year=end.year - YEARS_OF_TERM), end))  # whole years, also of a successor within a term
    season /= season @ whole / whole.sum()
    start = panel.year["start"].iloc[-1].date()
    inside = month_days(through(start, panel.as_of))
    exposure = panel.exposure.copy(deep=True)
    exposure.to_numpy()[0, -1] *= float(season @ inside / inside.sum())
    return replace(panel, exposure=exposure)


def load_delay(path: Path = DATA / "reporting_delay.yaml") -> Delay:
    """The shipped profile, or that of a file (raises InputError)."""
    return load_yaml(path, Delay)
