"""The whole chain, known here alone: inputs, posteriors, simulation, tables, report."""

from forecast.pipeline.chain import Progress, Run, compute, fit
from forecast.pipeline.output import write
from forecast.pipeline.request import Inputs, Request, check_scenarios, read

__all__ = ["Inputs", "Progress", "Request", "Run", "check_scenarios", "compute", "fit", "read", "write"]
