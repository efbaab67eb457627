"""The table of ``forecast compare``: ratio of the rates and its probabilities before any difference."""


from forecast.cli.fit import _print_compare
from tests.report.conftest import compare, summarise, trajectory


def test_the_ratio_comes_before_the_difference(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    runs = {"harris": trajectory("harris", "harris", 1, 1.0), "trump": trajectory("trump", "trump", 2, 0.9)}
    contrast, summary = compare(runs), summarise(runs)
    _print_compare(
        contrast.assign(priors="default"), summary[(summary["quantity"] == "contact") & (summary["window"] == "2025-2028")]
        .assign(priors="default"))
    text = capsys.readouterr().out
    row = contrast.query("quantity == 'log_rate_ratio' and key == 'all'").iloc[0]
    assert text.index("log rate ratio") < text.index("P(first > second)") < text.index("expected difference")
    assert "equal within a factor of 1.10" in text
    assert f"{row['q50']:.2f} ({row['q05']:.2f} to {row['q95']:.2f})" in text
    assert f"{row['p_more']:.2f} {row['p_equal']:.2f} {row['p_fewer']:.2f}" in text
