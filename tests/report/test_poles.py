"""The figure and the sentences about meetings of leaders with other poles."""

from forecast.report.figures import poles
from forecast.report.words import number


def test_every_series_has_the_correlation_that_it_could_show(content):
    """Series of different lengths show different ones: none is told with the bound or the years of another."""
    table = content.poles.poles_together.query("contacts == 'all'")
    rows = table[~table["pole"].map(lambda name: content.poles.record.pole[name].home).astype(bool)]
    assert rows["years"].nunique() > 1
    told = str(poles.poles_text(content)[-1])
    for row in rows.itertuples():
        title = content.poles.record.list.loc[row.list, "title"]
        own = told.partition(title)[2].partition(")")[0]
        assert f">{row.years}<" in own
        assert f">{number(row.detectable, 2)}<" in own


def test_a_list_that_begins_beside_another_is_marked(content):
    """What is counted changes there, and only there."""
    as_of = content.panel.as_of
    assert {name: poles.changes(content.poles, name, as_of) for name in content.poles.record.pole if name != "china"} == {
        name: [] for name in content.poles.record.pole if name != "china"}
    assert poles.changes(content.poles, "china", as_of) == [2018.0]
    drawn = [line.get_xdata()[0] for ax in poles.draw(content).axes for line in ax.lines if line.get_linestyle() == "--"
             and line.get_color() == poles.VERMILION]
    assert drawn == [2018.0]
