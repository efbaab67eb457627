"""Covariates of single contacts that several components share."""

import numpy as np

from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.parties import parties, predecessors_of

ORIGIN = 2009.05  # decimal year at which drift is zero: the middle of the record, a term boundary
AXES_OF_TERMS = {"type_of_term": ("term",), "president_of_term": ("term",), "party_of_type": ("type",),
                 "predecessor": ("president",)}
"""Axes of the arrays of :func:`by_term`."""


def decade(year: np.ndarray) -> np.ndarray:
    """Decades since the origin of every drift."""
    return (np.asarray(year, float) - ORIGIN) / 10


def presidents(panel: Panel) -> tuple[str, ...]:
    """Presidents of the record in order of first appearance."""
    return tuple(dict.fromkeys(term.president for term in panel.administration))


def covariates(panel: Panel) -> dict[str, np.ndarray]:
    """Index arrays of every contact, each of shape (contact,).

    Returns
    -------
    dict of str to numpy.ndarray
        ``rank``, ``term`` (indices), ``decade``, ``mechanism`` (1 where the contact belongs to a standing one),
        ``effective`` (1 where the outcome is 1 or more), ``breadth`` (log((1 + topics) / 3); 0 where the agenda is not reported).
    """
    contact = panel.contact
    date = contact["date"].dt
    n_topic = panel.topic.sum(axis=1)
    return {
        "rank": np.array([codes.RANK.index(rank) for rank in contact["us_rank"]], np.int64),
        "term": contact["term"].to_numpy(np.int64),
        "decade": decade(date.year.to_numpy() + (date.day_of_year.to_numpy() - 0.5) / 365.25),
        "mechanism": (contact["mechanism"] != "none").to_numpy(np.int64),
        "effective": (contact["outcome"] >= 1).to_numpy(np.int64),
        "breadth": np.where(panel.reported, np.log((1 + n_topic) / 3), 0.0),
    }


def by_term(panel: Panel) -> dict[str, np.ndarray]:
    """Who governed in every term and how these are related, as indices.

    Returns
    -------
    dict of str to numpy.ndarray
        ``type_of_term``, ``president_of_term`` (term,); ``party_of_type`` (type,), a number for each party; ``predecessor``
        (president,), who governed for the same party before, -1 where the record knows nobody.
    """
    president, party = presidents(panel), list(parties().values())
    before = predecessors_of(panel.administration)
    return {
        "party_of_type": np.array([party.index(one) for one in party], np.int64),
        "predecessor": np.array([-1 if (one := before[name]) is None else president.index(one) for name in president], np.int64),
        "type_of_term": np.array([codes.TYPE.index(term.type) for term in panel.administration], np.int64),
        "president_of_term": np.array([president.index(term.president) for term in panel.administration], np.int64),
    }


def coordinates(panel: Panel) -> dict[str, tuple[str, ...]]:
    """Labels of the axes that all components use."""
    return {
        "dyad": panel.dyad,
        "rank": codes.RANK.labels,
        "type": codes.TYPE.labels,
        "president": presidents(panel),
        "term": tuple(term.name for term in panel.administration),
    }
