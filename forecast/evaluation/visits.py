r"""Counts, shares and means of a few cases that come in visits: draws from their posterior, and what a difference says.

What is measured of a president is, over the visits :math:`v` of the term (runs of contacts that one trip or delegation brought
about, :func:`forecast.panel.panel.occasion_of`), a rate, a share or a mean:

.. math::

    \lambda = \frac{\sum_v a_v}{T}, \qquad \pi = \frac{\sum_v a_v}{\sum_v b_v}

with :math:`a_v` what is counted on a visit (contacts of a rank, say), :math:`b_v` what it is a part of, and :math:`T` the years
observed. A visit is one case: its contacts share a place, a day and an agenda, and are not independent. Visits arrive as a
Poisson process with unknown marks. Under a gamma process prior the posterior gives every visit on record a weight
:math:`g_v \sim \mathrm{Exponential}(1)` (Lo 1982, doi 10.1007/BF00575525; given their number it is the Bayesian bootstrap of
Rubin 1981, doi 10.1214/aos/1176345338), so that

.. math::

    \lambda = \frac{\sum_v g_v a_v + h m}{T}, \qquad
    \pi = \frac{\sum_v g_v a_v + h m}{\sum_v g_v b_v + (h + h') m}, \qquad h, h' \sim \mathrm{Gamma}(\tfrac12, 1)

with :math:`m` the size of a visit that counts, averaged over both presidents. The weights :math:`h, h'` are the prior: half a
visit that counts, half a one that does not. Where visits are of one size they give the Jeffreys posteriors
:math:`\mathrm{Gamma}(n + \frac12, T)` and :math:`\mathrm{Beta}(s + \frac12, n - s + \frac12)`: what was never seen in a term is
not taken for impossible. A mean in [-1, 1] is a share on another scale, with prior weights at both ends.

A difference is told from zero where its central interval of probability ``LEVEL`` leaves zero out. Its two-sided p is twice the
smaller share of draws on one side of zero.

How far the frames of two sides' pages are apart
------------------------------------------------
And how far chance alone would put them.

With :math:`q_{sk}` the share of the pages of side :math:`s` that put topic :math:`k` first, the distance is the total variation

.. math:: D = \tfrac12 \sum_k |q_{1k} - q_{2k}|,

the share of pages that would have to change their topic, and the divergence of Jensen and Shannon (Lin 1991,
doi 10.1109/18.61115) in bits. Both are never below zero, and of few pages are well above it where nothing differs. So beside them
stands what chance alone gives: the pages of one side about one visit stay together as a block, and blocks are dealt out to the
sides anew, as many to each as there were (a permutation test by clusters). The interval is of the distance itself, from
resampled visits as above, and has its upward shift in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecast.contacts import codes
from forecast.errors import Fault, InputError, nearest
from forecast.panel import Panel
from forecast.panel.calendar import DAYS_PER_YEAR
from forecast.panel.elections import Administration
from forecast.panel.panel import occasion_of

# The presidents, or terms, that are put side by side: their contacts, visits and years on record.

FEWEST = 2
"""Names that a comparison takes."""


@dataclass(frozen=True, kw_only=True)
class Governed:
    """One president, or one term, on record.

    Parameters
    ----------
    name : str
        As administrations.csv writes it.
    terms : tuple of Administration
        Those of which a day was observed.
    years : float
        Observed, summed over dyads.
    first, last : date
        First and last day observed; of a name that was not observed at all, the as-of date.
    contact : ndarray of int, shape (contact of the name,)
        Positions in ``panel.contact``.
    visit : ndarray of int, shape (contact of the name,)
        Number of the visit of each of these contacts, from 0 in order of time.
    """

    name: str
    terms: tuple[Administration, ...]
    years: float
    first: date
    last: date
    contact: np.ndarray
    visit: np.ndarray

    @property
    def n_contact(self) -> int:
        """Contacts on record."""
        return len(self.contact)

    @property
    def n_visit(self) -> int:
        """Visits that they make."""
        return int(self.visit.max() + 1) if len(self.visit) else 0


def governed(panel: Panel, names: Sequence[str], terms: Sequence[Administration] = ()) -> tuple[Governed, ...]:
    """Find presidents and terms by name.

    Parameters
    ----------
    panel : Panel
        The record, cut at its as-of date.
    names : sequence of str
        Of presidents (``president`` in administrations.csv) or of terms (``name``); capitals do not matter.
    terms : sequence of Administration
        All that can be asked for, those of which no day was observed too; those of the panel where not given.

    Raises
    ------
    InputError
        With every name that is unknown, not observed, given twice or part of another; or where there are fewer than two.
    """
    known = _known(terms or panel.administration)
    faults: list[Fault] = []
    found: list[Governed] = []
    for name in names:
        written = {one.casefold(): one for one in known}.get(name.casefold().strip())
        if written is None:
            faults.append(_fault("a president or a term of administrations.csv", repr(name[:100]), nearest(name[:100], known)))
            continue
        one = _of(panel, written, known[written])
        if not one.terms:
            faults.append(_fault(f"one who governed between {panel.year['start'].iloc[0]:%Y} and {panel.as_of}, the as-of date",
                                 written, "Give another date (--as-of), or leave the name out."))
        for other in found:
            shared = sorted({term.name for term in one.terms} & {term.name for term in other.terms})
            if shared:
                faults.append(_fault("names without a common term", f"{other.name} and {one.name} ({', '.join(shared)})",
                                     "Leave one of them out: a contact would count on both sides."))
        found.append(one)
    if not faults and len(found) < FEWEST:
        faults.append(_fault("two names or more", f"{len(found)}", f"Name another: {', '.join(known)}."))
    if faults:
        raise InputError(faults)
    return tuple(found)


def _known(terms: Sequence[Administration]) -> dict[str, tuple[Administration, ...]]:
    """Every name that can be asked for and its terms: presidents first, then single terms of those who had several."""
    by_president = {term.president: tuple(one for one in terms if one.president == term.president) for term in terms}
    return {term.name: (term,) for term in terms} | by_president


def _of(panel: Panel, name: str, terms: Sequence[Administration]) -> Governed:
    own = {term.name for term in terms}
    mask = panel.contact["administration"].isin(own).to_numpy()
    years = panel.exposure.sum("dyad").to_numpy()[panel.year["administration"].isin(own).to_numpy()].sum()
    positions = np.flatnonzero(mask)
    visit = np.unique(occasion_of(panel.contact)[positions], return_inverse=True)[1] if len(positions) else positions
    first, last = _observed(panel, own)
    return Governed(name=name, terms=tuple(term for term in panel.administration if term.name in own), years=float(years),
                    first=first, last=last, contact=positions, visit=visit.astype(np.int64))


def _observed(panel: Panel, names: set[str]) -> tuple[date, date]:
    """First and last day of the terms that the panel covers."""
    chosen = panel.year["administration"].isin(names).to_numpy()
    if not chosen.any():
        return panel.as_of, panel.as_of
    exposure = panel.exposure.max("dyad").to_numpy()[chosen]
    end = [min(day.date(), panel.as_of + timedelta(days=1)) for day in panel.year.loc[chosen, "end"]]
    return end[0] - timedelta(days=round(exposure[0] * DAYS_PER_YEAR)), end[-1] - timedelta(days=1)


def _fault(expected: str, found: str, remedy: str) -> Fault:
    return Fault(source="command line", where="argument NAMES", expected=expected, found=found, remedy=remedy)


# Counts, shares and means of their visits.

DRAWS = 20_000
LEVEL = 0.95
"""Probability of intervals of differences."""
RATE, SHARE, PER_CONTACT, MEAN = "rate", "share", "per contact", "mean"
"""Per year; part of a whole; pages per contact; of values between -1 and 1."""


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What is counted on the visits of one president.

    Parameters
    ----------
    part, whole : (visit, measure) arrays
        :math:`a_v` and :math:`b_v`; of a rate, `whole` is the contacts of the visit and not used.
    years : float
        Observed.
    """

    part: np.ndarray
    whole: np.ndarray
    years: float


def value_of(cases: Cases, kind: np.ndarray) -> np.ndarray:
    """What the record says of each measure, shape (measure,); missing where there is nothing to divide by."""
    part, whole = cases.part.sum(0), np.where(kind == RATE, cases.years, cases.whole.sum(0))
    found: np.ndarray = np.divide(part, whole, out=np.full(len(kind), np.nan), where=whole > 0)
    return found


def sizes(sides: list[Cases], kind: np.ndarray) -> np.ndarray:
    """Size of a visit that counts, :math:`m`, over all presidents: shape (measure,); one where there is none."""
    of_part = np.isin(kind, (RATE, PER_CONTACT))
    counted = np.concatenate([np.where(of_part, one.part, one.whole) for one in sides])
    many = (counted > 0).sum(0)
    found: np.ndarray = np.divide(counted.sum(0), many, out=np.ones(len(kind)), where=many > 0)
    return found


def draw(cases: Cases, kind: np.ndarray, size: np.ndarray, rng: np.random.Generator, draws: int = DRAWS) -> np.ndarray:
    """Draws of every measure of one president, shape (draw, measure).

    Parameters
    ----------
    cases : Cases
        Visits on record; there may be none.
    kind : (measure,) array of str
        ``rate``, ``share``, ``per contact`` or ``mean``.
    size : (measure,) array
        From :func:`sizes`, the same for presidents who are compared.
    rng : numpy.random.Generator
    draws : int
        How many.
    """
    weight = rng.standard_exponential((draws, len(cases.part)))
    counts, other = rng.gamma(0.5, size=(2, draws, len(kind))) * size
    sign = np.where(kind == MEAN, -1.0, 0.0)
    part = weight @ cases.part + counts + sign * other
    whole = weight @ cases.whole
    whole += np.where(kind == PER_CONTACT, 0.0, counts + other)
    whole = np.where(kind == RATE, cases.years, whole)
    found: np.ndarray = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found


def central_interval(draws: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval over the first axis."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, (tail, 1 - tail), axis=0)
    return low, high


def two_sided_p(draws: np.ndarray) -> np.ndarray:
    """Two-sided p of differences over the first axis; never less than so many draws can show."""
    less, more = (draws < 0).sum(0), (draws > 0).sum(0)
    return np.minimum(1.0, 2 * (np.minimum(less, more) + 1) / (len(draws) + 1))


# How far the frames of two sides' pages are apart.

PERMUTATIONS = 4000
"""And resamples of visits."""


def total_variation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distance of shares over the last axis, 0 to 1."""
    found: np.ndarray = 0.5 * np.abs(first - second).sum(-1)
    return found


def jensen_shannon(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Divergence of shares over the last axis in bits, 0 to 1."""
    middle = (first + second) / 2
    found: np.ndarray = (_relative(first, middle) + _relative(second, middle)) / 2
    return found


def _relative(share: np.ndarray, middle: np.ndarray) -> np.ndarray:
    ratio = np.divide(share, middle, out=np.ones_like(share), where=share > 0)
    found: np.ndarray = (share * np.log2(ratio)).sum(-1)
    return found


def frame_table(panel: Panel, sides: Sequence[Governed]) -> pd.DataFrame:
    """Pages of news and analysis by president, side and topic put first: pages, of_pages, share."""
    rows = []
    for one in sides:
        for side, frames in _frames(panel, one).items():
            total = frames.sum()
            rows += [{"president": one.name, "side": side, "topic": topic, "pages": int(frames[:, place].sum()),
                      "of_pages": int(total), "share": frames[:, place].sum() / total if total else np.nan}
                     for place, topic in enumerate(codes.TOPIC)]
    return pd.DataFrame(rows)


def distance_table(panel: Panel, sides: Sequence[Governed], seed: int, draws: int = PERMUTATIONS) -> pd.DataFrame:
    """How far the partner's and the American frames are apart under each president.

    Returns
    -------
    DataFrame
        Columns president, side_1, side_2, pages_1, pages_2, measure (``total_variation``, ``jensen_shannon``), distance, low,
        high, by_chance (median of the permuted), by_chance_high (its 95 % quantile), p.
        Numbers are missing where a side has no page.
    """
    return pd.DataFrame([row for one in sides for row in _distance(panel, one, seed, draws)])


def _distance(panel: Panel, one: Governed, seed: int, draws: int) -> Iterator[dict[str, object]]:
    (name_1, first), (name_2, second) = _frames(panel, one).items()
    head = {"president": one.name, "side_1": name_1, "side_2": name_2, "pages_1": int(first.sum()), "pages_2": int(second.sum())}
    rng = np.random.default_rng([seed, *one.name.encode()])
    for measure in (total_variation, jensen_shannon):
        row = head | {"measure": measure.__name__} | dict.fromkeys(
            ("distance", "low", "high", "by_chance", "by_chance_high", "p"), np.nan)
        if first.sum() and second.sum():
            weight = rng.standard_exponential((draws, len(first)))
            low, high = central_interval(measure(_share(weight @ first), _share(weight @ second)))
            found = float(measure(_share(first.sum(0)), _share(second.sum(0))))
            chance = measure(*_dealt(first, second, rng, draws))
            row |= {"distance": found, "low": float(low), "high": float(high), "by_chance": float(np.median(chance)),
                    "by_chance_high": float(np.quantile(chance, 0.95)),
                    "p": (1 + (chance >= found - 1e-12).sum()) / (1 + draws)}
        yield row


def _dealt(first: np.ndarray, second: np.ndarray, rng: np.random.Generator, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both sides with blocks dealt out anew, each (draw, topic)."""
    blocks = np.concatenate([side[side.sum(1) > 0] for side in (first, second)]).astype(float)
    many = int((first.sum(1) > 0).sum())
    order = rng.random((draws, len(blocks))).argsort(axis=1)
    of_first = (order < many).astype(float)
    return _share(of_first @ blocks), _share((1 - of_first) @ blocks)


def _share(pages: np.ndarray) -> np.ndarray:
    found: np.ndarray = pages / pages.sum(-1, keepdims=True)
    return found


def _frames(panel: Panel, one: Governed) -> dict[str, np.ndarray]:
    """Pages of news and analysis of each side by visit and topic put first, (visit, topic)."""
    place = pd.Series(one.visit, index=one.contact)
    page = panel.media[(panel.media["kind"] != "official") & panel.media["contact"].isin(one.contact)]
    found = {}
    for side in codes.SIDE:
        own = page[page["side"] == side]
        count = np.zeros((one.n_visit, len(codes.TOPIC)), np.int64)
        np.add.at(count, (own["contact"].map(place).to_numpy(int), [codes.TOPIC.index(frame) for frame in own["frame"]]), 1)
        found[side] = count
    return found
