"""Posteriors of several prior sets and as-of dates together, so that equal shapes are compiled once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from forecast.errors import GateError
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Request, read
from forecast.posterior.fit import fit_missing, plan, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings

Fits = Mapping[tuple[str, str], Mapping[str, Posterior]]
"""Posterior of every component by prior set and as-of date."""


def fit_grid(requests: Sequence[Request], progress: Progress) -> Fits:
    """Fit every component for every request; all inputs are read and checked before the first fit.

    Raises
    ------
    InputError
        With the faults of the first request that has any.
    GateError
        Where a posterior failed a gate and its request does not ask to go on; all others are stored by then.
    """
    jobs = {}
    for request in requests:
        inputs = read(request)
        key = inputs.priors.name, inputs.panel.as_of.isoformat()
        jobs[key] = plan(inputs.panel, inputs.priors, SamplerSettings(seed=request.seed), draws=request.draws)
    every = [job for one in jobs.values() for job in one]
    fitted = fit_missing(every, lambda name, done, total: progress(f"fit {name}", done, total))
    found = {key: {name: replace(one, reused=one.key not in fitted)
                   for name, one in posteriors(part).items()} for key, part in jobs.items()}
    if not all(request.ignore_gates for request in requests):
        _refuse(found)
    return found


def _refuse(found: Fits) -> None:
    failed = [f"{name} ({priors}, {as_of}): {', '.join(one.gates.failures)}"
              for (priors, as_of), part in found.items() for name, one in part.items() if one.gates.failures]
    if failed:
        raise GateError(f"Posterior failed its convergence gates: {'; '.join(failed)}. Ask for more draws (--draws), or look at "
                        "it all the same with --ignore-gates.")
