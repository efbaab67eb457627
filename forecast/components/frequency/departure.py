r"""Where the last term of a record went: a direction for quantities that depend on the record.

A projection that takes term levels to persist too little is right on average over all records, because levels above and below
the mean cancel, and ranks of the projected rates hardly show it. With :math:`d_r` the departure of rank :math:`r` in the last
term from a line through the log rates of all terms, :math:`\sum_r d_r\, \eta_r` of the coming term is projected too low where
levels persist more than is assumed, whichever way they went (quantities that depend on the data: Modrak et al. 2023,
doi 10.1214/23-BA1404).
"""

from collections.abc import Mapping

import numpy as np

HALF = 0.5
"""Added to counts, of which some are zero."""


def last_departure(array: Mapping[str, np.ndarray]) -> np.ndarray:
    """Departure of the last term's log rate from a line through those of all terms, (rank,), in units of its largest.

    Parameters
    ----------
    array : mapping
        As made by :mod:`forecast.components.frequency.data`; every term counts, held out or not.
    """
    terms = len(array["type_of_term"])
    count, exposure = np.zeros((terms, array["count"].shape[1])), np.zeros(terms)
    np.add.at(count, array["term"], array["count"].sum(axis=0).T)
    np.add.at(exposure, array["term"], array["exposure"].sum(axis=0))
    seen = exposure > 0
    rate = np.log((count[seen] + HALF) / exposure[seen, None])
    time = np.vander(np.arange(len(rate), dtype=float), 2)
    left = (rate - time @ np.linalg.lstsq(time, rate, rcond=None)[0])[-1]
    largest = np.abs(left).max()
    return left / largest if largest > 0 else np.ones_like(left)
