"""Prior sets with one planted prior, and their checks on the frozen record."""

from functools import cache
from pathlib import Path

from forecast.components.prior_file import load_priors
from forecast.components.priors import Prior
from forecast.components.registry import COMPONENT, needs, priors_of
from forecast.evaluation.prior_check import PriorCheck, check_priors
from tests.components.example import DEFAULT, data_of, priors_for

SETS = Path(DEFAULT).parent


def planted(distribution: str, **arguments: float) -> Prior:
    return Prior(distribution=distribution, reason="Planted by a test.", **arguments)


@cache
def shipped(name: str, component: str) -> PriorCheck:
    """Check of one component of a shipped set."""
    return checked(component, priors_of(load_priors(SETS / f"{name}.yaml", needs()), component))


def checked(component: str, priors: dict[str, Prior], draws: int = 300) -> PriorCheck:
    return check_priors(COMPONENT[component], data_of(component), priors, priors_for(component), seed=20241104, draws=draws)


def found(check: PriorCheck, kind: str) -> dict:
    """Findings of one kind by the name of their statistic."""
    return {one.statistic.name: one for one in check.findings if one.kind == kind}
