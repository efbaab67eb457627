r"""Prior predictive check of one component (Box 1980, doi 10.2307/2982063; Gabry et al. 2019, doi 10.1111/rssa.12378).

Parameters are drawn from the prior, and records in the shape of the panel at them. A statistic :math:`T` is absurd where
:math:`\Pr(T \notin [l, h])` exceeds what its bound allows (:mod:`forecast.evaluation.prior_predictive.bounds`), and in conflict
with the record where :math:`\Pr(T < T_{obs}) + \Pr(T = T_{obs}) / 2` is below 0.5 % or above 99.5 % (Evans and Moshonov 2006,
doi 10.1214/06-BA129). A conflict is a question and no fault: prior, model or record may be what is wrong.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from forecast.components.priors import Prior
from forecast.components.protocol import Component, ComponentData
from forecast.evaluation.prior_predictive.bounds import BOUND, Bound
from forecast.evaluation.prior_predictive.curves import CURVE, LATENT
from forecast.evaluation.prior_predictive.draws import PriorDraws, observed, of_section, prior_draws
from forecast.evaluation.prior_predictive.driver import with_driver
from forecast.evaluation.prior_predictive.finding import Finding, kind_of
from forecast.evaluation.prior_predictive.statistic import Statistic

DRAWS = 400
_BOUND = {bound.statistic: bound for bound in BOUND}


@dataclass(frozen=True, kw_only=True)
class PriorCheck:
    """All findings of one component, and the curves that figures show.

    Parameters
    ----------
    component : str
    findings : tuple of Finding
        One per statistic.
    curve : mapping of str to (draw, ...) array
        In simulated records.
    record : mapping of str to array
        The same curves of the record; those that no record shows are missing.
    """

    component: str
    findings: tuple[Finding, ...]
    curve: Mapping[str, np.ndarray]
    record: Mapping[str, np.ndarray]


def check_priors(component: Component, data: ComponentData, priors: Mapping[str, Prior], default: Mapping[str, Prior],
                 *, seed: int, draws: int = DRAWS) -> PriorCheck:
    """Check the priors of one component.

    Parameters
    ----------
    data : ComponentData
        The record.
    priors, default : mapping of str to Prior
        The set to check, and the one that stands in when the driver of a finding is looked for.
    """
    curves = CURVE.get(component.section, {})
    found = prior_draws(component, data, priors, seed, draws, curves)
    of_record = observed(component.section, data)
    redraw = _remembering(partial(prior_draws, component, data, seed=seed, draws=draws))
    findings = [_judge(component.name, one, found, of_record, _BOUND.get(one.name)) for one in of_section(component.section)]
    latent = {name: of(found.named) for name, of in LATENT.get(component.section, {}).items()}
    return PriorCheck(component=component.name, curve={**found.curve, **latent},
                      record={name: np.asarray(of(data.array), float) for name, of in curves.items()},
                      findings=tuple(with_driver(one, found.named, priors, default, redraw) for one in findings))


def _judge(component: str, statistic: Statistic, found: PriorDraws, of_record: Mapping[str, float],
           bound: Bound | None) -> Finding:
    values, here = found.statistic[statistic.name], of_record.get(statistic.name, np.nan)
    return Finding(component=component, statistic=statistic, values=values, observed=here, bound=bound,
                   kind=kind_of(values, bound, here))


def _remembering(draw: Callable[[Mapping[str, Prior]], PriorDraws]) -> Callable[[Mapping[str, Prior]], PriorDraws]:
    """Draws under other priors, each set once however many findings ask for it."""
    known: dict[str, PriorDraws] = {}

    def redraw(priors: Mapping[str, Prior]) -> PriorDraws:
        key = repr(sorted((name, prior.distribution, repr(prior.arguments())) for name, prior in priors.items()))
        if key not in known:
            known[key] = draw(priors)
        return known[key]

    return redraw
