r"""Growth of recording told from growth of contacts: the share of contacts that is on record, by age at coding, list and rank.

A record is coded at one time. Its rows of long ago were found at a great age, of what the web still shows or ever got; those of
the last term at an age of a few years, and so will be those of the coming term. What is counted of rank :math:`r` in term
:math:`j` is a share of what took place,

.. math:: n_{dry} \sim \mathrm{NegBinomial}(E_{dy}\, e^{\eta_{dry}}\, c_{rj},\ \phi)

(an under-reported count with a reporting share by covariates: Stoner, Economou and Drummond 2019,
doi 10.1080/01621459.2019.1573732), with :math:`\eta` as in :mod:`forecast.components.frequency.model`. A contact of middling
visibility :math:`v` is reported by list :math:`l` (the partner's pages, American pages, others) with

.. math::

    \mathrm{logit}\; p_{lrj}(v) = \beta_l + \kappa R_r + g_l\, a_j + \sigma_v v, \quad v \sim N(0, 1), \qquad
    c_{rj} = 1 - \int \prod_l (1 - p_{lrj}(v))\, \phi(v)\, dv,

where :math:`a_j` is the age at coding of term :math:`j` in decades: from its middle to the as-of date. The coming term is taken
to be coded at its end, at an average age of half a term: its recorded share is that of the last term, whatever the slope
:math:`g`, while the drift of contacts goes on.

What identifies what. Age at coding and calendar time are one and the same in a record coded once, so counts alone cannot tell
:math:`g` from the drift. Capture histories can: of contacts that somebody reported, which lists did. Where lists overlap little,
much went unreported; the overlap by term tells :math:`g_l`, if lists report independently given visibility. The priors of
:math:`g` and of the visibility spread are tight, and matter. Not identified at all: pages lost from all lists alike, effort of
the coder that depends on age, and an effect of the era of the web apart from that of age; :math:`g` stands for them all. The
level of :math:`c` is not identified apart from the base rates, and plays no part in a forecast of recorded contacts.

The history of a contact is what would have been known at the age at which a coming term is coded: lists whose earliest page is
dated within ``KNOWN_WITHIN`` of the contact. It became known on ``first_known`` of contacts.csv, else with its earliest dated
page; its pages without a date are taken to be of that time. Contacts that became known later than that, or at a time unknown,
are counted but have no history. A term that is held out is scored at the age at which it was coded, and its histories are held
out with it. A record cut at an earlier as-of date was still coded on the web of today; there ages are too low by the same number
of years for all terms but the coming one.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.components.capture import HISTORY, LIST, history_likelihood, history_shares, recorded_share, share_tensor
from forecast.components.likelihood import observed
from forecast.components.linear import Block, Linear, Scales, one_hot, zero_sum_basis
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData
from forecast.contacts import codes
from forecast.panel import Panel
from forecast.panel.calendar import decimal_year

if TYPE_CHECKING:
    from forecast.components.protocol import TensorVariable

Values = Mapping[str, np.ndarray]
KNOWN_WITHIN = pd.Timedelta(days=1461)
"""The greatest age at which a row of a coming term is coded: its four years."""
DECADE = 10.0


def first_known(panel: Panel) -> pd.Series:
    """Day on which each contact became known, (contact,); NaT where neither a column nor a page says so."""
    page = panel.media.groupby("contact")["date"].min().reindex(range(len(panel.contact)))
    return panel.contact["first_known"].fillna(page)


def select(panel: Panel) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """Arrays ``history`` (rank, term, history) and ``coding_age`` (term,) in decades, and the labels of their axes."""
    contact, page = panel.contact, panel.media
    limit = contact["date"] + KNOWN_WITHIN
    in_time = (first_known(panel) <= limit).to_numpy()
    at = page["contact"].to_numpy(int)
    counted = ~(page["date"].to_numpy() > limit.to_numpy()[at])
    listed = np.zeros((len(contact), len(LIST)), bool)
    listed[at[counted], [LIST.index(side) for side in page["side"][counted]]] = True
    rank = np.array([codes.RANK.index(label) for label in contact["us_rank"]], np.int64)
    count = np.zeros((len(codes.RANK), len(panel.administration), len(HISTORY)), np.int64)
    place = (rank, contact["term"].to_numpy(int), listed @ (1 << np.arange(len(LIST))))
    np.add.at(count, tuple(index[in_time] for index in place), 1)
    middle = panel.year.groupby("term")["midpoint"].mean().to_numpy(float)
    array = {"history": count[..., 1:], "coding_age": (decimal_year(panel.as_of) - middle) / DECADE}
    return array, {"list": LIST, "history": HISTORY[1:]}


def lacking(panel: Panel) -> str:
    """Why a panel does not allow this formulation, or nothing where it does."""
    if first_known(panel).notna().any():
        return ""
    return (f"no contact with {', '.join(panel.partner)} says when it became known (column first_known of contacts.csv, or a "
            "date in media.csv)")


def linear(data: ComponentData) -> Linear:
    """Log odds of being reported, rows in the order (rank, term, list)."""
    ranks, terms, lists = (len(data.coord[axis]) for axis in ("rank", "term", "list"))
    rank, term, place = (index.ravel() for index in np.indices((ranks, terms, lists)))
    by_list = one_hot(place, lists)
    return Linear(name="recording", blocks=(
        Block(name="recording_base", prior="recording_base", dims=("list",), design=by_list),
        Block(name="recording_age", prior="recording_age", dims=("list",),
              design=by_list * data.array["coding_age"][term][:, None]),
        Block(name="recording_rank", prior="recording_rank_scale", dims=("rank",), basis=zero_sum_basis(ranks),
              design=one_hot(rank, ranks)),
    ))


def add_recording(data: ComponentData, priors: Mapping[str, Prior], scales: Scales) -> "TensorVariable":
    """Add the likelihood of the histories to the open model; log recorded share by rank and year, flat."""
    import pymc as pm
    import pytensor.tensor as pt

    array, lists = data.array, len(data.coord["list"])
    ranks, terms, histories = array["history"].shape
    logit = linear(data).predictor(priors, scales).reshape((ranks * terms, lists))
    share = share_tensor(logit, scales["recording_visibility_scale"], lists)
    used = array["history"] * array["term_used"][:, None]
    pm.Potential("history", history_likelihood(observed("history_count", used.reshape(-1, histories)), share))
    rank, year = (index.ravel() for index in np.indices(array["count"].shape[1:]))
    cell = one_hot(rank * terms + array["term"][year], ranks * terms)
    found: TensorVariable = pt.dot(observed("recording_cell", cell), pt.log1p(-share[:, 0]))
    return found


def log_odds(named: Values, age: np.ndarray) -> np.ndarray:
    """Log odds that a list reports a contact of middling visibility, (..., rank, age, list), at ages (age,) in decades."""
    by_list = named["recording_base"][..., None, :] + named["recording_age"][..., None, :] * age[:, None]
    found: np.ndarray = by_list[..., None, :, :] + named["recording_rank"][..., :, None, None]
    return found


def log_recorded(named: Values, age: np.ndarray) -> np.ndarray:
    """Log recorded share, (..., rank, age)."""
    return np.log(recorded_share(log_odds(named, age), np.asarray(named["recording_visibility_scale"], float)))


def next_age(years: int) -> np.ndarray:
    """Average age at coding of the coming term in decades, (1,), where it is coded at its end."""
    return np.array([years / 2 / DECADE])


def seen_shares(array: Values, named: Values) -> np.ndarray:
    """Probability of each history given that somebody reports the contact, (..., rank, term, history)."""
    share = history_shares(log_odds(named, array["coding_age"]), np.asarray(named["recording_visibility_scale"], float))
    found: np.ndarray = share[..., 1:] / (1 - share[..., :1])
    return found


def draw_histories(array: Values, truth: Values, rng: np.random.Generator) -> np.ndarray:
    """Histories of as many contacts as have one, at known parameter values."""
    return rng.multinomial(array["history"].sum(axis=-1), seen_shares(array, truth))
