"""The report is whole, says what the numbers say, and needs nothing but itself."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.components.registry import COMPONENT, priors_of
from forecast.evaluation.diagnosis import assess
from forecast.panel import load_panel
from forecast.posterior.posterior import Posterior
from forecast.report import diagnosis_page
from forecast.report.diagnosis_figures import plates
from forecast.report.diagnosis_page import print_verdicts, write_diagnosis
from forecast.report.diagnosis_verdict import (
    TrustContent,
    code_label,
    find_predictive,
    findings,
    headline,
    listed,
    meanings,
    sentence,
)
from forecast.report.language import calling
from forecast.report.style import COLUMNS, Print, captions_apart, drawn_at, printed
from tests.components.example import PASSED, data_of, default_priors, panel, prior_posterior, priors_for
from tests.fixture.made_up import write_made_up
from tests.golden.example import chains_of
from tests.report.measured import faults

NAMES = ("frequency_drift", "effectiveness")


@pytest.fixture(scope="module")
def content():
    """Draws from the prior in place of a posterior: they converge, and the record is not what they produce."""
    trust = {}
    for name in NAMES:
        posterior = prior_posterior(name, chains=4, draws=300)
        chains = posterior.chains.assign(energy=(("chain", "draw"), np.random.default_rng(1).normal(size=(4, 300))))
        posterior = replace(posterior, chains=chains)
        trust[name] = assess(COMPONENT[name], data_of(name), priors_for(name), posterior, panel(), seed=1)
    manifest = {"seed": 1, "priors": "default", "posterior": {name: {"identity": "x"} for name in NAMES}}
    return TrustContent(panel=panel(), trust=trust, manifest=manifest)


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    target = tmp_path_factory.mktemp("check")
    write_diagnosis(content, target)
    return target


def test_everything_is_written(folder, content):
    assert {path.name for path in folder.iterdir()} == {"check.html", "figures", "tables", "manifest.json"}
    kinds = {path.suffix for path in (folder / "figures").iterdir()}
    assert kinds == {".pdf", ".svg", ".png"}
    assert {f"predictive_{name}.svg" for name in NAMES} <= {path.name for path in (folder / "figures").iterdir()}


def test_figures_for_print_have_captions_apart_and_whole_words_also_without_colour(content, tmp_path):
    with printed(Print(grey=True)):
        write_diagnosis(content, tmp_path)
    of_page, for_print = ({path.name for path in one.iterdir() if path.is_file()}
                          for one in (tmp_path / "figures", tmp_path / "figures" / "print"))
    assert for_print == of_page | {f"{name.removesuffix('.svg')}{kind}" for name in of_page if name.endswith(".svg")
                                   for kind in (".txt", ".tex")}
    for plate in plates(content):
        with drawn_at(COLUMNS["double"]), captions_apart() as apart:
            figure = plate.draw(content)
        assert [bool(title and note) for title, note in apart] == [True]
        assert faults(figure) == [], plate.name


def test_the_page_needs_no_network(folder):
    page = (folder / "check.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert "<script" not in page


def test_verdicts_are_the_same_on_the_page_and_in_the_table(folder, content):
    page = (folder / "check.html").read_text(encoding="utf-8")
    table = pd.read_csv(folder / "tables" / "verdicts.csv")
    assert len(table) == len(NAMES) * len(findings(content.trust))
    assert headline(findings(content.trust)) in page
    for area, verdict, _ in meanings(findings(content.trust), content.trust):
        worst = table.loc[table["area"] == area, "verdict"]
        assert verdict in set(worst)


def test_a_prior_is_no_posterior_of_the_record(content):
    """Prior draws produce other numbers of contacts than the record has; overlap says that nothing was learnt."""
    found = findings(content.trust)
    assert [one.verdict for one in found["prior to posterior"]] == ["look", "look"]
    assert all((one.overlap["overlap"] > 0.85).all() for one in content.trust.values())


def test_a_family_that_fails_is_named_with_its_numbers(content):
    trust = content.trust["frequency_drift"]
    one = max(trust.predictive, key=lambda check: np.abs(check.p - 0.5).max())
    at = int(np.abs(one.p - 0.5).argmax())
    assert one.labels[at].replace("_", " ") in sentence(one)
    failed = [check for check in trust.predictive if not check.passed]
    text = find_predictive(trust).text
    assert all(check.family.title.lower() in text.lower() for check in failed)
    assert f"{len(trust.predictive) - len(failed)} of {len(trust.predictive)} families" in text


def test_a_long_list_says_how_many_more():
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdef")) == "a, b, c, d and 2 more"


def made_up(folder, name, **dyad):
    """Checks of a component on a made-up dyad, with noise for its posterior."""
    component, own = COMPONENT[name], load_panel(write_made_up(folder / "us_xq", **dyad))
    data, known = component.data(own), priors_of(default_priors(), name)
    posterior = Posterior(component=name, key="drawn", chains=chains_of(component, name, data, known), coord=data.coord,
                          gates=PASSED, reused=True)
    return assess(component, data, component.used(known, data.coord), posterior, own, seed=1)


@pytest.mark.parametrize("contacts", [1, 2])
def test_of_one_observation_there_is_no_distribution(tmp_path, contacts):
    """Which is told, and stops nothing."""
    trust = made_up(tmp_path, "effectiveness", contacts=contacts)
    (calibration,) = findings({"effectiveness": trust})["calibration"]
    assert {len(one.elpd_i) for one in trust.loo.values()} == {contacts}
    assert set(trust.pit) == (set(COMPONENT["effectiveness"].ordered) if contacts > 1 else set())
    assert (calibration.verdict == "not done") == (contacts == 1)
    assert ("two observations or more" in calibration.text) == (contacts == 1)


def test_of_a_record_without_pages_nothing_about_pages_is_checked(tmp_path):
    """As of every dyad that ships but the first; with pages the same checks are made."""
    without, with_pages = (made_up(tmp_path / f"{pages}", "media", contacts=20, pages=pages) for pages in (False, True))
    assert (without.loo, without.pit, without.predictive) == ({}, {}, ())
    assert with_pages.loo.keys()
    assert with_pages.predictive
    told = {area: one.verdict for area, (one,) in findings({"media": without}).items()}
    assert [told[area] for area in ("leave-one-out", "calibration", "predictive checks", "sensitivity")] == 4 * ["not done"]


def test_ranks_are_told_as_the_dyad_calls_them(content, tmp_path, monkeypatch, capsys):
    """Ids of contacts, in which a rank is only a part, stay as they are."""
    about = content.panel.about[0].model_copy(update={"labels": {"us_rank": {
        "president": "Head of state", "vice_president": "The second in command"}}})
    own = replace(content, panel=replace(content.panel, about=(about,)))
    monkeypatch.setattr(diagnosis_page, "plates", lambda _: ())
    write_diagnosis(own, tmp_path)
    page = (tmp_path / "check.html").read_text(encoding="utf-8")
    assert "The second in command" in page
    assert not re.search(r"vice[ _]president(?![\w-])", page)
    with calling([about]):
        assert code_label("rank_effect[president]") == "rank effect[Head of state]"
        assert code_label("president_effect of 2018-01-16-president") == "president effect of 2018-01-16-president"
    print_verdicts(own, tmp_path)
    assert "vice president" not in capsys.readouterr().out
