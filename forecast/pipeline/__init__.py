"""The whole chain, known here alone: inputs, posteriors, simulation, tables, report.

Names are imported when they are first asked for: a command that needs one part of the chain does not wait for the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.console import Progress
    from forecast.pipeline.request import Inputs, Request, check_scenarios, read
    from forecast.pipeline.run import Run, compute, fit, run_to

__all__ = ["Inputs", "Progress", "Request", "Run", "check_scenarios", "compute", "fit", "read", "run_to"]
_PLACE = {"Progress": "futures", **dict.fromkeys(("Inputs", "Request", "check_scenarios", "read"), "request"),
          **dict.fromkeys(("Run", "compute", "fit", "run_to"), "run")}


def __getattr__(name: str) -> Any:
    """A name of the chain, imported now."""
    if name in _PLACE:
        return getattr(import_module(f"forecast.pipeline.{_PLACE[name]}"), name)
    raise AttributeError(f"module 'forecast.pipeline' has no attribute '{name}'")
