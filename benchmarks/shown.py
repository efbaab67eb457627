"""Parameters that every fit of the benchmark names alike: by them posteriors are compared, and effective draws counted."""

from collections.abc import Mapping

import xarray as xr

SHOWN: Mapping[str, tuple[str, ...]] = {
    "frequency_drift": ("drift", "covid", "overdispersion"),
    "agenda": ("breadth_scale", "walk_scale", "rank_scale"),
    "effectiveness": ("administration_scale", "rank_scale", "mechanism_administration_scale", "mechanism_rank_scale", "drift",
                      "breadth", "mechanism_base", "mechanism_drift", "outcome_share"),
    "media": ("pages_effective", "pages_overdispersion", "tone_effective"),
    "completeness": ("base", "visibility_scale", "era_scale"),
}


def told(chains: xr.Dataset, component: str, prefix: str = "") -> dict[str, dict[str, float]]:
    """Mean, its Monte Carlo error and effective draws of each number of a posterior (chain, draw, ...), by name and place."""
    import arviz_stats

    found = {}
    for name in SHOWN[component]:
        values = chains[f"{prefix}{name}"].to_numpy()
        values = values.reshape(*values.shape[:2], -1)
        for place in range(values.shape[2]):
            one = values[..., place]
            found[f"{component}.{name}[{place}]"] = {"mean": float(one.mean()), "error": float(arviz_stats.mcse(one)),
                                                     "ess": float(arviz_stats.ess(one))}
    return found
