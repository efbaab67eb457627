"""The figure of the relation index."""

from dataclasses import replace

from forecast.report.figures import relation
from forecast.report.words import number


def test_words_have_the_numbers_of_the_table(content):
    """Months of the horizon weigh as in the table, which a mean over months does not know."""
    chosen = (content.summary["quantity"] == "relation_index") & (content.summary["window"] == content.window)
    summary = content.summary.copy()
    summary.loc[chosen, ["q05", "q50", "q95"]] = [11.0, 222.0, 3333.0]
    told = relation.alt(replace(content, summary=summary))
    assert told.count(f"222 (90 % 11 to {number(3333.0)})") == len(content.scenarios)


def test_a_young_record_has_no_year(content):
    """Half a year on record is no year: it has quarters alone, and the figure is drawn all the same."""
    history = content.relation.history
    young = history[history["month"].isin(sorted(history["month"].unique())[-6:])]
    figure = relation.draw(replace(content, relation=replace(content.relation, history=young)))
    assert figure.axes
