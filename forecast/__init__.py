"""Scenario forecasts of the relation between two states, from coded official contacts.

From Python: :func:`load_dyad`, :func:`load_priors`, :func:`load_scenario`, :func:`fit`, :func:`run`, :func:`load_run`,
:func:`backtest`, :func:`country`, :func:`freeze` and :func:`score`, all told in :mod:`forecast.api`. They are imported when
they are first asked for, so that ``import forecast`` takes no time; type checkers read them from the stub file beside this one.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
API = ("Record", "Run", "backtest", "country", "fit", "freeze", "load_dyad", "load_priors", "load_run",
       "load_scenario", "run", "score")


def __getattr__(name: str) -> Any:
    """A name of :mod:`forecast.api`, imported now."""
    if name in API:
        return getattr(import_module("forecast.api"), name)
    raise AttributeError(f"module 'forecast' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Names for completion."""
    return sorted([*globals(), *API])
