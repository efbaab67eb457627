"""The panel of several dyads with their common occasions as a unit of its own.

A summit of all at once makes a row in the record of every dyad. Taken as contacts of each, one shock is counted several times.
Here it is counted once: its first row, in the order of the dyads, goes over to a unit that stands beside them on the axis
``dyad``, and the others are left out.
"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import xarray as xr

from forecast.contacts.region import Region
from forecast.dims import DYAD
from forecast.panel.calendar import through
from forecast.panel.panel import Panel, contact_counts, month_counts, topic_matrix, years_observed

LEAST = 1e-9
"""Years of exposure that stand for none, where a unit did not yet exist: nothing is expected, and its logarithm is finite."""


def with_common_unit(panel: Panel, unit: str) -> Panel:
    """Count every occasion of several dyads once.

    Parameters
    ----------
    panel : Panel
        Of several dyads, with ``occasion_id`` in `contact`, empty where a contact is that of one dyad.
    unit : str
        Label of the unit of common occasions on the axis ``dyad``.

    Returns
    -------
    Panel
        With the unit after the dyads, observed from the day after its first occasion on, which stays with the dyads: counted in
        the unit, it would be an event that had to happen at once. Without the unit where no other occasion was shared.
    """
    contact = panel.contact
    common = shared_rows(contact) & ~_first(contact)
    seen = replace(panel, seen=panel.count, attended=_attended(contact[common], panel),
                   exposure=panel.exposure.clip(min=LEAST))
    if not common.any():
        return seen
    order = contact["dyad"].map(panel.dyad.index)
    chosen = ~contact.assign(order=order)[common].sort_values("order", kind="stable")["occasion_id"].duplicated()
    kept = ~common
    kept[chosen.index[chosen]] = True
    begins = contact.loc[_first(contact), "date"].min().date() + timedelta(days=1)
    dyad = (*panel.dyad, unit)
    table = contact.assign(dyad=contact["dyad"].mask(common, unit))[kept].reset_index(drop=True)
    return replace(
        seen, dyad=dyad, shared=unit, contact=table, topic=panel.topic[kept], reported=panel.reported[kept],
        pages=panel.pages[kept], media=_pages(panel.media, kept.to_numpy()),
        count=contact_counts(table, dyad, len(panel.year)), exposure=_exposure(seen, unit, begins),
        month_count=month_counts(table))


def once_each(panel: Panel, region: Region) -> Panel:
    """Every occasion of several dyads once: as a contact of the first that took part, in the order of the dyads.

    The record of the first dyad stays as it is. In those of the others, agenda and outcome of an occasion are those of it as a
    whole, where the region codes it so; a contact that is also a bilateral meeting stays as that.

    Parameters
    ----------
    panel : Panel
        Of several dyads, with ``occasion_id`` in `contact`.
    region : Region
        Its occasions.
    """
    contact = panel.contact
    order = contact["dyad"].map(panel.dyad.index)
    first = order.groupby(contact["occasion_id"]).transform("min")  # one dyad may have several rows of an occasion
    more = region.occasions[region.occasions["own_part"]]
    besides = pd.MultiIndex.from_frame(contact[["dyad", "id"]]).isin(pd.MultiIndex.from_frame(more[["dyad", "contact_id"]]))
    repeated = ((contact["occasion_id"] != "") & (order > first) & ~besides).to_numpy(bool)
    table = _coded_whole(contact, region, ~besides & (order > 0).to_numpy(bool))[~repeated].reset_index(drop=True)
    return replace(
        panel, contact=table, topic=topic_matrix(table), reported=table["agenda"].to_numpy() != "", pages=panel.pages[~repeated],
        media=_pages(panel.media, ~repeated), count=contact_counts(table, panel.dyad, len(panel.year)),
        month_count=month_counts(table))


def _coded_whole(contact: pd.DataFrame, region: Region, some: np.ndarray) -> pd.DataFrame:
    """Some of the contacts with the agenda and outcome of their occasion as a whole, where there is such a coding."""
    whole = region.shared.set_index("occasion_id")
    chosen = contact["occasion_id"].isin(whole.index) & some
    if not chosen.any():
        return contact
    coded = {column: contact[column].mask(chosen, contact["occasion_id"].map(whole[column])).astype(contact[column].dtype)
             for column in ("agenda", "outcome")}
    return contact.assign(**coded)


def shared_rows(contact: pd.DataFrame) -> pd.Series:
    """Whether a contact is an occasion with rows of several of the dyads, bool (contact,)."""
    id = contact["occasion_id"]
    dyads = contact.groupby("occasion_id")["dyad"].transform("nunique")
    return (id != "") & (dyads > 1)


def _first(contact: pd.DataFrame) -> pd.Series:
    """Whether a contact is of the first occasion that several dyads share, bool (contact,)."""
    common = contact[shared_rows(contact)]
    first = common.loc[common["date"].idxmin(), "occasion_id"] if len(common) else None
    return (contact["occasion_id"] == first) & shared_rows(contact)


def _attended(common: pd.DataFrame, panel: Panel) -> np.ndarray:
    """Occasions of every term that each dyad attended and did not, (dyad, term, 2)."""
    once = common.assign(term=panel.year["term"].to_numpy()[common["year"].to_numpy(int)])
    once = once.sort_values("date", kind="stable").drop_duplicates(["dyad", "occasion_id"])
    term = once.groupby("occasion_id")["term"].transform("min")  # one that spans a change of terms counts where it began
    own = np.zeros((len(panel.dyad), len(panel.administration)), int)
    np.add.at(own, (once["dyad"].map(panel.dyad.index).to_numpy(int), term.to_numpy(int)), 1)
    held = np.bincount(term.groupby(once["occasion_id"]).first().to_numpy(int), minlength=own.shape[1])
    return np.stack([own, held - own], axis=-1)


def _pages(media: pd.DataFrame, kept: np.ndarray) -> pd.DataFrame:
    """Pages of the contacts that are kept, with their new positions."""
    place = np.where(kept, np.cumsum(kept) - 1, -1)[media["contact"].to_numpy(int)]
    return media.assign(contact=place)[place >= 0].reset_index(drop=True)


def _exposure(panel: Panel, unit: str, begins: date) -> xr.DataArray:
    span = through(begins, panel.as_of)
    own = years_observed({unit: span}, panel.year)
    both = np.vstack([panel.exposure.to_numpy(), np.maximum(own.to_numpy(), LEAST)])
    return xr.DataArray(both, {**panel.exposure.coords, DYAD: [*panel.dyad, unit]}, panel.exposure.dims,
                        attrs=panel.exposure.attrs, name=panel.exposure.name)
