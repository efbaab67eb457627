"""The posterior of the registers: all countries, one component, priors of its own."""

from collections.abc import Mapping
from pathlib import Path

from forecast.components.prior_file import load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import ACROSS
from forecast.errors import GateError
from forecast.panel.register_panel import RegisterPanel
from forecast.panel.shipped import DATA
from forecast.posterior.fit import Progress, plan, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings

NAME = "registers"


def register_priors(path: Path = DATA / "register_priors.yaml") -> PriorSet:
    """Priors of the register component, checked like those of a dyad (raises InputError)."""
    return load_priors(path, {NAME: ACROSS[NAME].needs})


def fit_registers(panel: RegisterPanel, *, seed: int, draws: int | None = None, ignore_gates: bool = False,
                  effort: Mapping[str, float] | None = None, progress: Progress | None = None) -> Posterior:
    """Fit the registers, or load what was fitted before; `effort` departs from the component's own sampler settings.

    Raises
    ------
    GateError
        Where a convergence gate failed and `ignore_gates` is not set.
    """
    jobs = plan(panel, register_priors(), SamplerSettings(seed=seed), draws=draws, names=(NAME,), effort=effort)
    found = posteriors(jobs, progress)[NAME]
    if found.gates.failures and not ignore_gates:
        raise GateError(f"Posterior of the registers failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Ask for more draws (--draws), or use it all the same with --ignore-gates.")
    return found
