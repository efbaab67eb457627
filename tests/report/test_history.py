import numpy as np
import pytest
from matplotlib.patches import PathPatch

from forecast.report.figures import history
from forecast.report.layout import observed


def test_bars_are_the_counts_of_the_panel(content):
    figure = history.draw(content)
    panel = next(ax for ax in figure.axes if ax.get_title(loc="left") == "Cabinet members")
    bars = [patch for patch in panel.patches if isinstance(patch, PathPatch)]
    tops = sorted(
        corners[:, 1].max()
        for bar in bars
        for corners in bar.get_path().to_polygons()
        if corners[0, 0] < 2024.5
    )
    count = content.panel.count.isel(dyad=0).sel(rank="cabinet").to_numpy()
    assert [top for top in tops if top > 0] == sorted(count[count > 0])


def test_last_bar_ends_at_the_as_of_date(content):
    start, end = observed(content)
    assert end[-1] == pytest.approx(2024.84, abs=0.01)
    assert (np.diff(start) > 0).all()


def test_first_year_starts_with_the_relation(content):
    assert observed(content)[0][0] == pytest.approx(1991.96, abs=0.01)
