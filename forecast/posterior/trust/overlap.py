r"""What the data added to the prior, parameter by parameter.

Overlap is the mass that prior and posterior share, :math:`\int \min(p(\theta), p(\theta \mid y))\, d\theta` (Garrett and
Zeger 2000, doi 10.1111/j.0006-341X.2000.01055.x), over bins of equal prior probability; contraction is
:math:`1 - \mathrm{var}(\theta \mid y) / \mathrm{var}(\theta)` (Betancourt 2018, doi 10.48550/arXiv.1803.08393). Overlap near
one says that the data hardly spoke; near zero, that they moved the parameter to where the prior did not look for it.
"""

import numpy as np
import pandas as pd

BINS = 20
LOW, HIGH = 0.1, 0.9
"""Of overlap: below, the posterior lies where the prior expected little; above, the data are hardly informative."""


def overlap(prior: np.ndarray, posterior: np.ndarray) -> float:
    """Mass that two samples share, 0 to 1; each (draw,). Sampling noise takes about two hundredths off."""
    edge = np.quantile(prior, np.linspace(0, 1, BINS + 1)[1:-1])
    shares = (np.bincount(np.searchsorted(edge, values), minlength=BINS) / len(values) for values in (prior, posterior))
    return float(np.minimum(*shares).sum())


def prior_to_posterior(prior: dict[str, np.ndarray], posterior: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per parameter that both know.

    Returns
    -------
    DataFrame
        Columns parameter, prior_mean, prior_sd, posterior_mean, posterior_sd, shift (of the mean, in prior standard
        deviations), contraction, overlap.
    """
    found = []
    for name in posterior:
        before, after = np.ravel(prior[name]), np.ravel(posterior[name])
        sd, sd_after = before.std(ddof=1), after.std(ddof=1)
        found.append({"parameter": name, "prior_mean": before.mean(), "prior_sd": sd, "posterior_mean": after.mean(),
                      "posterior_sd": sd_after, "shift": (after.mean() - before.mean()) / sd,
                      "contraction": 1 - (sd_after / sd) ** 2, "overlap": overlap(before, after)})
    return pd.DataFrame(found)
