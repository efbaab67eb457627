"""The program `forecast` with made-up posteriors in the place of fits, so that a tutorial takes a minute.

Identities, gates, files of the cache and all that follows are those of a fit; only figures are left out of runs, and all but
one out of papers: :mod:`tests.report` draws them, and tables that take long are of few futures. Its numbers are noise, so that
no tutorial may show one of them. It is a program of its own, or answers within the process of a test, where what every command
would load is loaded once.
"""

import os
import re
import shlex
import sys
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from typer.testing import CliRunner

from cli import app

__all__ = ["answer", "app"]
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


def rough_tables():
    """As :mod:`tests.golden.run_directory` has them."""
    from tests.golden.run_directory import rough

    return rough()


@contextmanager
def standing_in(command):
    """What a command has in the place of fits and of most figures, and what is added to its words."""
    if command in FITTING:
        from forecast.posterior import fit

        with patch.object(fit, "_fit_all", make_up), rough_tables() if command == "run" else nullcontext():
            yield ["--no-figures"] if command == "run" else []
    elif command == "paper":
        from forecast.report import paper

        every = paper.print_plates
        with patch.object(paper, "print_plates", lambda content: every(content)[:1]):
            yield []
    else:
        yield []


def answer(typed: str) -> tuple[int, str] | None:
    """Exit code and output of a line that is one command of the program, in the working folder; None of others."""
    if not typed.startswith("forecast ") or re.search(r"[|&;<>$`*]", typed):
        return None
    words = shlex.split(typed)[1:]
    with standing_in(words[0]) as more, patch.dict(os.environ, PYTHONUNBUFFERED="1"):
        found = CliRunner().invoke(app, [*words, *more])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


if sys.argv[0].endswith("forecast"):
    context = standing_in(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.argv += context.__enter__()  # for as long as the program runs
