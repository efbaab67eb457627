"""The program `forecast` with made-up posteriors in the place of fits, so that a tutorial takes a minute.

Identities, gates, files of the cache and all that follows are those of a fit; only figures are left out of runs, and all but one
out of papers: :mod:`tests.report` draws them. Its numbers are noise, so that no tutorial may show one of them.
"""

import sys

from cli import app

__all__ = ["app"]
FITTING = {"run", "fit", "check"}
"""Commands of tutorials that fit; the others start as fast as ever."""


def make_up(jobs, progress=None):
    """Store noise as the posterior of every job."""
    from forecast.components.registry import component_of
    from forecast.posterior import store
    from tests.golden.example import GATES, chains_of

    for job in jobs:
        chains = chains_of(component_of(job.name), job.name, job.data, job.priors)
        store.save(job.name, job.key, chains, GATES, coord=job.data.coord)


if sys.argv[1:2] and sys.argv[1] in FITTING:
    from forecast.posterior import fit

    fit._fit_all = make_up
    sys.argv += ["--no-figures"] if sys.argv[1] == "run" else []
elif sys.argv[1:2] == ["paper"]:
    from forecast.report import paper

    every = paper.print_plates
    paper.print_plates = lambda content: every(content)[:1]
