import numpy as np
import pytest
from matplotlib.patches import PathPatch

from forecast.report.figures import history
from forecast.report.figures.history import observed_span


@pytest.mark.parametrize("rank", ["cabinet", "all"])
def test_bars_are_the_counts_of_the_panel(content, rank):
    figure = history.draw(content)
    panel = next(ax for ax in figure.axes if ax.get_title(loc="left") == content.named("contact", rank))
    bars = [patch for patch in panel.patches if isinstance(patch, PathPatch)]
    tops = sorted(corners[:, 1].max() for bar in bars for corners in bar.get_path().to_polygons())
    counts = content.panel.count.isel(dyad=0)
    count = (counts.sum("rank") if rank == "all" else counts.sel(rank=rank)).to_numpy()
    joined = np.array([count[0] + count[1], *count[2:]])  # the first days of the relation are no year
    assert [top for top in tops if top > 0] == sorted(joined[joined > 0])
    assert joined.sum() == count.sum()


def test_the_first_days_have_no_bar_of_their_own(content):
    start, end, _, count = history.recorded_years(content, "cabinet")
    assert start[0] == observed_span(content)[0][0]
    assert end[0] == observed_span(content)[1][1]
    assert (end - start).min() > history.SHORTEST
    assert len(start) == len(end) == len(count) == len(observed_span(content)[0]) - 1


def test_futures_have_a_panel_of_their_own_on_a_wider_scale(content):
    figure = history.draw(content)
    past = next(ax for ax in figure.axes if ax.get_title(loc="left") == "All ranks")
    ahead = figure.axes[figure.axes.index(past) + 1]
    wide = [ax.get_position().width / np.ptp(ax.get_xlim()) for ax in (past, ahead)]
    assert ahead.get_xlim() == (2025, 2029)
    assert wide[1] > 3 * wide[0]
    assert past.get_xlim()[1] == pytest.approx(2024.84, abs=0.01)


def test_last_bar_ends_at_the_as_of_date(content):
    start, end = observed_span(content)
    assert end[-1] == pytest.approx(2024.84, abs=0.01)
    assert (np.diff(start) > 0).all()


def test_first_year_starts_with_the_relation(content):
    assert observed_span(content)[0][0] == pytest.approx(1991.96, abs=0.01)
