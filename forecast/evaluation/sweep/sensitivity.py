r"""Which assumptions matter: Sobol indices of every quantity of a sweep.

The first-order index :math:`S_i = \mathrm{Var}\,\mathrm{E}(Y \mid x_i) / \mathrm{Var}\,Y` is the share of the variance over the
design that an assumption explains alone, the total index :math:`T_i = \mathrm{E}\,\mathrm{Var}(Y \mid x_{-i}) / \mathrm{Var}\,Y`
the share that would be left if all others were known (Saltelli et al. 2010, doi 10.1016/j.cpc.2009.09.018). Intervals are of the
design, by bootstrap; every point has the same noise, so that quantities are functions of the assumptions.
"""

import numpy as np
import pandas as pd

from forecast.evaluation.sweep.design import problem, salib
from forecast.evaluation.sweep.schema import Sweep

COLUMNS = ("quantity", "path", "first", "first_error", "total", "total_error", "mean", "sd")
STILL = 0.005
"""A quantity whose standard deviation over the design is a smaller share of its mean hardly moves at all."""
MATTERS = 0.05
"""A total index below this share is called no influence."""


def sensitivity(sweep: Sweep, table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Indices by quantity and assumption; quantities that do not vary are left out.

    Parameters
    ----------
    table : DataFrame
        One row per point, one column per quantity.
    """
    analyze, rows = salib("analyze.sobol"), []
    for name, values in table.items():
        given = values.to_numpy(float)
        if np.ptp(given) <= 1e-12 * max(1.0, np.abs(given).max()):
            continue
        found = analyze.analyze(problem(sweep), given, calc_second_order=False,
                                seed=np.random.default_rng(seed))  # SALib takes a seed of 0 for none
        for place, one in enumerate(sweep.vary):
            rows.append((name, one.path, *(float(found[key][place]) for key in ("S1", "S1_conf", "ST", "ST_conf")),
                         given.mean(), given.std(ddof=1)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def noise(table: pd.DataFrame, errors: pd.DataFrame, paths: int) -> list[str]:
    """How large the Monte Carlo error of contacts at a point is beside what they move over the design.

    Points share their noise: an error moves all of them alike, and differences between points are more precise.
    """
    told = []
    for name in (one for one in table if one.endswith(": contacts")):
        told.append(f"{name}: {table[name].min():.4g} to {table[name].max():.4g} over the design; Monte Carlo error of a point "
                    f"{errors[name].median():.2g} ({paths} paths), shared by all points.")
    return told


def sentences(indices: pd.DataFrame) -> list[str]:
    """What matters for each quantity, in plain words, the strongest first."""
    told = []
    for name, rows in indices.groupby("quantity", sort=False):
        if rows["sd"].iloc[0] < STILL * abs(rows["mean"].iloc[0]):
            told.append(f"{name}, {rows['mean'].iloc[0]:.3g}, hardly moves over the design.")
            continue
        strong = rows[rows["total"] >= MATTERS].sort_values("total", ascending=False)
        weak = rows[rows["total"] < MATTERS]["path"].tolist()
        parts = [f"{row.path} ({100 * row.first:.0f} % alone, {100 * row.total:.0f} % with all that it interacts with)"
                 for row in strong.itertuples()]
        text = f"{name}, {rows['mean'].iloc[0]:.3g} plus or minus {rows['sd'].iloc[0]:.2g} over the design, depends on "
        text += ", ".join(parts) if parts else "none of the assumptions by itself"
        told.append(text + (f"; {', '.join(weak)} hardly matter{'s' if len(weak) == 1 else ''}." if weak and parts else "."))
    return told
