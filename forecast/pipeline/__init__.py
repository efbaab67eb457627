"""The whole chain, known here alone: inputs, posteriors, simulation, tables, report."""

from forecast.pipeline.chain import Progress, Run, compute, fit
from forecast.pipeline.output import run_to
from forecast.pipeline.request import Inputs, Request, check_scenarios, read

__all__ = ["Inputs", "Progress", "Request", "Run", "check_scenarios", "compute", "fit", "read", "run_to"]
