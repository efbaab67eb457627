"""What every fit of the benchmark is given: the shipped record as of the eve of the election, default priors and settings."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, needs, priors_of
from forecast.panel import load_panel
from forecast.posterior.sampler import SamplerSettings

AS_OF = date(2024, 11, 4)
DEFAULT = Path(__file__).parents[1] / "priors" / "default.yaml"


def given(name: str) -> tuple:
    """Component, data, priors and sampler settings."""
    component = COMPONENT[name]
    data = component.data(load_panel(as_of=AS_OF))
    settings = replace(SamplerSettings(), **component.effort)
    return component, data, priors_of(load_priors(DEFAULT, needs()), name), settings
