"""From a dyad folder and names of presidents to their account; the recorded share is fitted, or loaded, where it is asked for."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import xarray as xr

from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, needs
from forecast.errors import GateError
from forecast.evaluation.compare_administrations import compare
from forecast.evaluation.governed import governed
from forecast.panel import Panel, load_panel
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.sampler import SamplerSettings
from forecast.report.administrations_page import Account, account

RECORDED = "completeness"
Progress = Callable[[str, int, int], None]


def administrations(folder: Path, names: Sequence[str], *, as_of: date, seed: int, priors: Path | None = None,
                    progress: Progress = lambda *_: None) -> Account:
    """Compare presidents, or terms, of a record.

    Parameters
    ----------
    folder : Path
        Of a dyad.
    names : sequence of str
        As :func:`forecast.evaluation.governed.governed` takes them.
    as_of : date
        Last day used.
    seed : int
        Decides the draws, and the fit.
    priors : Path, optional
        Prior set of the recorded share; without it recorded contacts only.
    progress : callable, optional
        Told how far the fit is.

    Raises
    ------
    InputError
        For a faulty folder or file, an as-of date outside what is coded, and names that cannot be compared.
    GateError
        Where the posterior of the recorded share failed a gate.
    """
    panel = load_panel(folder, as_of=as_of)
    sides = governed(panel, names)
    share = recorded_share(panel, priors, seed, progress) if priors else None
    return account(panel, compare(panel, sides, seed, share))


def recorded_share(panel: Panel, priors: Path, seed: int, progress: Progress) -> xr.DataArray:
    """Posterior of the recorded share, (draw, rank, era), from the cache where it was fitted before."""
    jobs = plan(panel, load_priors(priors, needs()), SamplerSettings(seed=seed), names=(RECORDED,))
    found = posteriors(jobs, lambda name, done, total: progress(f"fit {name}", done, total))[RECORDED]
    if found.gates.failures:
        raise GateError(f"The posterior of the recorded share failed its convergence gates: {', '.join(found.gates.failures)}. "
                        "Compare recorded contacts alone, without --completeness.")
    return COMPONENT[RECORDED].profile(found.draws)["share"]
