"""What every component is: a name, its priors, a model and a projection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.projection import Future, Shocks, Take
from forecast.panel import Panel

if TYPE_CHECKING:
    from pymc import Model

    from forecast.components.control import Control


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
    """What the engine asks for the parameters of its paths: a component, or a pool of some."""

    name: str

    def project(self, take: Take, coord: Mapping[str, tuple[str, ...]], future: Future,
                shocks: Shocks) -> dict[str, np.ndarray]:
        """Fields of :class:`~forecast.components.projection.PathParameters` for a future administration."""
        ...

    def profile(self, posterior: xr.Dataset) -> xr.Dataset:
        """Quantities by administration type for people to read, each with a ``draw`` axis."""
        ...


class Component(Projecting, Protocol):
    """One sub-model of the relation.

    Attributes
    ----------
    name : str
        As in the registry and the outputs.
    section : str
        Section of the prior files; variants of one component share it.
    needs : mapping of str to str
        Parameter -> support of its prior.
    assumed : tuple of str
        Parameters that no likelihood touches; their draws are the prior's.
    observed : tuple of str
        Arrays of ``data`` that the likelihood explains.
    axes : mapping of str to tuple of str
        Names of the axes of every array of ``data``; the labels of those that have any are in ``ComponentData.coord``.
    effort : mapping of str to float
        Sampler settings in which it departs from the defaults, so that the gates pass.
    """

    section: str
    needs: Mapping[str, str]
    assumed: tuple[str, ...]
    observed: tuple[str, ...]
    axes: Mapping[str, tuple[str, ...]]
    effort: Mapping[str, float]

    def data(self, panel: Panel) -> ComponentData:
        """Select and aggregate what the likelihood needs."""
        ...

    def model(self, data: ComponentData, priors: Mapping[str, Prior]) -> "Model":
        """Build the PyMC model over raw, packed noise."""
        ...

    def unpack(self, raw: xr.Dataset, data: ComponentData, priors: Mapping[str, Prior]) -> xr.Dataset:
        """Named parameters, each (chain, draw, ...), from the sampler's raw draws; without axes, constants of the data that a
        projection needs.
        """
        ...

    def simulate(self, data: ComponentData, truth: Mapping[str, np.ndarray],
                 rng: np.random.Generator) -> ComponentData:
        """Replace the observations by ones drawn at known values of the named parameters, without PyMC."""
        ...

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
        """Wrong assumptions that are subtle for this component, one or more; see :mod:`forecast.components.control`."""
        ...


class Scored(Component, Protocol):
    """A component that is judged by how it forecasts past terms."""

    def held_out(self, data: ComponentData, term: int) -> ComponentData:
        """The same data with a term and all later ones left out of the likelihood, in the same shapes."""
        ...

    def term_density(self, data: ComponentData, named: Mapping[str, np.ndarray], term: int) -> np.ndarray:
        """Log probability of all observations of a term under every draw given the terms before, shape (...)."""
        ...


def position(coord: Mapping[str, tuple[str, ...]], axis: str, label: str) -> int | None:
    """Index of a label on an axis, or None where history has not seen it."""
    return coord[axis].index(label) if label in coord[axis] else None
