"""Every prior of a set as one table."""

import pandas as pd

from forecast.components.joint import idle
from forecast.components.priors import PriorSet, same
from forecast.report.priors.meaning import meaning
from forecast.report.priors.prior_words import arguments

IDLE = "plays no part: administration_effects stands in its place"


def prior_table(priors: PriorSet, default: PriorSet) -> pd.DataFrame:
    """One row per parameter, in the order of the default set.

    Returns
    -------
    DataFrame
        Columns section, parameter, distribution, arguments, meaning, reason, differs (0 or 1), default (arguments there, empty
        where they do not differ), default_meaning. A prior in whose place a joint normal stands says so.
    """
    rows = []
    for section, part in default.component.items():
        without = idle(priors.component[section])
        for name, usual in part.items():
            prior = priors.component[section][name]
            other = not same(prior, usual)
            says = IDLE if name in without else meaning(section, name, prior)
            rows.append({"section": section, "parameter": name, "distribution": prior.distribution,
                         "arguments": arguments(prior), "meaning": says, "reason": prior.reason,
                         "differs": int(other), "default": arguments(usual) if other else "",
                         "default_meaning": meaning(section, name, usual) if other else ""})
    return pd.DataFrame(rows)
