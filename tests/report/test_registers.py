"""The figure of type effects: every interval drawn, and what one term cannot tell is said."""

import numpy as np
import xarray as xr

from forecast.panel.registers import CHANNEL as CHANNELS
from forecast.panel.registers import REGION as REGIONS
from forecast.report.figures.countries import CONTRAST, REGION, draw_types, table_of_types
from forecast.report.words import CHANNEL

TYPES = ("democratic", "republican", "republican_trumpist")


def example():
    rng = np.random.default_rng(1)
    effect = xr.DataArray(rng.normal(0, 0.2, (50, 3, len(REGIONS), 3)), dims=("draw", "type", "region", "channel"),
                          coords={"type": list(TYPES), "region": list(REGIONS), "channel": list(CHANNELS)})
    return effect - effect.mean("type"), rng.normal(-0.5, 0.1, (50, 2, 3))


def test_words_for_every_code():
    assert set(REGION) == set(REGIONS)
    assert set(CHANNEL) == set(CHANNELS)


def test_the_figure_has_a_panel_per_channel_and_says_what_it_cannot_tell():
    effect, level = example()
    figure = draw_types(effect, level, "central_asia", "4 November 2024", "7,000 entries.", 1)
    assert [ax.get_title("left") for ax in figure.axes] == list(CHANNEL.values())
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[:3] == ["Level, all countries", "Level, Central Asia", "Central Asia"]
    assert len(labels) == len(REGIONS) + 2
    assert any("cannot" in text.get_text() for text in figure.texts)


def test_the_table_has_the_numbers_of_the_figure():
    effect, level = example()
    rows = table_of_types(effect, level, "central_asia")
    assert len(rows) == 2 * 3 + len(CONTRAST) * len(REGIONS) * 3
    row = next(one for one in rows if one["contrast"] == "type_republican_minus_democratic" and one["region"] == "oceania"
               and one["channel"] == "visit_to_us")  # fmt: skip
    at = effect.sel(region="oceania", channel="visit_to_us")
    assert row["q50"] == np.quantile(at.sel(type="republican") - at.sel(type="democratic"), 0.5)
