"""A backtest becomes a section of the report of its own dyad, and of no other."""

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.outputs import output_directory
from forecast.report.backtest_figures import write_page
from forecast.report.backtest_page import FIGURES, dyad_texts, files_of, load_section
from forecast.report.files import write_tables
from forecast.report.page import render_page

COVERAGE = {f"calibrated_{level}": 0.01 * level for level in (50, 80, 90, 95)}


@pytest.fixture
def folder(tmp_path):
    rows = [("contacts by rank and year", "crps", name, loss, "last term", skill, skill - 0.1, skill + 0.1, 0.016, 168, 7)
            for name, loss, skill in (("model", 0.6, 0.2), ("model, placebo", 0.7, 0.05), ("last term", 0.75, 0.0))]
    columns = ["measure", "loss_name", "forecaster", "loss", "baseline", "skill", "low", "high", "p", "cells", "terms"]
    skill = pd.DataFrame(rows, columns=columns)
    told = dyad_texts("The United States and Kazakhstan", skill, pd.DataFrame({"term": ["1997-2001", "2001-2005"]}), {})
    coverage = pd.DataFrame([{"measure": "contacts by rank and year", "forecaster": "model", **COVERAGE}])
    with output_directory(tmp_path / "us_kz", "backtest") as folder:
        write_tables({"skill": skill}, folder)
        for name in FIGURES:
            (folder / f"{name}.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        write_page(told, skill, coverage, folder, "us_kz")
    return tmp_path / "us_kz"


@pytest.mark.parametrize(("gain", "words"), [
    ([0.02, 0.03, 0.02, 0.03, 0.02, 0.03, 0.02], "Who won helped to forecast"),
    ([-0.02, -0.03, -0.02, -0.03, -0.02, -0.03, -0.02], "Who won made forecasts worse"),
    ([0.5, -0.3, 0.2, -0.1, 0.3, -0.2, 0.1], "have not helped to forecast beyond chance")])
def test_who_won_helped_only_where_a_test_says_so(gain, words):
    """Term by term on the same cells: that the mean is larger by some points is no evidence."""
    first = "contacts by rank and year"
    table = pd.DataFrame([row(first, "crps", 0.1, 0.02, 0.18, 0.016), row(first, "crps", 0.05, 0.0, 0.2, 0.3, "model, placebo")])
    counts = pd.DataFrame([{"term": f"{2001 + place}-", "measure": first, "unit": "cabinet", "year_of_term": 1,
                            "forecaster": name, "crps": 1.0 + (one if name == "model, placebo" else 0.0)}
                           for place, one in enumerate(gain) for name in ("model", "model, placebo")])
    assert words in " ".join(dyad_texts("The United States and Kazakhstan", table, counts, {}).caveats)


def signed(folder, name, forge):
    """A copy with a file changed, and a manifest that vouches for it."""
    with output_directory(folder.with_name("forged"), "backtest") as content:
        shutil.copytree(folder, content, dirs_exist_ok=True)
        forge(content / name)
    return folder.with_name("forged")


def test_the_section_says_what_the_backtest_found(folder, content):
    assert set(files_of(folder, "us_kz")) == {f"backtest {name}" for name in (
        "told.json", "skill.csv", *(f"{figure}.svg" for figure in FIGURES))}
    page = render_page(replace(content, backtest=load_section(folder)), {})
    section = re.sub(' (role|data-label)="[^"]*"', "", page[page.index('id="past"'):page.index('id="trust"')])
    assert "beats the best baseline (last term)" in section
    assert "<td>+20.0 (+10.0 to +30.0), p 0.016</td><td>+5.0 (-5.0 to +15.0), p 0.016</td>" in section
    assert section.count("<img") == len(FIGURES)
    assert '<summary><h2 id="h-past">' in page


def row(measure, loss, skill, low, high, p, name="model"):
    return {"measure": measure, "loss_name": loss, "forecaster": name, "baseline": "last term", "skill": skill, "low": low,
            "high": high, "p": p, "terms": 7}


def test_the_words_say_how_many_comparisons_are_beyond_zero():
    """An interval alone, or a p alone, tells nothing apart; and of four comparisons seven terms can confirm none."""
    first = "contacts by rank and year"
    table = pd.DataFrame([row(first, "crps", 0.1, 0.02, 0.18, 0.0625), row(first, "log_score", 0.1, -0.1, 0.3, 0.016),
                          row("contacts", "crps", 0.2, 0.1, 0.3, 0.016),
                          row("outcome", "ranked_probability", -0.2, -0.3, -0.1, 0.03),
                          row(first, "crps", 0.1, 0.0, 0.2, 0.3, "model, placebo")])
    told = dyad_texts("The United States and Kazakhstan", table, pd.DataFrame({"term": ["1997-2001", "2021-2025"]}), {})
    assert "cannot be told from the best baseline" in told.headline
    assert "sign-flip p 0.062" in told.headline
    words = " ".join(told.caveats)
    assert ("Of 4 comparisons of the model with the best baseline (measures and losses), 2 are beyond zero by interval and by "
            "sign-flip p: better in contacts (CRPS); worse in outcome (ranked probability score).") in words
    assert "corrected for their number (Holm), none are. The least p that so many terms allow is 0.016, too large for" in words
    assert "a p of being worse is too small" in words


@pytest.mark.parametrize("scored", [True, False])
def test_of_pages_it_speaks_where_they_were_scored(scored):
    table = pd.DataFrame([row(name, "crps", 0.1, 0.02, 0.18, 0.06, who) for name in (
        "contacts by rank and year", *(["pages by side"] if scored else [])) for who in ("model", "model, placebo")])
    words = " ".join(dyad_texts("One and two", table, pd.DataFrame({"term": ["1997-2001", "2021-2025"]}), {}).caveats)
    assert ("half of the number of pages" in words) == scored
    assert ("The drift, the occasions and their priors were chosen when these terms were known" in words) != scored


def test_one_term_has_no_interval_and_says_so(folder):
    def forge(path):
        path.write_text(HEAD + "contacts,crps,model,0.6,last term,0.5,,,1.0,3\n"
                        + 'contacts,crps,"model, placebo",0.6,last term,0.5,,,1.0,3\n')

    assert load_section(signed(folder, "skill.csv", forge)).rows[0][3] == "+50.0 (one term: none), p 1.000"


def test_a_report_without_a_backtest_has_no_such_section(content):
    assert "past forecasts" not in render_page(content, {}).lower()


@pytest.mark.parametrize(("dyad", "gone", "words"), [
    ("us_uz", None, "a backtest of us_uz, found us_kz"), ("us_kz", "terms.svg", "terms.svg"), ("us_kz", "told.json", "told.json"),
])
def test_another_dyad_and_missing_files_are_refused(folder, dyad, gone, words):
    if gone:
        (folder / gone).unlink()
    with pytest.raises(InputError, match=words):
        files_of(folder, dyad)


def test_a_folder_that_is_not_there_is_one_fault(tmp_path):
    with pytest.raises(InputError, match="nowhere") as error:
        files_of(tmp_path / "nowhere", "us_kz")
    assert len(error.value.faults) == 1


@pytest.mark.parametrize("name", ["told.json", "skill.csv", "terms.svg", "backtest.html"])
def test_a_file_that_was_changed_is_refused(folder, name):
    (folder / name).write_text((folder / name).read_text() + " ")
    for read in (lambda: files_of(folder, "us_kz"), lambda: load_section(folder)):
        with pytest.raises(InputError, match=f"{name}: whole file: expected the file as the program wrote it"):
            read()


def said(**changed):
    return lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def text(content):
    return lambda path: path.write_text(content)


HEAD = "measure,loss_name,forecaster,loss,baseline,skill,low,high,p,cells\n"


@pytest.mark.parametrize(("name", "forge", "words"), [
    ("told.json", text("[]"), "expected a mapping of keys to values"),
    ("told.json", text("{}"), "key dyad: expected this key, found nothing"),
    ("told.json", text("[" * 5000), "expected valid JSON"), ("told.json", said(title=1), "title: expected a text"),
    ("told.json", said(caveats="one"), "caveats"), ("told.json", said(surprise=1), "surprise: expected no such key"),
    ("told.json", said(title="x" * 6000), "title: expected a text of at most 5000 characters"),
    ("told.json", said(title="x" * 2_000_000), "at most 1,048,576 bytes"),
    ("told.json", said(dyad=None), "a backtest of us_kz, found None"),
    ("skill.csv", text(""), "a table with the columns"), ("skill.csv", text("measure\n1\n"), "a table with the columns"),
    ("skill.csv", text(HEAD + "contacts,crps,model,0.6,last term,much,0,1,0.1,3\n"), "skill: expected a number"),
    ("skill.csv", text(HEAD + "contacts,crps,model,0.6,last term,nan,0,1,0.1,3\n"), "skill: expected a finite number"),
    ("skill.csv", text(HEAD + "contacts,crps,model,0.6,last term,0.5,0,1,0.1,3\n"), "each of 'model' and 'model, placebo'"),
    ("skill.csv", text(HEAD + "contacts,none,model,0.6,last term,0.5,0,1,0.1,3\n"), "none of model"),
])
def test_a_file_that_is_forged_with_its_hash_is_refused(folder, name, forge, words):
    with pytest.raises(InputError, match=words) as error:
        files_of(signed(folder, name, forge), "us_kz")
    assert all(fault.source.endswith(name) for fault in error.value.faults)


def test_an_output_of_another_command_is_no_backtest(tmp_path):
    with output_directory(tmp_path / "run", "run") as content:
        (content / "summary.csv").write_text("a\n")
    with pytest.raises(InputError, match="expected an output of this program of the kind 'backtest'"):
        files_of(tmp_path / "run", "us_kz")
