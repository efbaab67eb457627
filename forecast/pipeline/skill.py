"""The pool's members judged by past terms, each with and without effects of type and president."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.components.priors import Prior, PriorSet
from forecast.components.registry import POOL
from forecast.evaluation.pool import paired, pool_scores
from forecast.pipeline.chain import Progress
from forecast.pipeline.request import Inputs, Request
from forecast.posterior.fit import plan, posteriors
from forecast.posterior.posterior import Posterior
from forecast.posterior.sampler import SamplerSettings
from forecast.posterior.stacking import stacking_weights

NONE = 0.01
"""Prior scale of type and president effects that stands for none of them: a hundredth of the log rate."""


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Scores of past terms.

    Parameters
    ----------
    scores : DataFrame
        Columns forecaster, administrations (``with``, ``without`` effects of type and president), term, score, error,
        weight (of the forecaster in the pool of today; NaN for the pool).
    effects : DataFrame
        One row per forecaster: what effects of type and president add to its score (difference, error, better_in, terms).
    """

    scores: pd.DataFrame
    effects: pd.DataFrame


def skill(inputs: Inputs, request: Request, progress: Progress, pool: str = "frequency") -> Skill:
    """Fit the members of a pool with and without effects of the administrations, and score past terms."""
    members = [member.name for member in POOL[pool].members]
    settings = SamplerSettings(seed=request.seed)
    tables = []
    for administrations, priors in {"with": inputs.priors, "without": without_administrations(inputs.priors, pool)}.items():
        jobs = plan(inputs.panel, priors, settings, draws=request.draws, names=members)
        found = posteriors(jobs, lambda name, done, total, how=administrations: progress(f"{name}, {how} types", done, total))
        tables.append(_scores(found, pool).assign(administrations=administrations))
    scores = pd.concat(tables, ignore_index=True)
    return Skill(scores=scores, effects=_effects(scores))


def without_administrations(priors: PriorSet, section: str) -> PriorSet:
    """The same priors with effects of type and president held at next to nothing."""
    none = {name: prior.model_copy(update={"sigma": NONE}) for name, prior in priors.component[section].items()
            if name in ("type_scale", "president_scale")}
    none["administration_effects"] = Prior(distribution="independent", reason="Held at next to nothing by their scales.")
    centre = priors.component[section]["type_centre"]
    none["type_centre"] = centre.model_copy(update={"values": dict.fromkeys(centre.values, 0.0)})
    return priors.model_copy(update={"component": {**priors.component, section: {**priors.component[section], **none}}})


def _scores(found: Mapping[str, Posterior], pool: str) -> pd.DataFrame:
    term = next(iter(found.values())).coord["term"]
    score, error = (np.array([one.chains[key].to_numpy() for one in found.values()])
                    for key in ("term_score", "term_score_error"))
    rows = [pd.DataFrame({"forecaster": name, "term": term, "score": score[at], "error": error[at], "weight": weight})
            for at, (name, weight) in enumerate(zip(found, stacking_weights(score), strict=True))]
    together = pool_scores(score, stacking_weights)
    rows.append(pd.DataFrame({"forecaster": f"{pool} pool", "term": term, "score": together, "error": error.max(axis=0),
                              "weight": np.nan}))
    return pd.concat(rows).dropna(subset="score")


def _effects(scores: pd.DataFrame) -> pd.DataFrame:
    rows = {}
    for name, part in scores.groupby("forecaster", sort=False):
        wide = part.pivot_table(index="term", columns="administrations", values="score", sort=False)
        rows[name] = paired(wide["with"].to_numpy(), wide["without"].to_numpy())
    return pd.DataFrame(rows).T.rename_axis("forecaster").reset_index()
