"""What is shown of the drift going on and stopped."""

from dataclasses import replace

from forecast.report.figures import history
from forecast.report.page import headlines, plates


def test_the_sentence_has_both_totals_of_every_scenario(content):
    (text,) = history.drift_sentence(content)
    rows = history.drift_rows(content)
    for name in content.scenarios:
        for how in ("goes_on", "stopped", "weighed"):
            assert f"{rows.loc[(name, how), 'q50']:.0f}" in text
    assert text in headlines(content)
    assert text.index("went on in full") < text.index("stopped where the record ends") < text.index("as the pool weighs it")


def test_the_figure_has_three_lines_per_scenario(content):
    axes = history.draw_drift(content).axes
    named = [label.get_text() for ax in axes for label in ax.get_yticklabels()]
    for name in history.DRIFT_NAME.values():
        assert named.count(name) == len(content.scenarios)
    assert "drift stops with the record" in history.alt_drift(content)


def test_nothing_is_said_where_no_scenario_says_who_wins(content):
    empty = replace(content, administration=replace(content.administration, drift=content.administration.drift.iloc[:0]))
    assert not list(history.drift_sentence(empty))
    assert "drift" not in {plate.name for plate in plates(empty)}
    assert "drift" in {plate.name for plate in plates(content)}
