from datetime import date

import pytest

from forecast.panel.calendar import covid_share, covid_window


def test_the_window_is_that_of_the_shipped_periods_both_days_inside():
    assert covid_window() == (date(2020, 3, 16), date(2021, 12, 31))


@pytest.mark.parametrize(("start", "end", "share"), [
    (date(2019, 1, 20), date(2020, 1, 20), 0.0),
    (date(2020, 3, 15), date(2020, 3, 17), 0.5),
    (date(2020, 5, 1), date(2020, 6, 1), 1.0),
    (date(2021, 12, 30), date(2022, 1, 1), 0.5),
])
def test_share_of_days_inside(start, end, share):
    assert covid_share((start, end), covid_window()) == share
