"""Draws of one component that pass the gates where a second attempt can make them pass."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import xarray as xr

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.posterior.gates import Gates
from forecast.posterior.sampler import SamplerSettings

if TYPE_CHECKING:
    from nutpie.sample import CompiledModel

AGAIN, SHORTER_STEPS = 2, 0.97
"""Of a second attempt: how many times the draws, and the acceptance that the steps are tuned to."""


def attempted(model: "CompiledModel", component: Component, data: ComponentData, priors: Mapping[str, Prior],
              settings: SamplerSettings, progress: Callable[[int, int], None] | None = None) -> tuple[xr.Dataset, Gates]:
    """Draw, and once more with ``AGAIN`` times the draws and shorter steps where a gate fails; where the component is a member
    of a pool, with its scores of past terms.
    """
    from forecast.posterior.diagnose import diagnose  # imports ArviZ: only where a fit needs it
    from forecast.posterior.held_out import term_scores
    from forecast.posterior.sampler import draw

    chains = draw(model, component, data, priors, settings, progress)
    gates = diagnose(chains)
    if gates.failures:
        longer = replace(settings, draws=AGAIN * settings.draws, target_accept=SHORTER_STEPS)
        chains = draw(model, component, data, priors, longer, progress)
        gates = diagnose(chains)
    if hasattr(component, "held_out"):
        chains = chains.merge(term_scores(model, component, data, priors, settings))
    return chains, gates
