"""How much of each month lies in which year of the term."""

from datetime import date

import numpy as np

from forecast.errors import ForecastError

YEARS_OF_TERM = 4
DAYS_PER_YEAR = 365.25
ONE_MONTH = np.timedelta64(1, "M")


def month_starts(start: date, end: date) -> np.ndarray:
    """First days of the months from start to end, both included: datetime64[D], shape (month,)."""
    first, last = np.datetime64(start, "M"), np.datetime64(end, "M")
    return np.arange(first, last + ONE_MONTH).astype("datetime64[D]")


def month_exposure(start: date, end: date, term_start: date) -> np.ndarray:
    """Years of exposure of each month within each year of the term.

    Years of the term begin on inauguration day, so that a January lies in two of them; days before the
    term or after it count nothing.

    Parameters
    ----------
    start, end : date
        Any day of the first and of the last month.
    term_start : date
        Inauguration day.

    Returns
    -------
    numpy.ndarray
        Years (days / 365.25), shape (month, year_of_term).

    Raises
    ------
    ForecastError
        Where a whole month lies outside the term.
    """
    month = month_starts(start, end)
    after = (month.astype("datetime64[M]") + ONE_MONTH).astype("datetime64[D]")
    border = np.array([term_start.replace(year=term_start.year + k) for k in range(YEARS_OF_TERM + 1)],
                      dtype="datetime64[D]")
    first = np.maximum(month[:, None], border[None, :-1])
    last = np.minimum(after[:, None], border[None, 1:])
    exposure = np.maximum((last - first).astype(float), 0.0) / DAYS_PER_YEAR
    if not exposure.sum(axis=1).all():
        outside = month[exposure.sum(axis=1) == 0][0]
        raise ForecastError(f"The horizon holds {str(outside)[:7]}, outside the term that begins "
                            f"{term_start}. Choose months between {border[0]} and {border[-1]}.")
    return exposure
