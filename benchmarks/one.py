"""One component in one process: seconds by stage, effective sample size and peak memory as one line of JSON.

``python -m benchmarks.one COMPONENT [DRAWS]``: with a number of draws it is fitted once, else refitted on simulated data as well.
"""

import json
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peak import peak_mb

if TYPE_CHECKING:
    import xarray as xr


class Clock:
    """Seconds since the last stage, by name."""

    def __init__(self) -> None:
        self.stage: dict[str, float] = {}
        self._last = time.perf_counter()

    def __call__(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.stage[name], self._last = now - self._last, now


def last_draw(chains: "xr.Dataset") -> dict:
    """Parameters of the last draw by name; those that a prior fixes have no draws."""
    return {str(key): values.to_numpy()[-1, -1] if "draw" in values.dims else values.to_numpy()
            for key, values in chains.data_vars.items()}


def main(name: str, draws: int | None) -> None:
    """Fit, refit on simulated data of equal shape where no number of draws is asked for, and print."""
    clock = Clock()
    import nutpie  # noqa: F401
    import pymc  # noqa: F401

    from benchmarks.data import given
    from benchmarks.shown import told
    from forecast.posterior.attempt import diagnose
    from forecast.posterior.sampler import compiled, draw

    clock("import")
    component, data, priors, settings = given(name)
    settings = replace(settings, draws=draws) if draws else settings
    component.model(data, priors)
    clock("build")
    code = compiled(component, data, priors)
    clock("compile")
    chains = draw(code, component, data, priors, settings)
    clock("sample")
    gates = diagnose(chains)
    clock("diagnose")
    if draws is None:
        other = component.simulate(data, last_draw(chains), np.random.default_rng(1))
        clock("simulate")
        draw(compiled(component, other, priors), component, other, priors, settings)
        clock("refit")
    peak = peak_mb()
    print(json.dumps(clock.stage | {
        "name": name, "min_ess": gates.min_ess_bulk, "ess_per_s": gates.min_ess_bulk / clock.stage["sample"],
        "shown": told(chains, name), "cpu": time.process_time(), "peak_mb": peak, "passed": not gates.failures}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
