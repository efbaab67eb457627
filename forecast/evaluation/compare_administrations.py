"""What administrations did, side by side, from the record alone: counts, shares, means and their differences.

Every measure is counted contact by contact and summed by visit (:mod:`forecast.evaluation.visits` says why, and what the
intervals are). Nothing is held constant: presidents governed in other years, with another web and other partners, and were coded
with other effort. Where the posterior of the recorded share is given (:mod:`forecast.components.completeness`), contacts per year
are also told with each contact divided by the recorded share of its rank and era, draw by draw.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

from forecast.components.completeness import eras_of
from forecast.contacts import codes
from forecast.evaluation.skill import holm
from forecast.evaluation.visits import (
    DRAWS,
    MEAN,
    PER_CONTACT,
    RATE,
    SHARE,
    Cases,
    Governed,
    central_interval,
    distance_table,
    draw,
    frame_table,
    sizes,
    two_sided_p,
    value_of,
)
from forecast.panel import Panel
from forecast.panel.summary import ALL, SIDES

CODED = {"us_rank": codes.RANK, "format": codes.FORMAT, "direction": codes.DIRECTION, "mechanism": codes.MECHANISM}
"""Columns whose codes are counted per year."""
ADJUSTED = "us_rank, adjusted"
"""Contacts per year by rank, each divided by the recorded share."""
COVERAGE, PAGES, TONE = "coverage", "pages", "tone"
UNIT = {RATE: "per year", SHARE: "share", PER_CONTACT: "pages per contact", MEAN: "tone"}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Tables of a comparison.

    Parameters
    ----------
    sides : tuple of Governed
        Who is compared.
    count : DataFrame
        One row per president, group and key: n (of a mean, the pages that it is of), of (what n is a part of), years, visits,
        unit, value, low, high (95 %).
    difference : DataFrame
        One row per pair, group and key: first, second, n_first, n_second, of_first, of_second, difference, low, high, ratio,
        ratio_low, ratio_high (rates with contacts on both sides), p, p_holm (corrected for the number of comparisons of the
        pair), beyond_zero.
    frame, frame_distance : DataFrame
        See :mod:`forecast.evaluation.visits`; empty where the record has no page.
    adjusted : bool
        Whether adjusted counts are among the rows.
    """

    sides: tuple[Governed, ...]
    count: pd.DataFrame
    difference: pd.DataFrame
    frame: pd.DataFrame
    frame_distance: pd.DataFrame
    adjusted: bool

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every two names, in the order given."""
        return list(combinations([one.name for one in self.sides], 2))

    @property
    def has_pages(self) -> bool:
        """Whether any page of news or analysis is on record for those who are compared."""
        return not self.frame.empty


def compare_presidents(panel: Panel, sides: Sequence[Governed], seed: int, share: xr.DataArray | None = None) -> Comparison:
    """Count and compare.

    Parameters
    ----------
    panel : Panel
        The record.
    sides : sequence of Governed
        Two or more, without a shared term.
    seed : int
        Decides the draws; those of a name do not depend on whom it is compared with.
    share : DataArray, axes (draw, rank, era), optional
        Posterior of the recorded share.
    """
    label, kind, part, whole = _measures(panel, sides)
    cases = [Cases(part=_by_visit(part, one), whole=_by_visit(whole, one), years=one.years) for one in sides]
    size = sizes(cases, kind)
    drawn = [draw(one, kind, size, _rng(seed, side)) for one, side in zip(cases, sides, strict=True)]
    value = [value_of(one, kind) for one in cases]
    if share is not None:
        more = [_adjusted(panel, one, share, _rng(seed, one, b"adjusted")) for one in sides]
        ranks = [(ADJUSTED, rank) for rank in (ALL, *codes.RANK)]
        label, kind = [*label, *ranks], np.append(kind, [RATE] * len(ranks))
        value = [np.append(one, new) for one, (new, _) in zip(value, more, strict=True)]
        drawn = [np.concatenate([one, new], axis=1) for one, (_, new) in zip(drawn, more, strict=True)]
        cases = [_with_ranks(one, label) for one in cases]
    tables = [_count(side, one, label, kind, at, draws)
              for side, one, at, draws in zip(sides, cases, value, drawn, strict=True)]
    count = pd.concat(tables, ignore_index=True)
    pages = any(one.contact.size for one in sides) and _pages(panel, sides)
    return Comparison(
        sides=tuple(sides), count=count, adjusted=share is not None,
        difference=pd.concat([_difference(count, label, kind, sides, drawn, pair) for pair in combinations(range(len(sides)), 2)],
                             ignore_index=True),
        frame=frame_table(panel, sides) if pages else pd.DataFrame(),
        frame_distance=distance_table(panel, sides, seed) if pages else pd.DataFrame())


def _rng(seed: int, side: Governed, more: bytes = b"") -> np.random.Generator:
    return np.random.default_rng([seed, *side.name.encode(), *more])


def _pages(panel: Panel, sides: Sequence[Governed]) -> bool:
    """Whether the partner's or the American media have a page about any contact of those who are compared."""
    return bool(sum(panel.pages[one.contact].sum() for one in sides))


type Measure = tuple[tuple[str, str], str, np.ndarray, np.ndarray]
"""Group and key; kind; part and whole of every contact, each (contact,)."""


def _measures(panel: Panel, sides: Sequence[Governed]) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray, np.ndarray]:
    """Labels, kinds (measure,), parts and wholes (contact, measure) of all that is counted."""
    found = [*_of_contacts(panel), *(_of_pages(panel) if _pages(panel, sides) else ())]
    label, kind, part, whole = zip(*found, strict=True)
    return list(label), np.array(kind), np.stack(part, axis=1).astype(float), np.stack(whole, axis=1).astype(float)


def _of_contacts(panel: Panel) -> Iterator[Measure]:
    contact = panel.contact
    one = np.ones(len(contact))
    yield (("contacts", ALL), RATE, one, one)
    for column, listed in CODED.items():
        for code in listed:
            yield (column, code), RATE, (contact[column] == code).to_numpy(), one
    for place, topic in enumerate(codes.TOPIC):
        yield ("agenda", topic), SHARE, panel.topic[:, place] & panel.reported, panel.reported
    outcome = contact["outcome"].to_numpy()
    for number in codes.OUTCOME.numbers:
        yield ("outcome", str(number)), SHARE, outcome == number, one


def _of_pages(panel: Panel) -> Iterator[Measure]:
    one = np.ones(len(panel.contact))
    page = panel.media[panel.media["kind"] != "official"]
    for side in SIDES:
        own = page[page["side"] == side]
        pages, tone = np.zeros(len(one)), np.zeros(len(one))
        np.add.at(pages, own["contact"].to_numpy(int), 1)
        np.add.at(tone, own["contact"].to_numpy(int), own["tone"].to_numpy())
        yield (COVERAGE, side), SHARE, pages > 0, one
        yield (PAGES, side), PER_CONTACT, pages, one
        yield (TONE, side), MEAN, tone, pages


def _by_visit(values: np.ndarray, side: Governed) -> np.ndarray:
    """Sums over the contacts of each visit, (visit, measure)."""
    total = np.zeros((side.n_visit, values.shape[1]))
    np.add.at(total, side.visit, values[side.contact])
    return total


def _adjusted(panel: Panel, side: Governed, share: xr.DataArray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Contacts per year, each divided by the recorded share of its rank and era: values (rank + 1,), draws (draw, rank + 1)."""
    era = eras_of(panel.administration)[0][panel.contact["term"].to_numpy(int)[side.contact]]
    rank = np.array([codes.RANK.index(label) for label in panel.contact["us_rank"].iloc[side.contact]], int)
    grid = np.zeros((side.n_visit, len(codes.RANK), share.sizes["era"]))
    np.add.at(grid, (side.visit, rank, era), 1)
    inverse = 1 / share.transpose("draw", "rank", "era").to_numpy()
    fixed = np.einsum("re,dre->dr", grid.sum(0), inverse)
    value = np.concatenate([np.median(fixed.sum(1))[None], np.median(fixed, axis=0)])
    # the same posterior draws for every president: what is not known of recording is not known of all of them
    inverse = inverse[np.linspace(0, len(inverse), DRAWS, endpoint=False).astype(int)]
    now = np.bincount(era, minlength=share.sizes["era"]).argmax()
    prior = rng.gamma(0.5, size=(DRAWS, len(codes.RANK))) * inverse[:, :, now]
    weight = rng.standard_exponential((DRAWS, side.n_visit))
    by_rank = np.einsum("dre,dre->dr", np.tensordot(weight, grid, 1), inverse)
    every = by_rank.sum(1, keepdims=True) + prior.mean(1, keepdims=True)
    return value / side.years, np.concatenate([every, by_rank + prior], axis=1) / side.years


def _with_ranks(cases: Cases, label: Sequence[tuple[str, str]]) -> Cases:
    """The recorded contacts behind the adjusted rows, so that n is told there, too."""
    place = [label.index(("contacts", ALL)), *(label.index(("us_rank", rank)) for rank in codes.RANK)]
    return Cases(part=np.concatenate([cases.part, cases.part[:, place]], axis=1),
                 whole=np.concatenate([cases.whole, cases.whole[:, place]], axis=1), years=cases.years)


def _count(side: Governed, cases: Cases, label: Sequence[tuple[str, str]], kind: np.ndarray, value: np.ndarray,
           drawn: np.ndarray) -> pd.DataFrame:
    low, high = central_interval(drawn)
    known = ~np.isnan(value)
    table = pd.DataFrame(label, columns=["group", "key"])
    counted = np.where(kind == MEAN, cases.whole.sum(0), cases.part.sum(0))  # of a mean the pages, not their sum
    return table.assign(
        president=side.name, n=counted.astype(int), of=cases.whole.sum(0).astype(int), years=side.years,
        visits=side.n_visit, unit=[UNIT[one] for one in kind], value=value, low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan))


def _difference(count: pd.DataFrame, label: Sequence[tuple[str, str]], kind: np.ndarray, sides: Sequence[Governed],
                drawn: Sequence[np.ndarray], pair: tuple[int, int]) -> pd.DataFrame:
    """Every measure of one president minus that of another; missing where one of them has none."""
    one, other = (count[count["president"] == sides[place].name].reset_index(drop=True) for place in pair)
    table = pd.DataFrame(label, columns=["group", "key"]).assign(
        first=sides[pair[0]].name, second=sides[pair[1]].name, unit=one["unit"], n_first=one["n"], n_second=other["n"],
        of_first=one["of"], of_second=other["of"], difference=one["value"] - other["value"])
    apart = drawn[pair[0]] - drawn[pair[1]]
    low, high = central_interval(apart)
    told = table["difference"].notna() & ((one["n"] > 0) | (other["n"] > 0))  # never seen under either: no case
    table = table.assign(low=low, high=high, p=two_sided_p(apart))
    table.loc[~told, ["low", "high", "p"]] = np.nan
    table = table.assign(beyond_zero=told & ((table["low"] > 0) | (table["high"] < 0)), p_holm=np.nan)
    if told.any():
        table.loc[told, "p_holm"] = holm(table.loc[told, "p"].to_numpy())
    return table.assign(**_ratio(table, kind, one, other, drawn[pair[0]], drawn[pair[1]]))


def _ratio(table: pd.DataFrame, kind: np.ndarray, one: pd.DataFrame, other: pd.DataFrame, first: np.ndarray,
           second: np.ndarray) -> dict[str, np.ndarray]:
    """Ratios of rates where both sides have contacts."""
    both = (kind == RATE) & (table["n_first"] > 0).to_numpy() & (table["n_second"] > 0).to_numpy()
    found = {name: np.full(len(kind), np.nan) for name in ("ratio", "ratio_low", "ratio_high")}
    if both.any():
        low, high = central_interval(np.log(first[:, both]) - np.log(second[:, both]))
        found["ratio"][both] = (one["value"] / other["value"])[both]
        found["ratio_low"][both], found["ratio_high"][both] = np.exp(low), np.exp(high)
    return found


# Every contact in order of time, with its sources; what was agreed; what was begun, kept, dropped.

COLUMNS = ("date", "date_precision", "president", "us_rank", "us_principal", "partner_rank", "partner_principal", "format",
           "direction", "place", "mechanism", "agenda", "outcome", "outcome_note", "confidence", "pages", "id", "sources")
NO_MECHANISM = "none"
"""Code of contacts outside standing mechanisms."""
BEGUN, KEPT, RESUMED, DROPPED, LEFT, FIRST = "begun", "kept", "resumed", "dropped", "not taken up", "no term before"
PRACTICE = ("president", "kind", "key", "before", "term_before", "within", "after", "first_seen", "first_within", "last_within",
            "last_seen", "status")
STATUS = {
    BEGUN: "on record for the first time", KEPT: "on record in the term before, too", RESUMED: "on record before, but not in "
    "the term before", DROPPED: "on record in the term before, and not here", LEFT: "on record before the term before, and not "
    "here", FIRST: "the record has no term before",
}


def chronology(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """One row per contact by date; ``pages`` counts those of media.csv, official ones included, ``visit`` numbers visits."""
    pages = np.bincount(panel.media["contact"].to_numpy(int), minlength=len(panel.contact))
    parts = [panel.contact.iloc[one.contact].assign(president=one.name, pages=pages[one.contact], visit=one.visit + 1)
             for one in sides]
    table = pd.concat(parts).sort_index()
    dyad = ("dyad",) if len(panel.dyad) > 1 else ()
    return table[[*dyad, *COLUMNS, "visit"]].reset_index(drop=True)


def agreements(table: pd.DataFrame) -> pd.DataFrame:
    """Contacts of a chronology at which something was agreed, the weightiest first, then by date."""
    found = table[table["outcome"] > codes.OUTCOME.numbers[0]]
    columns = ["president", "outcome", "date", "outcome_note", "us_principal", "partner_principal", "mechanism", "id", "sources"]
    place = found["president"].map({one: at for at, one in enumerate(dict.fromkeys(table["president"]))})
    order = np.lexsort([found["date"], -found["outcome"], place])
    return found.iloc[order][columns].reset_index(drop=True)


def practice(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """What each president began, kept and dropped: standing mechanisms and topics.

    Returns
    -------
    DataFrame
        One row per president, ``kind`` (mechanism or agenda) and key ever on record: before (contacts before the first term of
        the name), term_before (of these, in the term before), within, after; first_seen, first_within, last_within,
        last_seen (dates; NaT where there is none); status, a key of ``STATUS``.
    """
    date = panel.contact["date"]
    return pd.DataFrame([
        {"president": one.name, "kind": kind, "key": key} | _times(panel, one, date, mask)
        for one in sides for kind, key, mask in _practices(panel) if mask.any()], columns=list(PRACTICE))


def _practices(panel: Panel) -> Iterator[tuple[str, str, np.ndarray]]:
    for code in codes.MECHANISM:
        if code != NO_MECHANISM:
            yield "mechanism", code, (panel.contact["mechanism"] == code).to_numpy()
    for place, topic in enumerate(codes.TOPIC):
        yield "agenda", topic, panel.topic[:, place]


def _times(panel: Panel, one: Governed, date: pd.Series, mask: np.ndarray) -> dict[str, object]:
    """Counts and days of one practice around the terms of a name."""
    begin = pd.Timestamp(one.terms[0].start)
    within = np.zeros(len(mask), bool)
    within[one.contact] = True
    previous = [term for term in panel.administration if term.end <= one.terms[0].start][-1:]
    before = mask & (date < begin).to_numpy()
    just = mask & (panel.contact["administration"].isin([term.name for term in previous])).to_numpy()
    own = mask & within
    counts = {"before": int(before.sum()), "term_before": int(just.sum()), "within": int(own.sum()),
              "after": int((mask & ~before & ~within).sum())}
    return counts | {"first_seen": date[mask].min(), "first_within": date[own].min(), "last_within": date[own].max(),
                     "last_seen": date[mask].max(), "status": _status(bool(previous), counts)}


def _status(followed: bool, count: dict[str, int]) -> str:
    if not followed:
        return FIRST
    if count["within"]:
        return KEPT if count["term_before"] else RESUMED if count["before"] else BEGUN
    return DROPPED if count["term_before"] else LEFT if count["before"] else ""
