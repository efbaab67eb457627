"""Occasions: contacts that belong together because one visit, summit or delegation brought them about."""

import numpy as np
import pandas as pd

GAP_DAYS = 1
"""Contacts at most this many days apart are one occasion: a delegation stays for two or three days in a row."""


def occasion_of(contact: pd.DataFrame) -> np.ndarray:
    """Number of the occasion of every contact, shape (contact,), from 0 in order of date.

    An occasion is a run of contacts of one dyad and one direction, each known to the day and at most ``GAP_DAYS`` after
    the one before. A contact known only to the month or year stands alone.

    Parameters
    ----------
    contact : DataFrame
        As in :class:`~forecast.panel.panel.Panel`: dyad, date, date_precision, direction.
    """
    order = contact.sort_values(["dyad", "direction", "date"], kind="stable")
    near = order["date"].diff().dt.days.to_numpy() <= GAP_DAYS
    day = (order["date_precision"] == "day").to_numpy()
    same = near & day & np.roll(day, 1)
    for column in ("dyad", "direction"):
        same &= (order[column] == order[column].shift()).to_numpy()
    run = pd.Series(np.cumsum(~same), index=order.index).reindex(contact.index)
    return pd.factorize(run)[0]
