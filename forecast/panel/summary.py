"""What a panel holds, counted: recorded contacts by administration, rank, topic, outcome, and their pages.

The record against registers that miss nothing: which visits it has, and which of its visits they know.

The Office of the Historian lists every journey abroad of presidents and secretaries of state and every official visit of
a foreign leader to the United States. *Recall* is the share of its entries that the coded record has, *precision* the share of
coded contacts of that kind that it lists. Intervals are exact binomial ones (Clopper and Pearson 1934,
doi 10.1093/biomet/26.4.404).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.panel.panel import OTHER, Panel

ALL = "all"
"""Label of the sum over ranks, and over types."""
SIDES = (*codes.SIDE, OTHER)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Tidy tables of one dyad's record; every count is of *recorded* contacts or of pages on record.

    Parameters
    ----------
    year : DataFrame
        By administration year and rank: observed_from, observed_until (half-open), administration, type, rank,
        years_observed, recorded_contacts.
    administration : DataFrame
        By administration and rank (and ``all``): type, years_observed, recorded_contacts, recorded_contacts_per_year.
    topic : DataFrame
        By type (and ``all``) and topic: reported_agendas, naming_topic, share.
    outcome : DataFrame
        By type (and ``all``) and outcome: recorded_contacts, with_outcome, share.
    media : DataFrame
        By type (and ``all``) and side: recorded_contacts, pages (news and analysis), official_pages,
        pages_per_contact, mean_tone (of news and analysis).
    """

    year: pd.DataFrame
    administration: pd.DataFrame
    topic: pd.DataFrame
    outcome: pd.DataFrame
    media: pd.DataFrame

    @property
    def n_contact(self) -> int:
        """Recorded contacts in all."""
        return int(self.year["recorded_contacts"].sum())


def summarise(panel: Panel) -> Summary:
    """Count the record of a panel of one dyad."""
    year = _year(panel)
    chosen = _by_type(panel)
    return Summary(year=year, administration=_administration(panel, year), topic=_topic(panel, chosen),
                   outcome=_outcome(panel, chosen), media=_media(panel, chosen))


def _by_type(panel: Panel) -> dict[str, np.ndarray]:
    """Contacts of each type of administration that was observed, then all; masks over contacts."""
    seen, of = set(panel.year["type"]), panel.contact["type"].to_numpy()
    return {kind: of == kind for kind in codes.TYPE if kind in seen} | {ALL: np.ones(len(of), dtype=bool)}


def _year(panel: Panel) -> pd.DataFrame:
    exposure = panel.exposure.isel(dyad=0).to_numpy()
    until = panel.year["end"].clip(upper=pd.Timestamp(panel.as_of + timedelta(days=1)))
    days = pd.to_timedelta(np.rint(exposure * DAYS_PER_YEAR), unit="D")
    of_year = panel.year[["administration", "type"]].assign(
        observed_from=until - days, observed_until=until, years_observed=exposure)
    count = panel.count.isel(dyad=0)
    return pd.concat([of_year.assign(rank=rank, recorded_contacts=count.sel(rank=rank).to_numpy()) for rank in codes.RANK],
                     ignore_index=True)


def _administration(panel: Panel, year: pd.DataFrame) -> pd.DataFrame:
    every = year.groupby(["observed_from", "administration", "type"], as_index=False).agg(
        observed_until=("observed_until", "first"), years_observed=("years_observed", "first"),
        recorded_contacts=("recorded_contacts", "sum"))
    rows = pd.concat([year, every.assign(rank=ALL)])
    summed = rows.groupby(["administration", "type", "rank"])[["years_observed", "recorded_contacts"]].sum()
    order = [(term.name, term.type, rank) for term in panel.administration for rank in (*codes.RANK, ALL)]
    table = summed.reindex(pd.MultiIndex.from_tuples(order, names=summed.index.names)).reset_index()
    return table.assign(recorded_contacts_per_year=_ratio(table["recorded_contacts"], table["years_observed"]))


def _topic(panel: Panel, chosen: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = []
    for kind, mask in chosen.items():
        named = panel.topic[mask & panel.reported].sum(0)
        total = int((mask & panel.reported).sum())
        rows += [{"type": kind, "topic": topic, "reported_agendas": total, "naming_topic": int(named[place])}
                 for place, topic in enumerate(codes.TOPIC)]
    table = pd.DataFrame(rows)
    return table.assign(share=_ratio(table["naming_topic"], table["reported_agendas"]))


def _outcome(panel: Panel, chosen: dict[str, np.ndarray]) -> pd.DataFrame:
    outcome = panel.contact["outcome"].to_numpy()
    table = pd.DataFrame([
        {"type": kind, "outcome": code, "recorded_contacts": int(mask.sum()), "with_outcome": int((outcome[mask] == code).sum())}
        for kind, mask in chosen.items() for code in codes.OUTCOME.numbers])
    return table.assign(share=_ratio(table["with_outcome"], table["recorded_contacts"]))


def _media(panel: Panel, chosen: dict[str, np.ndarray]) -> pd.DataFrame:
    place, tone = panel.media["contact"].to_numpy(), panel.media["tone"].to_numpy()
    official = (panel.media["kind"] == "official").to_numpy()
    rows = []
    for kind, mask in chosen.items():
        for side in SIDES:
            own = mask[place] & (panel.media["side"] == side).to_numpy()
            rows.append({"type": kind, "side": side, "recorded_contacts": int(mask.sum()), "pages": int((own & ~official).sum()),
                         "official_pages": int((own & official).sum()), "tone_sum": int(tone[own & ~official].sum())})
    table = pd.DataFrame(rows)
    return table.drop(columns="tone_sum").assign(pages_per_contact=_ratio(table["pages"], table["recorded_contacts"]),
                                                 mean_tone=_ratio(table["tone_sum"], table["pages"]))


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Share or rate; missing where there is nothing to divide by."""
    return part / whole.where(whole > 0)


# The record against registers that miss nothing.

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
    from scipy.stats import binomtest  # most of a second

    found = {total: len(hit), part: int(hit.sum())}
    if not len(hit):
        return found | {name: np.nan, f"{name}_low": np.nan, f"{name}_high": np.nan}
    interval = binomtest(found[part], len(hit)).proportion_ci(coverage)
    return found | {name: hit.mean(), f"{name}_low": interval.low, f"{name}_high": interval.high}
