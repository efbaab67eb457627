"""The record against registers that miss nothing: which visits it has, and which of its visits they know.

The Office of the Historian lists every journey abroad of presidents and secretaries of state and every official visit of
a foreign leader to the United States. *Recall* is the share of its entries that the coded record has, *precision* the share of
coded contacts of that kind that it lists. Intervals are exact binomial ones (Clopper and Pearson 1934,
doi 10.1093/biomet/26.4.404).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

IN_PERSON = ("visit", "meeting")
LEADER = ("president", "prime_minister")
KIND: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "president_travel": lambda row: (row["us_rank"] == "president") & (row["direction"] == "us_to_partner"),
    "secretary_travel": lambda row: (row["us_principal"].str.contains("(Secretary of State)", regex=False)
                                     & (row["us_rank"] == "cabinet") & (row["direction"] == "us_to_partner")),
    "visit_to_us": lambda row: row["partner_rank"].isin(LEADER) & (row["direction"] == "partner_to_us"),
}
"""Which coded contacts each register should list."""


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Agreement of a record with the registers.

    Parameters
    ----------
    table : DataFrame
        One row per register: register, entries, found, recall, recall_low, recall_high, contacts, listed, precision,
        precision_low, precision_high.
    missed : DataFrame
        Entries of the registers that no contact matches.
    unlisted : DataFrame
        Contacts of a kind that a register lists, and which it does not have; column ``register`` added.
    """

    table: pd.DataFrame
    missed: pd.DataFrame
    unlisted: pd.DataFrame


def recall(contact: pd.DataFrame, register: pd.DataFrame, *, days: int = 3, coverage: float = 0.9) -> Recall:
    """Match a record with register entries of its partner.

    Parameters
    ----------
    contact : DataFrame
        Columns of the codebook, ``date`` as datetime64.
    register : DataFrame
        Entries of :func:`forecast.panel.registers.load_registers` for one country.
    days : int
        A contact matches an entry when it falls between its first and last day, give or take so many days; a contact of
        which only the month is known, when the month does.
    coverage : float
        Of the binomial intervals.
    """
    rows, missed, unlisted = [], [], []
    person = contact[contact["format"].isin(IN_PERSON)]
    for name, kind in KIND.items():
        coded, entry = person[kind(person)], register[register["register"] == name]
        match = _matches(coded, entry, days)
        found, listed = match.any(axis=0), match.any(axis=1)
        rows.append({"register": name, **_share("entries", "found", "recall", found, coverage),
                     **_share("contacts", "listed", "precision", listed, coverage)})
        missed.append(entry[~found])
        unlisted.append(coded[~listed].assign(register=name))
    return Recall(table=pd.DataFrame(rows), missed=pd.concat(missed, ignore_index=True),
                  unlisted=pd.concat(unlisted, ignore_index=True))


def _matches(coded: pd.DataFrame, entry: pd.DataFrame, days: int) -> np.ndarray:
    """Whether each contact matches each entry, (contact, entry)."""
    day, one = coded["date"], pd.Timedelta(days=1)
    month = coded["date_precision"] == "month"
    first = day.where(~month, day.dt.to_period("M").dt.start_time).to_numpy()
    last = day.where(~month, day.dt.to_period("M").dt.end_time.dt.normalize()).to_numpy()
    start = (entry["start"] - days * one).to_numpy()
    end = (entry["end"].fillna(entry["start"]) + days * one).to_numpy()
    found: np.ndarray = (first[:, None] <= end) & (last[:, None] >= start)
    return found


def _share(total: str, part: str, name: str, hit: np.ndarray, coverage: float) -> dict[str, float]:
    found = {total: len(hit), part: int(hit.sum())}
    if not len(hit):
        return found | {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    interval = binomtest(found[part], len(hit)).proportion_ci(coverage)
    return found | {name: hit.mean(), f"{name}_low": interval.low, f"{name}_high": interval.high}
