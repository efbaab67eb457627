"""The whole chain, known here alone: inputs, posteriors, simulation, tables, report."""

from forecast.pipeline.futures import Progress
from forecast.pipeline.request import Inputs, Request, check_scenarios, read
from forecast.pipeline.run import Run, compute, fit, run_to

__all__ = ["Inputs", "Progress", "Request", "Run", "check_scenarios", "compute", "fit", "read", "run_to"]
