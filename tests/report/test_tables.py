from dataclasses import replace

import pandas as pd
import pytest

from forecast.contacts import codes
from forecast.evaluation.quantity import QUANTITY
from forecast.report import words
from forecast.report.language import speaking
from forecast.report.tables import DIGITS, contact_table, latex_table, result_table, write_printed_table
from tests.report.test_language import OTHERS, WHOLE


def test_numbers_are_those_of_the_summary(content, tmp_path):
    csv, _ = write_printed_table(contact_table(content), tmp_path)
    table = pd.read_csv(csv).set_index("key")
    rows = content.summary.query("scenario == 'trump' and quantity == 'contact' and window == '2025-2028'")
    told = rows.set_index("key")
    assert list(table.index) == [
        "all",
        "president",
        "vice_president",
        "cabinet",
        "deputy",
        "assistant",
        "congress",
    ]
    for statistic in ("q50", "q05", "q95", "mean", "mcse"):
        assert table[f"trump_{statistic}"].to_numpy() == pytest.approx(
            told.loc[table.index, statistic].to_numpy()
        )


def test_chances_are_those_of_the_contrast(content):
    values = contact_table(content).values
    rows = content.contrast.query("quantity == 'contact' and key == 'deputy' and pairing == 'paired'")
    assert values.loc["deputy", ("paired", "p_greater")] == rows["p_greater"].item()


def test_latex_has_booktabs_rules_and_a_note(any_content, tmp_path):
    _, tex = write_printed_table(contact_table(any_content), tmp_path)
    text = tex.read_text(encoding="utf-8")
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert rule in text
    assert "predictive distribution over 120 simulated futures" in text
    assert ("P: probability" in text) == (len(any_content.scenarios) > 1)


def test_latex_escapes_what_is_reserved():
    cells = pd.DataFrame({("a & b", "90 %"): ["\N{MINUS SIGN}5 to 3"]}, index=["x_y"])
    text = latex_table(cells, "name", "Caption", "50 % of $10")
    assert r"\multicolumn{1}{c}{a \& b}" in text or r"a \& b" in text
    assert r"x\_y & $-$5 to 3" in text
    assert r"50\,\% of \$10" in text


def test_results_hold_every_quantity(content):
    table = result_table(content)
    whole = content.summary[content.summary["window"] == "2025-2028"]
    assert len(table.values) == len(whole)
    assert len(table.printed) == len(whole) / 2


@pytest.mark.parametrize("code", ["en", *OTHERS])
def test_every_quantity_of_the_summary_has_words_and_digits(content, code):
    quantities = {*(one.name for one in QUANTITY), "relation_index"}
    assert quantities >= set(content.summary["quantity"])
    assert quantities <= set(words.QUANTITY) & set(DIGITS)
    with speaking(code):
        heads = {words.QUANTITY[name] for name in quantities}
        printed = result_table(content).printed
        assert {row.partition(": ")[0] for row in printed.index} <= heads
        assert not any("_" in head for head in heads)
    if code in WHOLE:
        assert not heads & {words.QUANTITY[name] for name in quantities}


def test_shares_of_who_travels_are_printed_as_other_shares(content):
    rows = content.summary[content.summary["quantity"].eq("outcome_share") & content.summary["key"].isin(["0", "1"])]
    ways = rows.assign(quantity="travel_share", key=rows["key"].map(dict(zip("01", codes.DIRECTION, strict=False))))
    printed = result_table(replace(content, summary=pd.concat([content.summary, ways]))).printed
    rows = printed[printed.index.str.startswith("Share of contacts by who travels: ")]
    assert len(rows) == 2
    assert rows.map(lambda cell: all(len(one.partition(".")[2]) == 3 for one in cell.split(" to "))).all(axis=None)


def test_failed_gate_is_marked(failed_content):
    assert contact_table(failed_content).note.startswith("NOT CONVERGED, used by request: agenda.")
