r"""What the months after events of a kind looked like in the record, against placebo dates: ``forecast data events``.

Months are calendar months, each belonging to the administration that holds its middle. The months *after* are the :math:`w`
months that follow a month with an event, each once however many events it follows; months with an event are left out unless they
follow another; the *other* months are the rest. Contacts that are an event of the kind, and those of the same visit, count
nowhere. An event whose months after are not all on record is left out with these months.

**Ratio.** In administration :math:`a`, let :math:`y_a, z_a` be the contacts of the months after and of the others, and
:math:`E_a, F_a` their exposure, months times a factor of the season. With one rate for each administration and one ratio for all,

.. math:: \hat\rho = \frac{\tfrac12 + \sum_a y_a F_a / (E_a + F_a)}{\tfrac12 + \sum_a z_a E_a / (E_a + F_a)}

(Mantel and Haenszel 1959, doi 10.1093/jnci/22.4.719; for rates and sparse strata Greenland and Robins 1985,
doi 10.2307/2530643; the halves are a gamma prior of half a contact on either side). An administration is compared with itself
alone: one with more contacts and more events moves nothing. For topics and outcomes the ratio is that of odds,
:math:`\sum_a a_a d_a / n_a` over :math:`\sum_a b_a c_a / n_a`, of contacts whose agenda names the topic (:math:`a` after,
:math:`c` other) and does not (:math:`b`, :math:`d`), or that end in anything agreed and do not, with the same halves.

**Season.** Calendar month :math:`c` has the factor :math:`(k + n_c) / (k + e_c)` with :math:`n_c` its contacts, :math:`e_c`
those expected from the rates of administrations, and a gamma prior of mean 1 and standard deviation :math:`k^{-1/2}` = 0.2, an
assumption.

**Placebo dates.** The null is that events fell into any months of their administration. In each administration as many months
are drawn as had an event, without replacement and only such as have :math:`w` months of record after them, and the ratio is
computed as for the events. Months that had an event may be drawn: left out, they would make placebos unlike the events where
events are many, and the test would no longer be exact. The two-sided p is twice the smaller tail, the events counted among the
placebos (Phipson and Smyth 2010, doi 10.2202/1544-6115.1585). The smallest ratio that would be seen in four of five cases at
5 % is :math:`\exp((z_{0.975} + z_{0.8})\, s)`, with :math:`s` the standard deviation of log placebo ratios.

**Single events.** A month after belongs to the last event before it. For event :math:`i`, :math:`d_i` is the log of its contacts
over those expected from the other months of the administration (half a contact added to each), less its mean over all months of
the administration as placebo dates; their variance, and at least that of a Poisson count, is its sampling variance :math:`v_i`.

.. math::

    d_i \sim \mathrm{N}(\theta_i, v_i), \qquad \theta_i \sim \mathrm{N}(\mu, \tau^2), \qquad
    \tau \sim \mathrm{half\,N}(0.5), \qquad \mu \text{ flat}

(Rubin 1981, doi 10.3102/10769986006004377; the scale of :math:`\tau` is an assumption). The mean :math:`\mu` and the pooled
events are integrated over a grid of :math:`\tau`. Other events' months lie among the expected ones, which draws :math:`\mu`
towards zero where events are many.

None of this is the effect of an event: what brought it about may have brought the contacts. The record is *silent* with fewer
than ``LEAST_EVENTS`` months with events whose months after lie within it, with fewer than ``LEAST_OTHER`` other months in the
same administrations, or with fewer than ``LEAST_CONTACTS`` contacts in the comparison.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from forecast.console import Progress
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.events import EXACT, Events

WINDOWS = (3, 6, 12)
PLACEBOS = 1999
LEAST_EVENTS, LEAST_OTHER, LEAST_CONTACTS = 3, 12, 5
SEASON_WEIGHT = 25.0
HALF = 0.5
TAU = np.linspace(0.0, 2.5, 251)
TAU_SCALE = 0.5
RATE, TOPIC, OUTCOME, ALL = "rate", "topic", "outcome", "all"
COLUMNS = ("kind", "title", "quantity", "key", "months", "events", "event_months", "first", "last", "months_after",
           "contacts_after", "months_other", "contacts_other", "ratio", "placebo_q05", "placebo_q50", "placebo_q95", "p",
           "seen_from", "pooled", "pooled_q05", "pooled_q95", "event_sd", "lowest_event", "highest_event", "silent")
"""``ratio``: of rates, or of odds for topics and outcomes; ``contacts_*``: those counted, that name the topic, or end in anything
agreed; ``seen_from``: smallest ratio that would be seen; ``pooled``: mean of single events as a factor; ``event_sd``: of its log
between events; ``silent``: why nothing is said, empty where something is."""


@dataclass(frozen=True, kw_only=True)
class Monthly:
    """The record by whole months.

    Parameters
    ----------
    month : (month,) array of datetime64[M]
    term : (month,) array of int
        Administration of each month.
    name : tuple of (str, str)
        Quantity and key of each measure.
    yes : (measure, month) array
        Contacts that count.
    base : (measure, month) array
        Exposure in months of mean season for rates; contacts that do not count for topics and outcomes.
    """

    month: np.ndarray
    term: np.ndarray
    name: tuple[tuple[str, str], ...]
    yes: np.ndarray
    base: np.ndarray

    @property
    def rate(self) -> np.ndarray:
        """Which measures are rates, (measure,)."""
        return np.array([quantity == RATE for quantity, _ in self.name])


def event_effects(panel: Panel, events: Mapping[str, Events], *, seed: int, windows: Sequence[int] = WINDOWS,
                  placebos: int = PLACEBOS, progress: Progress = lambda *_: None) -> pd.DataFrame:
    """Compare the months after events of each kind with placebo dates.

    Parameters
    ----------
    panel : Panel
        Of one dyad.
    events : mapping of str to Events
        By kind, as :func:`forecast.panel.events.find_events` gives them.
    seed : int
        Decides the placebo dates; every kind and window has a stream of its own.
    windows : sequence of int
        Months after an event.
    placebos : int
        Sets of placebo dates.
    progress : callable, optional
        Told how many kinds are done.

    Returns
    -------
    pandas.DataFrame
        One row per kind, window and measure; columns as in ``COLUMNS``.
    """
    rows: list[dict[str, object]] = []
    for done, (kind, one) in enumerate(events.items()):
        progress("placebo dates", done, len(events))
        record = monthly_counts(panel, ~one.own)
        at = (one.day.astype("datetime64[M]") - record.month[0]).astype(int)
        head = {"kind": kind, "title": one.title, "events": len(one.day), "first": str(one.day[0]) if len(one.day) else "",
                "last": str(one.day[-1]) if len(one.day) else ""}
        for window in windows:
            rng = np.random.default_rng([seed, window, zlib.crc32(kind.encode())])
            rows += [head | row for row in compared(record, at, window, rng, placebos)]
    progress("placebo dates", len(events), len(events))
    return pd.DataFrame(rows, columns=list(COLUMNS))


# The record by months.

def monthly_counts(panel: Panel, counted: np.ndarray) -> Monthly:
    """Contacts of a dyad by whole calendar month, of those that are counted, (contact,), and known to the month."""
    month = _months(panel)
    middle = month.astype("datetime64[D]") + np.timedelta64(15, "D")
    begins = np.array([one.start for one in panel.administration], "datetime64[D]")
    term = np.maximum(np.searchsorted(begins, middle, side="right") - 1, 0)
    at = (panel.contact["date"].to_numpy().astype("datetime64[M]") - month[0]).astype(int)
    kept = counted & (at >= 0) & (at < len(month)) & panel.contact["date_precision"].isin(EXACT).to_numpy()

    def count(chosen: np.ndarray) -> np.ndarray:
        return np.bincount(at[kept & chosen], minlength=len(month)).astype(float)

    rank, agreed = panel.contact["us_rank"].to_numpy(), panel.contact["outcome"].to_numpy() > 0
    everything = count(np.ones(len(kept), bool))
    exposure = season_factor(everything, term, month)
    yes = {(RATE, ALL): everything} | {(RATE, label): count(rank == label) for label in codes.RANK}
    base = dict.fromkeys(yes, exposure)
    for place, topic in enumerate(codes.TOPIC):
        yes[TOPIC, topic] = count(panel.topic[:, place])
        base[TOPIC, topic] = count(panel.reported & ~panel.topic[:, place])
    yes[OUTCOME, ""], base[OUTCOME, ""] = count(agreed), count(~agreed)
    return Monthly(month=month, term=term, name=tuple(yes), yes=np.array([*yes.values()]), base=np.array([*base.values()]))


def _months(panel: Panel) -> np.ndarray:
    """Whole months between the start of relations and the as-of date."""
    day, one = np.timedelta64(1, "D"), np.timedelta64(1, "M")
    first = (np.datetime64(panel.about[0].relations_start) - day).astype("datetime64[M]") + one
    after = (np.datetime64(panel.as_of) + day).astype("datetime64[M]")
    found: np.ndarray = np.arange(first, max(after, first + one))
    return found


def season_factor(count: np.ndarray, term: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Factor of the season in every month, (month,), from contacts in excess of the rate of the administration."""
    rate = np.bincount(term, count) / np.maximum(np.bincount(term), 1)
    of_year = month.astype(int) % 12
    found = np.bincount(of_year, count, minlength=12)
    expected = np.bincount(of_year, rate[term], minlength=12)
    factor: np.ndarray = ((SEASON_WEIGHT + found) / (SEASON_WEIGHT + expected))[of_year]
    return factor


# One kind and one window.

def compared(record: Monthly, at: np.ndarray, window: int, rng: np.random.Generator,
             placebos: int) -> Iterator[dict[str, object]]:
    """Rows of one kind and one window.

    Parameters
    ----------
    record : Monthly
        Without the contacts that are the events.
    at : (event,) array of int
        Place of the month of each event; those outside the record are left out.
    window, placebos : int
        Months after an event; sets of placebo dates.
    rng : numpy.random.Generator
        Of the placebo dates.
    """
    count = len(record.month)
    inside = np.unique(at[(at >= 0) & (at < count)])
    event = inside[inside + window < count]
    late = _set(inside[inside + window >= count], count)
    usable = ~(late | _after(late[None], window)[0])
    real = _set(event, count)[None]
    after, other = _sides(real, usable, window)
    same = other[0] & np.isin(record.term, record.term[after[0]])
    silent = _silence(len(event), int(same.sum()))
    sets = [real] if silent else [real, placebo_dates(event, record.term, window, rng, placebos)]
    log_ratio, weight = _log_ratios(record, *_sides(np.concatenate(sets), usable, window))
    head = {"months": window, "event_months": len(event), "months_after": int(after.sum()), "months_other": int(same.sum())}
    for place, (quantity, key) in enumerate(record.name):
        yes = record.yes[place]
        row = head | {"quantity": quantity, "key": key, "contacts_after": int(yes[after[0]].sum()),
                      "contacts_other": int(yes[same].sum())}
        why = silent or _few(weight[place])
        row |= {"silent": why} if why else _told(log_ratio[:, place])
        if not why and quantity == RATE:
            row |= _single(yes, record.base[place], record.term, event, window)
        yield row


def _sides(dates: np.ndarray, usable: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Months after some dates and the others, each (set, month)."""
    after = _after(dates, window) & usable
    return after, ~after & ~dates & usable


def _set(places: np.ndarray, count: int) -> np.ndarray:
    found = np.zeros(count, bool)
    found[places] = True
    return found


def _after(dates: np.ndarray, window: int) -> np.ndarray:
    """Months at most a window after a date, (set, month); each once."""
    found = np.zeros_like(dates)
    for months in range(1, window + 1):
        found[:, months:] |= dates[:, :-months]
    return found


def placebo_dates(event: np.ndarray, term: np.ndarray, window: int, rng: np.random.Generator, placebos: int) -> np.ndarray:
    """Months drawn in place of those with events, as many in each administration, bool (set, month)."""
    found = np.zeros((placebos, len(term)), bool)
    eligible = np.arange(len(term)) + window < len(term)
    for one, many in zip(*np.unique(term[event], return_counts=True), strict=True):
        month = np.flatnonzero((term == one) & eligible)
        drawn = month[rng.random((placebos, len(month))).argsort(axis=1)[:, :many]]
        found[np.arange(placebos)[:, None], drawn] = True
    return found


def _log_ratios(record: Monthly, after: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log ratio of every set of dates and measure, (set, measure), and contacts in the comparison of the events, (measure, 2).

    These are contacts that count and, but for rates, those that do not.
    """
    within = np.eye(record.term.max() + 1)[record.term]

    def sums(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
        by_term = (values[:, :, None] * within).transpose(1, 0, 2).reshape(len(record.term), -1)
        found: np.ndarray = (mask.astype(float) @ by_term).reshape(len(mask), len(values), -1)
        return found

    y, e, z, f = (sums(mask, values) for mask in (after, other) for values in (record.yes, record.base))
    rate = record.rate[:, None]
    whole = np.where(rate, e + f, y + e + z + f)
    part = np.divide(1, whole, out=np.zeros_like(whole), where=whole > 0)
    found = np.log((HALF + (y * f * part).sum(-1)) / (HALF + (z * e * part).sum(-1)))
    both = np.where(rate, (e > 0) & (f > 0), (y + e > 0) & (z + f > 0))[0]
    weight = np.stack([((y + z)[0] * both).sum(-1), np.where(record.rate, np.inf, ((e + f)[0] * both).sum(-1))], axis=1)
    return found, weight


def _silence(events: int, other: int) -> str:
    """Why nothing is said of a kind and window, empty where something is."""
    if events < LEAST_EVENTS:
        have = "month with an event" if events == 1 else "months with events"
        return f"{events} {have} and the months after on record, {LEAST_EVENTS} needed"
    return f"{other} other months to compare with, {LEAST_OTHER} needed" if other < LEAST_OTHER else ""


def _few(weight: np.ndarray) -> str:
    least = int(weight.min())
    return f"{least} of the {LEAST_CONTACTS} contacts needed to compare" if least < LEAST_CONTACTS else ""


def _told(log_ratio: np.ndarray) -> dict[str, object]:
    """The ratio of the events, first, among those of placebos."""
    found, placebo = log_ratio[0], log_ratio[1:]
    tails = [(1 + (placebo <= found + 1e-12).sum()), (1 + (placebo >= found - 1e-12).sum())]
    low, middle, high = np.exp(np.quantile(placebo, (0.05, 0.5, 0.95)))
    return {"ratio": np.exp(found), "placebo_q05": low, "placebo_q50": middle, "placebo_q95": high,
            "p": min(1.0, 2 * min(tails) / (1 + len(placebo))),
            "seen_from": np.exp((ndtri(0.975) + ndtri(0.8)) * placebo.std()), "silent": ""}


# Single events, partially pooled.

def _single(yes: np.ndarray, exposure: np.ndarray, term: np.ndarray, event: np.ndarray, window: int) -> dict[str, object]:
    """Mean of the single events of a kind, and the range of the pooled ones, as factors."""
    length = np.minimum(np.diff(event, append=len(term)), window)
    estimate, variance = np.empty(len(event)), np.empty(len(event))
    for size in np.unique(length):
        log_ratio, poisson = _by_date(yes, exposure, term, size)
        for place in np.flatnonzero(length == size):
            placebo = log_ratio[(term == term[event[place]]) & np.isfinite(log_ratio)]
            estimate[place] = log_ratio[event[place]] - placebo.mean()
            variance[place] = max(placebo.var(ddof=1), poisson[event[place]])
    mean, low, high, spread, pooled = normal_normal(estimate, variance)
    return {"pooled": np.exp(mean), "pooled_q05": np.exp(low), "pooled_q95": np.exp(high), "event_sd": spread,
            "lowest_event": np.exp(pooled.min()), "highest_event": np.exp(pooled.max())}


def _by_date(yes: np.ndarray, exposure: np.ndarray, term: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Log of contacts over expected ones in the months after every month, and its Poisson variance; NaN without such months."""
    within = np.eye(term.max() + 1)[term]
    inside, time = (_following(values[:, None] * within, window) for values in (yes, exposure))
    prior = HALF * exposure.sum() / max(yes.sum(), HALF)
    rate = (HALF + (yes @ within - inside)) / (prior + (exposure @ within - time))
    expected = (time * rate).sum(axis=1)
    found = np.log((inside.sum(axis=1) + HALF) / (expected + HALF))
    found[np.arange(len(term)) + window >= len(term)] = np.nan
    return found, 1 / (expected + HALF)


def _following(values: np.ndarray, window: int) -> np.ndarray:
    """Sums over the months after every month, (month, term); of fewer months at the end of the record."""
    total = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])
    begins = np.arange(1, len(values) + 1)
    found: np.ndarray = total[np.minimum(begins + window, len(values))] - total[begins]
    return found


def normal_normal(estimate: np.ndarray, variance: np.ndarray) -> tuple[float, float, float, float, np.ndarray]:
    """Pool estimates with known variances.

    Parameters
    ----------
    estimate, variance : (event,) arrays
        At least two.

    Returns
    -------
    tuple
        Posterior mean of the mean, its 5 % and 95 % points, posterior mean of the standard deviation between events, and
        posterior means of the events, (event,).
    """
    from scipy.optimize import brentq  # here: a run imports this module and need not wait for it

    precision = 1 / (variance + TAU[:, None] ** 2)
    width = 1 / np.sqrt(precision.sum(axis=1))
    centre = (precision * estimate).sum(axis=1) * width**2
    log_weight = np.log(width) + 0.5 * (np.log(precision) - precision * (estimate - centre[:, None]) ** 2).sum(axis=1)
    log_weight -= 0.5 * (TAU / TAU_SCALE) ** 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    share = 1 - variance * precision  # how far an event stands for itself
    pooled = weight @ (centre[:, None] + share * (estimate - centre[:, None]))

    def point(level: float) -> float:
        low, high = (centre - 9 * width).min(), (centre + 9 * width).max()
        return float(brentq(lambda at: weight @ ndtr((at - centre) / width) - level, low, high))

    return float(weight @ centre), point(0.05), point(0.95), float(weight @ TAU), pooled
