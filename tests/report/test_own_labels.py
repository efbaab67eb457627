"""What a dyad calls its ranks and topics stands wherever they are told of: pages, figures, printed tables, commands."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from cli import app
from forecast.cli.given import _print_update
from forecast.cli.quality import _print_completeness
from forecast.contacts import codes, load_dyad
from forecast.evaluation.update import Update
from forecast.panel.summary import Recall
from forecast.report import console, event_effects, prior_figures, words
from forecast.report.figures.record import draw_completeness
from forecast.report.language import calling, own_label
from forecast.report.page import assumed
from forecast.report.run import write_report
from tests.conftest import vector_only
from tests.fixture.foreign import write_foreign_dyad

RANK = {"president": "Head of state", "congress": "Assembly"}
TOPIC = codes.TOPIC.labels[0]
OWN_TOPIC = "What we talk of"


@pytest.fixture
def about(content):
    """The dyad of the report with labels of its own."""
    return content.panel.about[0].model_copy(update={"labels": {"us_rank": RANK, "agenda": {TOPIC: OWN_TOPIC}}})


@pytest.fixture
def foreign(tmp_path):
    return write_foreign_dyad(tmp_path / "xa_xb")


def shipped_labels(text: str, *, but: str = "") -> list[str]:
    """Labels of the codebook that the dyad has others for; `but`: where the word has another sense."""
    found = re.findall(r"(?<!vice )(?<!effect of the )\bpresident\b(?! correlation)|\bcongress\b", text.lower())
    return found if not but else [one for one in found if one != but]


def cells(page: str) -> str:
    """Heads of rows and cells of the tables of a page; heads of columns, of whom one is called President, are none of ranks."""
    bodies = "".join(re.findall(r"<tbody\b.*?</tbody>", page, flags=re.DOTALL))
    return "\n".join(unescape(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<t[hd]\b.*?</t[hd]>", bodies, flags=re.DOTALL))


def drawn_in(figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")))


def test_a_report_tells_of_them_under_its_own_labels(content, about, tmp_path):
    """Words of drawings stand as comments in SVG; a source of variance is called President, which is no rank, and questions are
    told as they were written.
    """
    none = content.questions.iloc[:0], content.questions_contrast.iloc[:0]
    own = replace(content, panel=replace(content.panel, about=(about,)), questions=none[0], questions_contrast=none[1])
    with vector_only():
        write_report(own, tmp_path)
    told = {"page": cells((tmp_path / "report.html").read_text(encoding="utf-8"))}
    told |= {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "tables").glob("*.tex")}
    told |= {path.name: "\n".join(re.findall("<!-- (.*?) -->", path.read_text(encoding="utf-8")))
             for path in (tmp_path / "figures").glob("*.svg")}
    assert {name for name, text in told.items() if shipped_labels(text, but="president" if "variance" in name else "")} == set()
    assert codes.TOPIC.words[TOPIC] not in "".join(told.values())
    for name in ("page", "contact.tex", "history.svg", "contrast.svg"):
        assert {label for label in RANK.values() if label in told[name]} == set(RANK.values()), name
    assert OWN_TOPIC in told["agenda.svg"]


@pytest.mark.parametrize("command", ["data show {}", "compare-administrations Falk Gray --data {}"])
def test_commands_print_them(foreign, tmp_path, command):
    with vector_only():
        found = CliRunner().invoke(app, [*command.format(foreign).split(), "--out", str(tmp_path / "out")],
                                   env={"COLUMNS": "200"}, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert "Assembly" in found.output
    assert "Head of state" in found.output
    assert shipped_labels(found.output) == []
    drawings = ["\n".join(re.findall("<!-- (.*?) -->", path.read_text())) for path in (tmp_path / "out").glob("*.svg")]
    assert drawings
    assert all("Assembly" in text and not shipped_labels(text) for text in drawings)
    for page in (tmp_path / "out").glob("*.html"):
        assert shipped_labels(cells(page.read_text(encoding="utf-8"))) == []


def test_a_comparison_of_versions_prints_them(foreign, tmp_path):
    table = pd.read_csv(foreign / "contacts.csv", dtype=str, keep_default_na=False)
    table.iloc[:-1].to_csv(tmp_path / "old.csv", index=False)
    found = CliRunner().invoke(app, ["data", "diff", str(tmp_path / "old.csv"), str(foreign)], env={"COLUMNS": "200"})
    assert "Head of state" in found.output
    assert shipped_labels(found.output) == []


def test_the_recorded_share_is_told_under_them(about, capsys):
    ranks, eras = list(codes.RANK), ["1991-2000", "2001-"]
    share = xr.DataArray(np.full((20, len(ranks), 2), 0.5), dims=("draw", "rank", "era"), coords={"rank": ranks, "era": eras})
    table = pd.DataFrame([{"rank": rank, "era": era, "contacts_listed": 1, "q05": 0.2, "q50": 0.5, "q95": 0.8}
                          for rank in ranks for era in eras])
    none = pd.DataFrame()
    with calling([about]):
        _print_completeness(table, Recall(table=none, missed=none, unlisted=none))
        figure = draw_completeness(share, np.ones((len(ranks), 2), int), "Beland", "Aland", "4 November 2024")
    for text in (capsys.readouterr().out, drawn_in(figure)):
        assert "Head of state" in text
        assert shipped_labels(text) == []


def test_a_term_that_runs_is_told_under_them(about, capsys):
    sides = [f"{side}_{level}" for side in ("eve", "now") for level in ("q05", "q50", "q95")]
    numbers = dict.fromkeys((*sides, "recorded", "eve_mean", "change"), 1.0)
    changes = pd.DataFrame([{"quantity": "contact", "key": rank, "part": part} | numbers
                            for rank in codes.RANK for part in ("so far", "to come", "term")])
    none = pd.DataFrame()
    given = {name: none for name in Update.__dataclass_fields__} | {"changes": changes}
    with calling([about]):
        _print_update(Update(**given), "Beland")
    told = capsys.readouterr().out
    assert "Assembly" in told
    assert shipped_labels(told) == []


def test_contacts_of_a_run_and_months_after_events_are_printed_under_them(about, content, capsys, tmp_path):
    with calling([about]):
        console.print_run(content.summary, content.contrast, content.administration.rate_ratio, tmp_path)
        assert event_effects._measure({"quantity": "rate", "key": "congress"}) == "Assembly"
        assert event_effects._measure({"quantity": "topic", "key": TOPIC}) == f"on {OWN_TOPIC}"
    told = capsys.readouterr().out
    assert "Head of state" in told
    assert shipped_labels(told) == []
    assert event_effects._measure({"quantity": "rate", "key": "vice_president"}) == "vice president"


def test_assumptions_name_them(about):
    size = {"kind": "fixed", "parameters": [0.4]}
    told = {"name": "a", "title": "a", "description": "a", "adjustments": {"rate": {"congress": size}, "topic": {TOPIC: size}}}
    with calling([about]):
        assert assumed(told, "Beland")["adjustments"] == f"rate, Assembly: 0.40; topic, {OWN_TOPIC}: 0.40"
    assert assumed(told, "Beland")["adjustments"].startswith("rate, congress: 0.40")


def test_where_there_is_no_room_a_label_is_cut_short(about):
    with calling([about]):
        assert prior_figures._ranks() == ["H. o. s.", "V. P.", "Cab.", "Dep.", "Asst.", "Asse."]
    assert prior_figures._ranks()[0] == "Pres."


def test_of_several_dyads_a_label_holds_on_which_all_agree(about):
    other = about.model_copy(update={"labels": {"us_rank": {"president": "Head of state", "congress": "Parliament"}}})
    with calling([about, other]):
        assert (words.RANK["president"], words.RANK["congress"]) == ("Head of state", codes.RANK.words["congress"])
        assert own_label("agenda", TOPIC) == ""
    assert words.RANK["president"] == codes.RANK.words["president"]


def test_columns_of_the_home_state_are_those_of_the_codebook(foreign):
    with calling([load_dyad(foreign)]):
        assert words.named("contact", "congress") == "Assembly"
