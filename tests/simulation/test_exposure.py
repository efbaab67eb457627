from datetime import date

import numpy as np
import pytest

from forecast.errors import ForecastError
from forecast.panel.calendar import month_exposure, month_starts

START, END, TERM = date(2025, 1, 1), date(2028, 12, 1), date(2025, 1, 20)


def test_months():
    month = month_starts(START, END)
    assert len(month) == 48
    assert month[0] == np.datetime64("2025-01-01")
    assert month[-1] == np.datetime64("2028-12-01")


def test_january_is_split_at_the_inauguration():
    days = month_exposure(START, END, TERM) * 365.25
    np.testing.assert_allclose(days[0], [12, 0, 0, 0])  # 20 to 31 January 2025
    np.testing.assert_allclose(days[1], [28, 0, 0, 0])
    np.testing.assert_allclose(days[12], [19, 12, 0, 0])
    np.testing.assert_allclose(days[-1], [0, 0, 0, 31])


def test_all_days_of_the_horizon_within_the_term_are_counted_once():
    days = month_exposure(START, END, TERM).sum() * 365.25
    assert days == pytest.approx((date(2029, 1, 1) - TERM).days)


@pytest.mark.parametrize(
    ("start", "end", "month"), [(date(2024, 12, 1), END, "2024-12"), (START, date(2029, 2, 1), "2029-02")]
)
def test_a_month_outside_the_term_is_an_error(start, end, month):
    with pytest.raises(ForecastError, match=f"holds {month}, outside the term that begins 2025-01-20"):
        month_exposure(start, end, TERM)
