"""The administration years of a panel: its cells in time."""

from collections.abc import Sequence

import pandas as pd

from forecast.panel.administrations import Administration
from forecast.panel.calendar import Span, administration_years, days, midpoint, overlap, year_of_term
from forecast.panel.covid import covid_share, covid_window


def year_table(administrations: Sequence[Administration], observed: Span) -> pd.DataFrame:
    """Administration years of which at least a day was observed.

    Parameters
    ----------
    administrations : sequence of Administration
        Terms in order of time.
    observed : Span
        From the first day of the earliest dyad to the day after the as-of date.

    Returns
    -------
    DataFrame
        One row per year, in order: start, end (the whole administration year, half-open), administration,
        type, president, term (index into `administrations`), year_of_term (0..3), midpoint (decimal year
        of the observed part), covid (share of the observed days inside the covid window).
    """
    window = covid_window()
    rows = [_row(term, administration, cell, overlap(cell, observed), window)
            for term, administration in enumerate(administrations)
            for cell in administration_years(administration.span)
            if days(overlap(cell, observed))]
    table = pd.DataFrame(rows)
    return table.astype({"start": "datetime64[s]", "end": "datetime64[s]"})


def _row(term: int, administration: Administration, cell: Span, seen: Span,
         window: Span) -> dict[str, object]:
    return {
        "start": cell[0], "end": cell[1],
        "administration": administration.name, "type": administration.type,
        "president": administration.president, "term": term,
        "year_of_term": year_of_term(cell[0]),
        "midpoint": midpoint(seen), "covid": covid_share(seen, window),
    }
