"""The checks as tables, one row per thing checked."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from forecast.evaluation.trust import Trust
from forecast.posterior.trust.loo import summary
from forecast.report.trust.predictive_words import sentence
from forecast.report.trust.verdict import findings

PAIRS = "topic_pairs"


def tables(trust: Mapping[str, Trust]) -> dict[str, pd.DataFrame]:
    """All tables by name."""
    every = trust.values()
    return {
        "verdicts": pd.DataFrame([vars(one) for rows in findings(trust).values() for one in rows]),
        "convergence": pd.concat([one.convergence for one in every], ignore_index=True),
        "energy": pd.concat([one.energy for one in every], ignore_index=True),
        "loo": _joined({name: summary(one.loo) for name, one in trust.items()}),
        "loo_observations": _joined({name: _observations(one) for name, one in trust.items()}),
        "calibration": _joined({name: _calibration(one) for name, one in trust.items()}),
        "predictive": _joined({name: _families(one) for name, one in trust.items()}),
        "predictive_statistics": _joined({name: _statistics(one) for name, one in trust.items()}),
        "topic_pairs": pairs(trust),
        "sensitivity": pd.concat([one.sensitivity for one in every], ignore_index=True),
        "prior_to_posterior": pd.concat([one.overlap for one in every], ignore_index=True),
    }


def pairs(trust: Mapping[str, Trust]) -> pd.DataFrame:
    """Pairs of topics from the worst: component, statistic, observed, q02.5, q50, q97.5, p, outside."""
    found = _joined({name: _statistics(one) for name, one in trust.items()})
    if not len(found):
        return found
    chosen = found[found["family"] == PAIRS]
    return chosen.iloc[np.argsort(-np.abs(chosen["p"] - 0.5), kind="stable")].drop(columns="family").reset_index(drop=True)


def _joined(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    kept = [part.assign(component=name)[["component", *part.columns]] for name, part in parts.items() if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()


def _observations(one: Trust) -> pd.DataFrame:
    return pd.concat([pd.DataFrame({"quantity": quantity, "observation": one.observation[quantity], "elpd": loo.elpd_i,
                                    "pareto_k": loo.pareto_k, "weak": loo.weak.astype(int)})
                      for quantity, loo in one.loo.items()] or [pd.DataFrame()])


def _calibration(one: Trust) -> pd.DataFrame:
    return pd.DataFrame([{"quantity": name, "observations": pit.observations, "share_outside": pit.outside,
                          "calibrated": int(pit.calibrated)} for name, pit in one.pit.items()])


def _families(one: Trust) -> pd.DataFrame:
    return pd.DataFrame([{"family": check.family.name, "statistics": len(check.p), "outside": int(check.outside.sum()),
                          "outside_expected": check.outside_expected, "p": check.p_family, "passed": int(check.passed),
                          "text": sentence(check)} for check in one.predictive])


def _statistics(one: Trust) -> pd.DataFrame:
    parts = []
    for check in one.predictive:
        low, middle, high = np.percentile(check.replicated, (2.5, 50, 97.5), axis=0)
        parts.append(pd.DataFrame({
            "family": check.family.name, "statistic": check.labels, "observed": check.observed, "q02.5": low, "q50": middle,
            "q97.5": high, "p": check.p, "outside": check.outside.astype(int)}))
    return pd.concat(parts) if parts else pd.DataFrame()
