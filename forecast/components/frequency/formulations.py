r"""The formulations that the pool is made of, and what tells them apart.

All share the predictor of :mod:`forecast.components.frequency.model`; they differ in how levels go from term to term, in
whether there is a drift, in what a past term counts, and in what is counted:

=================== ============================= ======================== ========================  ===========
name                levels over terms             drift                    weight of a term          counts
=================== ============================= ======================== ========================  ===========
frequency_drift     stationary AR(1)              goes on                  1                         contacts
frequency_walk      random walk, common, by rank  none                     1                         contacts
frequency_discount  independent                   none                     :math:`d^{terms\ ago}`    contacts
frequency_occasion  stationary AR(1)              goes on                  1                         occasions
frequency_damped    stationary AR(1)              damped after the record  1                         contacts
frequency_recording stationary AR(1)              of contacts, goes on     1                         contacts
=================== ============================= ======================== ========================  ===========

Occasions come with companions, and a drift is damped by a clock; both are below. How growth of recording is told from a drift,
with who reports which contact, stands in :mod:`forecast.components.frequency.recording`.

No one of them is believed: they are what sensible forecasters would do with this record, and the pool weighs them by how
they forecast past terms.

Companions of an occasion
-------------------------
The other contacts that one visit, summit or delegation brings about.

An occasion led by rank :math:`l` has, besides its lead, companions of every rank :math:`r` that is not higher:

.. math:: k_{or} \sim \mathrm{NegBinomial}(e^{\theta_{l(o)\,r}},\ u^{-2}), \qquad \theta_{lr} = m + \nu M_{lr}, \quad r \ge l.

With occasions :math:`N_l \sim \mathrm{NegBinomial}(\lambda_l, \phi)`, the contacts of rank :math:`r` are the compound sum
:math:`n_r = \sum_l \sum_{o=1}^{N_l} (1[l = r] + k_{or})`, whose moments are, with :math:`e_{lr} = 1[l=r] + e^{\theta_{lr}}` and
:math:`v_{lr} = e^{\theta_{lr}} + u^2 e^{2\theta_{lr}}`,

.. math:: \mathrm{E}\, n_r = \sum_l \lambda_l e_{lr}, \qquad
    \mathrm{Var}\, n_r = \sum_l \lambda_l (v_{lr} + e_{lr}^2) + \lambda_l^2 e_{lr}^2 / \phi .

Forecasts and scores use the negative binomial with these two moments. That ranks meet on the same day makes their counts
correlated within a year; this is in the rates that they share and not in the noise of the counts.

The clock of a drift
--------------------
Linear in time within the record, damped beyond its end.

Within the record a drift :math:`b` is linear in the decades :math:`x` from the origin. Beyond the last cell that was observed, at
:math:`x_e` (the middle of the last year of the record, or of its observed part), what was learned of it fades year by year:

.. math:: \eta(x) = \eta(x_e) + \frac{b}{10} \sum_{k=1}^{h} \varphi^k
    = \eta(x_e) + \frac{b}{10}\, \varphi\, \frac{1 - \varphi^h}{1 - \varphi}, \qquad h = 10\,(x - x_e)

years ahead (Gardner and McKenzie 1985, doi 10.1287/mnsc.31.10.1237; the closed form holds between whole years too).
:math:`\varphi = 1` is the drift that goes on, :math:`\varphi = 0` one that stops at the end of the record. A term that was
held out is scored with this clock, started at the last year before it.

The damping touches no likelihood: how the trend of a record of nine terms fades after its end is in no count of it. Its draws are
those of its prior, an assumption; the held-out terms weigh the formulation that makes it against those that do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.components.administration import NEEDS
from forecast.components.covariates import COVARIATES, EFFECT, NOISE, STANDARD, away, chosen
from forecast.components.frequency.recording import log_recorded
from forecast.components.likelihood import exceedances, negative_binomial, observed
from forecast.components.linear import Block, Linear, Scales, ar1_matrix, walk_matrix
from forecast.components.priors import Prior
from forecast.components.protocol import ComponentData

DYADS = {"dyad_type_scale": "positive", "dyad_correlation": "persistence",
         "dyad_response": "positive", "shared_base": "real"}
"""Priors that are used where there are several dyads (:mod:`forecast.components.frequency.region`)."""
UNIT = {
    "normal": Prior(distribution="normal", mu=0, sigma=1, reason="In the place of a parameter that a form does not have."),
    "half_normal": Prior(distribution="half_normal", sigma=1, reason="In the place of a scale that a form does not have."),
}


@dataclass(frozen=True, kw_only=True)
class Form:
    """One formulation of the frequency component.

    Parameters
    ----------
    name : str
        As in the registry.
    levels : str
        How term levels continue: ``ar1``, ``walk`` or ``free``.
    drift : bool
        Whether rates grow with time.
    discount : bool
        Whether earlier terms count less.
    occasions : bool
        Whether occasions are counted, and contacts are their marks.
    damped : bool
        Whether the drift is damped beyond the end of the record.
    recording : bool
        Whether the growth of recording is told from that of contacts.
    """

    name: str
    levels: Literal["ar1", "walk", "free"]
    drift: bool = False
    discount: bool = False
    occasions: bool = False
    damped: bool = False
    recording: bool = False

    @property
    def level_scale(self) -> str:
        """Prior of the scale of the levels that all ranks share."""
        return "walk_scale" if self.levels == "walk" else "term_scale"

    @property
    def rank_scale(self) -> str:
        """Prior of the scale of the levels of single ranks."""
        return "walk_rank_scale" if self.levels == "walk" else "term_rank_scale"

    @property
    def scales(self) -> tuple[str, ...]:
        """Parameters with positive support, in the order of the sampler's vector."""
        return ("type_scale", "president_scale", self.level_scale, self.rank_scale, "phase_scale", "overdispersion",
                "season_scale", "mark_scale", "mark_overdispersion", "administration_rank_scale",
                *(("recording_rank_scale", "recording_visibility_scale") if self.recording else ()))

    @property
    def absent(self) -> frozenset[str]:
        """Parameters of other forms, which keep their place in the sampler so that one compiled model serves all forms."""
        drift = () if self.drift else ("drift", "drift_lower")
        return frozenset((*drift, *(() if self.occasions else ("mark_base", "mark_scale", "mark_overdispersion"))))

    @property
    def needs(self) -> dict[str, str]:
        """Parameter -> support of its prior."""
        real = ("base", "covid", "drift", "drift_lower", "mark_base",
                *(("recording_base", "recording_age") if self.recording else ()))
        fixed = (*(("term_persistence",) if self.levels == "ar1" else ()), *(("discount",) if self.discount else ()))
        every = ({"type_centre": "by_type", "administration_effects": "administrations"} | dict.fromkeys(real, "real")
                 | dict.fromkeys(self.scales, "positive") | dict.fromkeys(fixed, "persistence")
                 | {"state_persistence": "unit", "state_loading": "positive"} | NEEDS
                 | dict.fromkeys(("trend_damping",) if self.damped else (), "unit")
                 | {"administration_rank_scale": "deviation", COVARIATES: "covariates"} | DYADS)
        return {name: support for name, support in every.items() if name not in self.absent}

    def complete(self, priors: Mapping[str, Prior]) -> dict[str, Prior]:
        """The priors of this form, and unit ones in the place of absent parameters."""
        return {name: UNIT["normal" if name in ("drift", "drift_lower", "mark_base") else "half_normal"]
                for name in self.absent} | dict(priors) | ({NOISE: STANDARD} if chosen(priors) else {})

    def basis(self, terms: int, priors: Mapping[str, Prior]) -> np.ndarray:
        """Map from noise to levels, shape (term, noise = term); a walk, zero at the latest term, leaves one noise unused."""
        if self.levels == "ar1":
            return ar1_matrix(terms, priors["term_persistence"].value)
        return np.column_stack([walk_matrix(terms), np.zeros(terms)]) if self.levels == "walk" else np.eye(terms)

    def weight(self, array: Mapping[str, np.ndarray], priors: Mapping[str, Prior]) -> np.ndarray:
        """How much each term counts, shape (term,). A term that runs is no term later than the last whole one.

        Parameters
        ----------
        array : mapping
            With ``term_used`` (term,), 1 where the term is data and 0 where it is held out, and ``running`` where the last runs.
        """
        used = array["term_used"]
        if not self.discount:
            return used.astype(float)
        ago = np.flatnonzero(used).max() - np.arange(len(used)) - ("running" in array and used[-1] > 0)
        return np.where(used > 0, priors["discount"].value ** np.maximum(ago, 0.0), 0.0)


DRIFT = Form(name="frequency_drift", levels="ar1", drift=True)
WALK = Form(name="frequency_walk", levels="walk")
DISCOUNT = Form(name="frequency_discount", levels="free", discount=True)
OCCASION = Form(name="frequency_occasion", levels="ar1", drift=True, occasions=True)
DAMPED = Form(name="frequency_damped", levels="ar1", drift=True, damped=True)
RECORDING = Form(name="frequency_recording", levels="ar1", drift=True, recording=True)
FORMS = (DRIFT, WALK, DISCOUNT, OCCASION, DAMPED, RECORDING)


# Companions of an occasion.

LARGEST_SIZE = 1e12  # a negative binomial of this size is a Poisson


def allowed(ranks: int) -> np.ndarray:
    """Whether rank r can accompany lead l, shape (lead, rank): the lead is the highest."""
    return np.triu(np.ones((ranks, ranks), bool))


def marks(ranks: int) -> Linear:
    """Log expected companions, rows in the order of the allowed pairs (lead, rank)."""
    pairs = int(allowed(ranks).sum())
    return Linear(name="mark", blocks=(
        Block(name="mark_base", prior="mark_base", design=np.ones((pairs, 1))),
        Block(name="mark_effect", prior="mark_scale", dims=("pair",), design=np.eye(pairs)),
    ))


def add_marks(form: Form, data: ComponentData, priors: Mapping[str, Prior], scales: Scales) -> None:
    """Add the likelihood of the companions to the open model; of none where the form does not count occasions."""
    import pymc as pm

    ranks = len(data.coord["rank"])
    named, exposed, above = _by_pair(data) if form.occasions else (*np.zeros((2, ranks, ranks)), exceedances(*np.zeros((2, 1))))
    pair = allowed(ranks)
    data_of_pairs = (observed("mark_weighted", named[pair]), observed("mark_weight", exposed[pair]),
                     observed("mark_above", above))
    log_mean = marks(ranks).predictor(priors, scales)
    pm.Potential("companion", negative_binomial(*data_of_pairs, log_mean, scales["mark_overdispersion"]))


def _by_pair(data: ComponentData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Companions and occasions by (lead, rank), and the exceedances of companions, over the terms used."""
    array, ranks = data.array, len(data.coord["rank"])
    weight = array["term_used"][array["term"][array["occasion_year"]]].astype(float)
    named, exposed = np.zeros((2, ranks, ranks))
    np.add.at(named, array["lead"], weight[:, None] * array["companion"])
    np.add.at(exposed, array["lead"], weight[:, None] * np.ones(ranks))
    return named, exposed, exceedances(array["companion"].ravel(), np.repeat(weight, ranks))


def companions(base: np.ndarray, effect: np.ndarray, ranks: int) -> np.ndarray:
    """Expected companions, shape (..., lead, rank) from (...,) and (..., pair); zero where not allowed."""
    mean = np.zeros((*base.shape, ranks, ranks))
    mean[..., allowed(ranks)] = np.exp(base[..., None] + effect)
    return mean


def contacts_of(occasions: np.ndarray, size: np.ndarray, companion: np.ndarray,
                spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and negative-binomial size of contacts, from those of occasions.

    Parameters
    ----------
    occasions : (..., rank, cell) array
        Expected occasions by rank of the lead.
    size, spread : (...) array
        Negative-binomial size of occasions, and coefficient of variation of companions beyond Poisson.
    companion : (..., rank, rank) array
        Expected companions by lead and rank.

    Returns
    -------
    mean, size : (..., rank, cell) array
    """
    each = companion + np.eye(companion.shape[-1])
    square = companion + (spread[..., None, None] * companion) ** 2 + each**2
    mean = np.einsum("...lc,...lr->...rc", occasions, each)
    between = np.einsum("...lc,...lr->...rc", occasions**2, each**2) / size[..., None, None]
    excess = np.einsum("...lc,...lr->...rc", occasions, square) + between - mean
    return mean, np.minimum(mean**2 / np.maximum(excess, mean**2 / LARGEST_SIZE), LARGEST_SIZE)


# Means and sizes of the counts of past cells from named parameters, in plain NumPy over any leading axes.

Values = Mapping[str, np.ndarray]


def log_rate(array: Values, named: Values) -> np.ndarray:
    """Log rate per year of every cell, shape (..., dyad, rank, year); of occasions where these are counted.

    Parameters
    ----------
    array : mapping
        Covariates, as in :mod:`forecast.components.frequency.model`.
    named : mapping
        Parameters, each (..., *axes) with the same leading axes. Years beyond ``trend_end`` have a damped drift where
        ``trend_damping`` is among them too.
    """
    term = array["term"]
    dyads = len(array["count"])
    by_year = (_of_term(array, named)[..., term] if dyads == 1 else 0) + (named["phase"][..., array["year_of_term"]]
               + np.multiply.outer(named["covid"], array["covid"]))
    if EFFECT in named:
        by_year = by_year + named[EFFECT] @ away(array)
    of_rank = (named["type_rank_effect"][..., array["type_of_term"], :]
               + named["president_rank_effect"][..., array["president_of_term"], :] + named["term_rank_level"])
    by_rank = np.swapaxes(of_rank[..., term, :], -1, -2) + by_year[..., None, :]
    if "drift" in named:
        own = np.asarray(named["drift"])[..., None] if dyads == 1 else 0.0
        slope = own + np.multiply.outer(named["drift_lower"], array["lower"])
        by_rank = by_rank + slope[..., None] * _clock(array, named)
    if "recording_base" in named:
        by_rank = by_rank + log_recorded(named, array["coding_age"])[..., term]
    base = named["base"]
    if "shared_base" in named:
        base = np.concatenate([base, named["shared_base"][..., None, :]], axis=-2)
    found: np.ndarray = base[..., None] + by_rank[..., None, :, :]
    return found if dyads == 1 else found + _by_dyad(array, named)[..., :, None, :]


def _of_term(array: Values, named: Values) -> np.ndarray:
    """Who governs, and the level, of every term of a single dyad, (..., term)."""
    found: np.ndarray = (named["type_effect"][..., array["type_of_term"]]
                         + named["president_effect"][..., array["president_of_term"]] + named["term_level"])
    return found


def _by_dyad(array: Values, named: Values) -> np.ndarray:
    """What sets each of several dyads apart from what they share, (..., dyad, year)."""
    effect = named["type_effect"][..., array["type_of_term"]] + named["president_effect"][..., array["president_of_term"]]
    own = (named["term_level"] + named["dyad_type_effect"][..., array["type_of_term"]]
           + named["dyad_response"][..., None] * effect[..., None, :])
    found: np.ndarray = own[..., array["term"]]
    return found + named["drift"][..., None] * _clock(array, named) if "drift" in named else found


def _clock(array: Values, named: Values) -> np.ndarray:
    """Decades from the origin as the drift counts them, (year,) or (..., 1, year)."""
    if "trend_end" not in named or "trend_damping" not in named:
        return array["decade"]
    return damped(array["decade"], named["trend_end"], named["trend_damping"])[..., None, :]


def contact_cells(form: Form, array: Values, named: Values) -> tuple[np.ndarray, np.ndarray]:
    """Expected contacts and negative-binomial size of every cell, each (..., dyad, rank, year), exposure included."""
    mean = array["exposure"][:, None, :] * np.exp(log_rate(array, named))
    size = np.asarray(named["overdispersion"], float) ** -2
    if form.occasions:
        companion = companion_of(named, mean.shape[-2])
        spread = np.asarray(named["mark_overdispersion"], float)
        return contacts_of(mean, size[..., None], companion[..., None, :, :], spread[..., None])
    return mean, np.broadcast_to(size[..., None, None, None], mean.shape)


def companion_of(named: Values, ranks: int) -> np.ndarray:
    """Expected companions by lead, shape (..., lead, rank)."""
    return companions(np.asarray(named["mark_base"]), named["mark_effect"], ranks)


# The clock of a drift.

YEARS = 10.0  # in a decade


def end_of(array: Mapping[str, np.ndarray], before: int | None = None) -> float:
    """Where the record ends, in decades from the origin.

    Parameters
    ----------
    array : mapping
        Covariates, as in :mod:`forecast.components.frequency.model`.
    before : int, optional
        Only terms before this one; where not given, terms that are used.
    """
    known = array["term_used"][array["term"]] > 0 if before is None else array["term"] < before
    return float(array["decade"][known].max())


def damped(decade: np.ndarray, end: np.ndarray | float, damping: np.ndarray | float) -> np.ndarray:
    """The clock in decades from the origin.

    Parameters
    ----------
    decade : (year,) array
        Times.
    end, damping : (...) array
        Where the record ends, in decades, and the share of a year's growth that is left a year later, in [0, 1].

    Returns
    -------
    (..., year) array
        `decade` itself up to the end, and everywhere where the damping is one.
    """
    left = np.asarray(damping, float)[..., None]
    ahead = YEARS * np.maximum(decade - np.asarray(end, float)[..., None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = np.where(left == 1, ahead, left * (1 - left**ahead) / (1 - left))
    found: np.ndarray = decade + (grown - ahead) / YEARS
    return found
