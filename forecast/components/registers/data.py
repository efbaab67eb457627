"""The register panel as the component sees it."""

import numpy as np

from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel.countries import REGION
from forecast.panel.register_panel import RegisterPanel
from forecast.panel.registers import CHANNEL

AXES = {
    "count": ("country", "channel", "period"), "exposure": ("country", "period"), "region_of_country": ("country",),
    **dict.fromkeys(("term_of_period", "covid"), ("period",)), **dict.fromkeys(("type_of_term", "president_of_term"), ("term",)),
    "gap": ("step",), "country_weight": ("country", "channel"), "region_weight": ("region", "term")}
"""Axes of the arrays; a step lies between two terms."""


def select(panel: RegisterPanel) -> ComponentData:
    """Counts and exposure per country, channel and period, and the weights by which means are taken out.

    Returns
    -------
    ComponentData
        ``count`` (country, channel, period), ``exposure`` (country, period) in years, ``region_of_country``,
        ``term_of_period``, ``covid`` (period), ``type_of_term``, ``president_of_term``, ``gap`` (term - 1): time between
        the middles of successive terms in units of four years, ``country_weight`` (country, channel): shares of the counts of
        a channel, ``region_weight`` (region, term): counts.
    """
    president = tuple(dict.fromkeys(term.president for term in panel.administration))
    count = panel.count.to_numpy()
    regions = tuple(label for label in REGION if label in set(panel.country["region"]))
    region = np.array([regions.index(label) for label in panel.country["region"]], np.int64)
    term = panel.period["term"].to_numpy(np.int64)
    array = {
        "count": count,
        "exposure": panel.exposure.to_numpy(),
        "region_of_country": region,
        "term_of_period": term,
        "covid": panel.period["covid"].to_numpy(float),
        "type_of_term": np.array([codes.TYPE.index(one.type) for one in panel.administration], np.int64),
        "president_of_term": np.array([president.index(one.president) for one in panel.administration], np.int64),
        "gap": np.diff(panel.period.groupby("term")["midpoint"].mean().to_numpy()) / 4,
        "country_weight": _share(count.sum(axis=2)),
        "region_weight": _by_region_and_term(count.sum(axis=1), region, term),
    }
    coord = {"country": tuple(panel.country["country"]), "channel": CHANNEL.labels, "region": regions,
             "term": tuple(one.name for one in panel.administration), "type": codes.TYPE.labels, "president": president}
    return ComponentData(array=array, coord=coord)


def _by_region_and_term(count: np.ndarray, region: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Counts (region, term) from counts (country, period)."""
    total = np.zeros((region.max() + 1, term[-1] + 1))
    np.add.at(total, (region[:, None], term[None]), count)
    return total


def _share(count: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum over the first axis; equal shares where there is none."""
    total = count.sum(axis=0)
    return np.where(total > 0, count / np.maximum(total, 1), 1 / len(count))
