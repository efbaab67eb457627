"""What a baseline looks back on: counts of like series, year by year."""

from dataclasses import dataclass

import numpy as np

from forecast.errors import ForecastError

TERM = 4
"""Years of a term."""


@dataclass(frozen=True, kw_only=True)
class History:
    """Counts up to the as-of date.

    Parameters
    ----------
    count : (group, series, year) array
        Counts; series of one group are alike, so that they inform one another.
    exposure : (series, year) array
        Years observed; the last may be a part of one.
    party : (year,) array of str
        Type of the administration of each year.
    coming : str
        Type of the administration whose term is forecast.
    """

    count: np.ndarray
    exposure: np.ndarray
    party: np.ndarray
    coming: str

    def __post_init__(self) -> None:
        groups, series, years = self.count.shape
        if self.exposure.shape != (series, years) or self.party.shape != (years,) or not groups * series * years:
            raise ForecastError(f"Counts of shape {self.count.shape} do not belong to exposures of shape {self.exposure.shape}.")

    def until(self, year: int) -> "History":
        """The same up to before a year, as a forecaster of that year would have known it."""
        return History(count=self.count[:, :, :year], exposure=self.exposure[:, :year], party=self.party[:year],
                       coming=str(self.party[min(year, len(self.party) - 1)]))


@dataclass(frozen=True)
class Rate:
    """Gamma distribution of every series' rate per year, so that its counts are negative binomial.

    Parameters
    ----------
    shape, years : (group, series) array
        Mean rate is ``shape / years``.
    """

    shape: np.ndarray
    years: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Expected counts per year, (group, series)."""
        return self.shape / self.years
