"""Sections about administrations: every judgement follows its number, and the other number gives the other words."""

import re
from dataclasses import replace

import numpy as np
import pytest

from forecast.report.figures.agenda import goals_text
from forecast.report.figures.variance import alt, draw, variance_sentences
from forecast.report.figures.variance import identification_text as section
from forecast.report.tables import printed_administration_tables, variance_printed
from tests.report.conftest import identification


def plain(sentences):
    return re.sub(r"<[^>]+>", "", " ".join(map(str, sentences)))


def told(content, **numbers):
    tables = replace(content.administration, identification=identification(**numbers))
    return plain(section(replace(content, administration=tables))["sentences"])


@pytest.mark.parametrize(("numbers", "words"), [
    ({"remains": 0.95}, "almost nothing"), ({"remains": 0.7}, "narrows it somewhat"), ({"remains": 0.3}, "more than half"),
    ({"correlation": -0.6}, "taken from the other"), ({"correlation": 0.0}, "neither stands for the other"),
    ({"correlation": 0.5}, "move together"), ({"high": 0.2}, "within its noise"), ({"high": -0.1}, "outside its noise")])
def test_words_about_one_term_follow_the_numbers(content, numbers, words):
    assert words in told(content, **numbers)
    every = {"almost nothing", "narrows it somewhat", "more than half", "taken from the other", "neither stands for the other",
             "move together", "within its noise", "outside its noise"}
    said = {one for one in every if one in told(content, **numbers)}
    assert len(said) == 3  # one of each family, never two that contradict


def test_an_effect_that_moved_is_not_called_untold_because_it_is_as_wide(content):
    found = told(content, remains=1.12, mean=-0.32, above=0.17)
    assert "almost nothing" not in found
    assert "moves it down: mean 0.00 before and -0.32".replace("-", "\N{MINUS SIGN}") in found
    assert "P(above zero) = 0.17" in found
    assert "moves it up" in told(content, remains=1.12, mean=0.4, above=0.9)
    assert "almost nothing" in told(content, remains=1.12, mean=-0.08, above=0.4)


def test_whether_an_effect_moved_is_told_by_where_it_was_before_the_data(content):
    """A prior that lies above zero has moved where it now lies around zero, and not where it still lies there."""
    assert "almost nothing" in told(content, remains=1.0, centre=0.4, mean=0.42, above=0.92)
    found = told(content, remains=1.0, centre=0.4, mean=0.0, above=0.5)
    assert "moves it down: mean 0.40 before and 0.00" in found
    assert "almost nothing" not in found


def test_a_prior_without_a_width_of_its_own_is_no_number(content):
    found = told(content, before=np.nan, correlation=np.nan)
    assert "nan" not in found.lower()
    assert "the record narrows" not in found
    assert "gives it none of its own" in found
    assert "do not correlate" in found
    tables = replace(content.administration, identification=identification(before=np.nan))
    cells = [str(cell) for row in section(replace(content, administration=tables))["rows"] for cell in row["cells"]]
    assert not [cell for cell in cells if "nan" in cell]


def test_a_president_who_is_not_alone_is_not_called_alone(content):
    table = identification().assign(terms_of_type=3)
    other = replace(content, administration=replace(content.administration, identification=table))
    assert "Other presidents of the type help" in plain(section(other)["sentences"])
    assert "this one president" in told(content)


def test_no_returning_president_no_section(content):
    empty = replace(content.administration, identification=identification().iloc[:0])
    assert section(replace(content, administration=empty)) == {"sentences": [], "rows": [], "told": "", "others": []}


def _with_type_share(content, share):
    table = content.administration.variance.copy()
    table.loc[table["source"] == "type", "share"] = share
    return replace(content, administration=replace(content.administration, variance=table))


@pytest.mark.parametrize(("share", "words"), [(0.4, "More than half"), (0.0, "Most of it is not"), (-0.25, "Hardly any")])
def test_words_about_the_variance_follow_the_numbers(content, share, words):
    assert words in plain(variance_sentences(_with_type_share(content, share)))


@pytest.mark.parametrize(("share", "error", "words"), [
    (0.21, 0.0225, "lies within the Monte Carlo error"), (0.21, 0.001, "More than half"), (-0.22, 0.03, "Most of it is not")])
def test_a_verdict_is_given_only_beyond_its_error(content, share, error, words):
    """Of 51 % with an error of 4.5 points nobody knows whether it is more than half."""
    other = _with_type_share(content, share)
    table = other.administration.variance.assign(share_mcse=error)
    told = plain(variance_sentences(replace(other, administration=replace(other.administration, variance=table))))
    assert words in told
    assert f"{100 * (0.3 + share):.0f}" in told


def test_a_difference_without_variance_is_said_in_words(content):
    table = content.administration.variance.copy()
    table.loc[:, ["share", "share_mcse"]] = np.nan
    table["sd"] = 0.0
    still = replace(content, administration=replace(content.administration, variance=table))
    sentences = variance_sentences(still)
    assert len(sentences) == 2  # nothing about who governs
    assert all("no variance: the difference is the same in all futures" in plain([one]) for one in sentences)
    assert "nan" not in plain(sentences).lower()
    figure = draw(still)
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert texts.count("no variance: the difference is the same in all futures") == 2 * table["key"].nunique()
    assert "nan" not in " ".join(texts).lower()
    printed = variance_printed(still)
    assert (printed.printed.drop(columns="sd", level=1) == "none").all(axis=None)
    assert "nan" not in printed.note
    assert "no variance" in alt(still)


def test_negative_shares_are_owned_up_to(content):
    def note(given):
        return " ".join(text.get_text() for text in draw(given).texts).replace("\n", " ")

    assert "Negative shares (down to \N{MINUS SIGN}2 %) are not drawn" in note(content)
    table = content.administration.variance
    positive = replace(content.administration, variance=table.assign(share=table["share"].abs()))
    assert "Negative" not in note(replace(content, administration=positive))


def test_a_clear_topic_is_named_and_an_unclear_one_is_not(content):
    table = content.administration.agenda_contrast
    chosen = (table["measure"] == "attention") & (table["first"] == "democratic") & (table["second"] == "republican_trumpist")
    unclear = table.assign(p_greater=table["p_greater"].where(~chosen, 0.5))
    clear = unclear.assign(p_greater=unclear["p_greater"].where(~(chosen & (table["topic"] == "china")), 0.99))
    for given, words in ((unclear, "no topic differs"), (clear, "1 of 15 topics with a probability beyond 0.95")):
        tables = replace(content.administration, agenda_contrast=given)
        sentence = next(line for line in goals_text(replace(content, administration=tables))["sentences"]
                        if line.startswith("Democratic minus Trumpist"))
        assert words in sentence


def test_tables_print_the_numbers_of_the_csv(any_content):
    tables = {table.name: table for table in printed_administration_tables(any_content)}
    assert ("variance" in tables) == (len(any_content.scenarios) > 1)
    values, printed = tables["attention"].values, tables["attention"].printed
    row = values.query("measure == 'attention' and topic == 'energy' and first == 'democratic' and second == 'republican'")
    cell = printed.loc["Energy", ("Dem. \N{MINUS SIGN} Rep.", "P")]
    assert cell == f"{row['p_greater'].item():.2f}"
    assert not printed.isna().any().any()
