"""What every component is: everything that is known about one sub-model, in one place.

Whoever needs something of a component asks it here; no other place has a table of them. A component inherits from
:class:`Component`: what it does not say has a plain default, and what it must say keeps it from being made where it is missing.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypedDict

import numpy as np
import xarray as xr

from forecast.components.priors import Prior, Scale
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model
    from pytensor.tensor.variable import TensorVariable as AnyTensor

    from forecast.components.control import Control
    from forecast.components.statistics import Counted, Family, Statistic


if TYPE_CHECKING:
    type TensorVariable = AnyTensor[Any, Any]
    type TensorLike = TensorVariable | np.ndarray


class Effort(TypedDict, total=False):
    """Sampler settings in which a component departs from the defaults."""

    draws: int
    tune: int
    chains: int
    target_accept: float


# What components hand to the engine: plain arrays, one row per path.

@dataclass(frozen=True, kw_only=True)
class Future:
    """The administration that a projection is for.

    Parameters
    ----------
    president, type : str
        Who governs, and the administration type.
    midpoint : numpy.ndarray
        Decimal year in the middle of each year of the term, shape (year_of_term,).
    predecessors : tuple of str
        Presidents of the same party before this term, the latest first; without the president himself.
    damping : float, optional
        Share of a year's drift that is left a year later, under every formulation that has a drift: 1 lets it go on, 0 stops
        it at the end of the record. Where not given, each formulation keeps its own.
    ahead : int
        Terms from the last of the record to this one: 1 for the next, and so many steps are drawn; 0 where the last of the record
        is this one, which runs: what was estimated of it goes on.
    between : float
        Probability that a president of the same party whom the record does not know governed since the predecessors.
    covariate : mapping of str to tuple of float
        Values that a scenario sets by year of the term, in units of the covariate; NaN where what is known goes on.
    """

    president: str
    type: str
    midpoint: np.ndarray
    predecessors: tuple[str, ...] = ()
    damping: float | None = None
    ahead: int = 1
    between: float = 0.0
    covariate: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


class Shocks(Protocol):
    """Named standard normals of the paths of one chunk, the same in every scenario."""

    def __call__(self, name: str, *shape: int) -> np.ndarray:
        """Standard normals of shape (path, *shape)."""
        ...


Take = Callable[[str], np.ndarray]
"""Values of one posterior variable for the paths of a chunk: shape (path, *dims); read only, as others take the same."""


@dataclass(frozen=True, kw_only=True)
class PathParameters:
    """Everything that the engine needs to know about the paths of one chunk.

    Shapes are (path, ...) with year_of_term = 4, month_of_year = 12 and the axes of
    :mod:`forecast.contacts.codes`; logs are natural.

    Parameters
    ----------
    log_rate : (path, rank, year_of_term)
        Log recorded contacts per year, before dispersion, season and relation state.
    season : (path, month_of_year)
        Multiplicative profile with mean one.
    dispersion : (path, rank, year_of_term)
        Size of the yearly negative binomial; variance = mean + mean**2 / dispersion.
    recorded_share : (path, rank)
        Probability that a contact gets into the record.
    state_persistence, state_loading : (path,)
        Relation state: stationary AR(1) by month of unit variance; rate times
        exp(loading * state - loading**2 / 2).
    direction_logit : (path, rank, direction)
        Logit of each direction, up to a constant.
    format_share : (path, direction, format)
        Shares of the formats of a direction.
    topic_logit : (path, rank, topic)
        Logit that a contact names the topic, at breadth zero; every contact names at least one.
    breadth_sd : (path,)
        Standard deviation of a contact's breadth, added to all its topic logits.
    mechanism_logit : (path, rank)
        Logit that a contact belongs to a standing mechanism.
    outcome_location : (path, rank)
        Location of the ordered logit of the outcome, without breadth.
    outcome_breadth : (path,)
        Coefficient of log((1 + topics) / 3).
    outcome_cut : (path, mechanism, 3)
        Increasing, outside and inside of standing mechanisms; P(outcome <= k) = logistic(cut[k] - location).
    pages_log_mean : (path, side, rank)
        Log expected pages of a contact with outcome 0, recorded or not.
    pages_outcome, pages_dispersion : (path, side)
        Added to the log mean where the outcome is 1 or more; negative-binomial size.
    known_elsewhere : (path,)
        Probability that a contact would be recorded without a page of either side; of the others only those with a page are.
    tone_location : (path, side, rank)
        Location of the ordered logit of a page's tone.
    tone_outcome : (path, side)
        Added where the outcome is 1 or more.
    tone_cut : (path, side, 2)
        Increasing; P(tone <= j) = logistic(cut[j] - location).
    """

    log_rate: np.ndarray
    season: np.ndarray
    dispersion: np.ndarray
    recorded_share: np.ndarray
    state_persistence: np.ndarray
    state_loading: np.ndarray
    direction_logit: np.ndarray
    format_share: np.ndarray
    topic_logit: np.ndarray
    breadth_sd: np.ndarray
    mechanism_logit: np.ndarray
    outcome_location: np.ndarray
    outcome_breadth: np.ndarray
    outcome_cut: np.ndarray
    pages_log_mean: np.ndarray
    pages_outcome: np.ndarray
    pages_dispersion: np.ndarray
    known_elsewhere: np.ndarray
    tone_location: np.ndarray
    tone_outcome: np.ndarray
    tone_cut: np.ndarray


def by_label(name: str, labels: Iterable[str], values: np.ndarray) -> dict[str, np.ndarray]:
    """Columns (path,) of an array (path, label), named ``name[label]``."""
    return {f"{name}[{label}]": values[:, number] for number, label in enumerate(labels)}


# What every component is.

@dataclass(frozen=True, kw_only=True)
class ComponentData:
    """The part of a panel that one component sees; its content decides the posterior.

    Parameters
    ----------
    array : mapping of str to numpy.ndarray
        Observations and covariates.
    coord : mapping of str to tuple of str
        Labels of the model's axes.
    """

    array: Mapping[str, np.ndarray]
    coord: Mapping[str, tuple[str, ...]]


class Projecting(Protocol):
    """What the engine asks for the parameters of its paths: a component, or a pool of some.

    Attributes
    ----------
    name : str
        As in the registry and the outputs.
    section : str
        Section of the prior files.
    role : str
        What it decides about every simulated contact, one of ``ROLES``; empty where the engine does not ask it.
    """

    name: str
    section: str
    role: str = ""

    @abstractmethod
    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Fields of :class:`~forecast.components.protocol.PathParameters` for a future administration, where it has a role;
        else quantities of its own, each (path, ...).
        """
        ...

    def of_dyad(self, chains: xr.Dataset, coord: Mapping[str, tuple[str, ...]],
                dyad: str) -> tuple[xr.Dataset, dict[str, tuple[str, ...]]]:
        """Parameters (chain, draw, ...) of a fit to several dyads as a fit to one of them has them, and their coordinates."""
        return chains, dict(coord)

    def at(self, posterior: xr.Dataset, decade: float) -> xr.Dataset:
        """The same draws (draw, ...) with trends taken to a time, in decades from the zero of drifts: :meth:`profile` is then of
        that time; unchanged where people read no level of it.
        """
        return posterior

    @abstractmethod
    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Quantities by administration type for people to read, each with a ``draw`` axis."""
        ...


ROLES = ("contacts", "topics", "outcome", "pages", "setting", "recording")
"""What the engine must be told of a contact: how many there are, what they are about, what comes of them, who reports them, who
travels, and what share of them is on record."""


class Fitted(Protocol):
    """A model that is fitted and checked. What stands here without a body has to be said; all else has a plain default.

    Attributes
    ----------
    name : str
        As in the registry and the outputs.
    section : str
        Section of the prior files; variants of one component share it.
    variant : str
        What tells it from the others of its section, as people read it; empty where there are none.
    needs : mapping of str to str
        Parameter -> support of its prior.
    assumed : tuple of str
        Parameters that no likelihood touches; their draws are the prior's.
    stated : tuple of str
        Parameters of the section whose priors every run states as assumptions.
    observed : tuple of str
        Arrays of ``data`` that the likelihood explains.
    ordered : tuple of str
        Quantities of :meth:`pointwise` whose values have an order, each named after its array: counts and codes.
    axes : mapping of str to tuple of str
        Names of the axes of every array of ``data``; the labels of those that have any are in ``ComponentData.coord``.
    meaning : mapping of str to (str, str)
        What every parameter in the posterior is: name -> long name and unit.
    effort : Effort
        Sampler settings in which it departs from the defaults, so that the gates pass.
    governed : bool
        Whether it depends on who governs.
    reads_pages : bool
        Whether it learns from which pages report a contact: contacts for which nobody looked for pages tell it nothing.
    several : str
        Where a fit to several dyads has the occasions that they share: in a ``unit`` of their own, or among the contacts of the
        ``first`` dyad that took part, the one that is forecast before all others; empty where it is fitted to one dyad alone.
    blocks : mapping of str to tuple of str
        Parameters whose priors are scaled together in a test of sensitivity, by the name of the block.
    unit, units : Scale, mapping of str to Scale
        On which scale people read its parameters, and those that differ from most.
    statistics : tuple of Statistic
        Single numbers of a record by which its priors are checked.
    curves : mapping of str to callable
        Arrays of a record -> profiles that figures show of records drawn from the prior.
    latent_curves : mapping of str to callable
        Named parameters (draw, ...) -> such profiles of what no record shows.
    note : str
        What a reader of its checks has to know.
    """

    name: str
    section: str
    variant: str = ""
    needs: Mapping[str, str]
    assumed: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    observed: tuple[str, ...]
    ordered: tuple[str, ...] = ()
    axes: Mapping[str, tuple[str, ...]]
    effort: Effort = {}
    governed: bool = True
    reads_pages: bool = False
    several: Literal["unit", "first", ""] = ""
    blocks: Mapping[str, tuple[str, ...]] = {}
    unit: Scale = Scale(kind="odds")
    units: Mapping[str, Scale] = {}
    statistics: "tuple[Statistic, ...]" = ()
    curves: Mapping[str, Callable[[Mapping[str, np.ndarray]], np.ndarray]] = {}
    latent_curves: Mapping[str, Callable[[xr.Dataset], np.ndarray]] = {}
    note: str = ""
    meaning: Mapping[str, tuple[str, str]] = {}

    @abstractmethod
    def data(self, panel: Panel) -> ComponentData:
        """Select and aggregate what the likelihood needs."""
        ...

    @abstractmethod
    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """Build the PyMC model over raw, packed noise."""
        ...

    @abstractmethod
    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters, each (chain, draw, ...), from the sampler's raw draws; without axes, constants of the data that a
        projection needs.
        """
        ...

    @abstractmethod
    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Replace the observations by ones drawn at known values of the named parameters, without PyMC."""
        ...

    def needed(self, coord: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
        """Those of ``needs`` that play a part in a fit to data with these axes; all where the component does not say."""
        return self.needs

    def used(self, priors: Mapping[str, Prior], coord: Mapping[str, tuple[str, ...]]) -> dict[str, Prior]:
        """Those of the priors that play a part in a fit to data with these axes."""
        return {name: priors[name] for name in self.needed(coord)}

    def lacking(self, panel: Panel) -> str:
        """What the panel lacks for this model; nothing where it can be fitted."""
        return ""

    def pointwise(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Log likelihood of every single observation in plain NumPy, by observed quantity, each (draw, observation).

        What one observation is decides what leaving one out means. Without any, nothing is left out, and the checks say so.

        Parameters
        ----------
        draws : mapping of str to (draw, ...) array
            Named parameters; fixed ones may lack the axis.
        """
        return {}

    def powers(self, data: ComponentData, priors: Mapping[str, Prior]) -> dict[str, np.ndarray]:
        """How much each observation counts in the posterior, (observation,), by quantity; none where all count alike."""
        return {}

    def observations(self, data: ComponentData, panel: Panel) -> dict[str, list[str]]:
        """Names of the observations of quantities of :meth:`pointwise`; numbers stand for those of all others.

        Quantities observed once for every contact have the names of the contacts.
        """
        by_contact = [name for name in self.observed if tuple(self.axes.get(name, ()))[:1] == ("contact",)]
        return dict.fromkeys(by_contact, panel.contact["id"].astype(str).tolist())

    def families(self, data: ComponentData) -> "tuple[Family, ...]":
        """Statistics that a replicated record should share with the record."""
        return ()

    def counted(self, data: ComponentData, truth: Mapping[str, np.ndarray]) -> "Counted | None":
        """How many observations a record at known parameters has, where these can be too many to draw one by one."""
        return None

    def quantities(self, data: ComponentData, draws: Mapping[str, np.ndarray]) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """What a test of sensitivity looks at beside parameters and profile: axes after the first, and values (draw, ...)."""
        return {}

    def generative(self, priors: Mapping[str, Prior]) -> dict[str, Prior]:
        """The priors under which the model could have produced its data; calibration takes them in place of others."""
        return dict(priors)

    def block_of(self, parameter: str) -> str:
        """Block to which the prior of a parameter belongs."""
        return next((block for block, names in self.blocks.items() if parameter in names), "other")


class Component(Fitted, Projecting, Protocol):
    """One sub-model of the relation: fitted to a dyad's record and projected into the coming term."""

    @abstractmethod
    def next_term(self, given: Mapping[str, np.ndarray], data: ComponentData) -> dict[str, np.ndarray]:
        """What a projection says of the coming term, by name, each (path,), on a scale on which outcomes are compared.

        A projection with a wrong persistence is right on average over all records: it shows only in quantities that depend on
        the record too, such as the rate in the direction in which the last term went.

        Parameters
        ----------
        given : mapping
            What :meth:`project` returns.
        data : ComponentData
            The record that the projection goes on from.
        """
        ...

    def controls(self, priors: Mapping[str, Prior]) -> "tuple[Control, ...]":
        """Wrong assumptions that are subtle for this component; see :mod:`forecast.components.control`."""
        return ()


class Scored(Component, Protocol):
    """A component that is judged by how it forecasts past terms."""

    @abstractmethod
    def held_out(self, data: ComponentData, term: int) -> ComponentData:
        """The same data with a term and all later ones left out of the likelihood, in the same shapes."""
        ...

    @abstractmethod
    def term_density(self, data: ComponentData, named: Mapping[str, np.ndarray], term: int) -> dict[str, np.ndarray]:
        """Log probability of all observations of a term under every draw given the terms before, by name of the score.

        ``term_score`` (...), or (..., record) of a fit to several dyads; other scores beside it.
        """
        ...


def position(coord: Mapping[str, tuple[str, ...]], axis: str, label: str) -> int | None:
    """Index of a label on an axis, or None where history has not seen it."""
    return coord[axis].index(label) if label in coord[axis] else None
