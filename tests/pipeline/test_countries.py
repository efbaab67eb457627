"""All states of the registers forecast at once, as the command and the Python door give them, without a sampler."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import forecast
from cli import app
from forecast.evaluation.baselines import BASELINE
from forecast.evaluation.countries import WHOLE
from forecast.panel.registers import CHANNEL
from forecast.pipeline import backtest as fits
from forecast.pipeline import countries as module
from forecast.shipped import CASE

CHEAP = ("smoothed", "last term")
EFFECT = 0.3


class Passed:
    gates = type("Gates", (), {"failures": (), "max_rhat": 1.0})


def made_up(fit, origin, outcome, seed):
    """In place of a posterior: rates of recent years, higher under the first outcome."""
    past = module.load_register_years(origin.as_of)
    rng = np.random.default_rng([seed, origin.election.date.year])
    rate = np.log((past.count[:, :, -20:].sum(axis=2) + 0.3) / (past.exposure[:, None, -20:].sum(axis=2) + 1.0))
    noise = rng.normal(0, 0.3, (12, *rate.shape))
    return past.country["country"].tolist(), rate + noise + EFFECT * (outcome == origin.happened), np.full((12, 3), 2.5)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A cache in which everything about all states is kept; two past terms and two cheap baselines made it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(fits, "_fit", lambda origin, seed: (Passed, None))
        patch.setattr(fits, "_projected", made_up)
        every = module.origins
        patch.setattr(module, "origins", lambda *given: every(*given, first=2012))
        patch.setattr("forecast.evaluation.baselines.best_decay", lambda past: 0.93)  # seconds for each origin
        for name in [one for one in BASELINE if one not in CHEAP]:
            patch.delitem(BASELINE, name)
        patch.setattr("forecast.evaluation.countries.JUDGED", ("pool", *CHEAP))
        yield forecast.country(region="central_asia")


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments],
                              env={"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": "80"})


def test_states_lie_side_by_side_in_the_order_asked_for(world):
    found = forecast.country("uzbekistan", "KAZ", region="central_asia")
    assert found.state.index.tolist() == ["uzbekistan", "kazakhstan", "kyrgyzstan", "tajikistan", "turkmenistan"]
    assert found.forecast["country"].drop_duplicates().tolist() == found.state.index.tolist()
    one = world.forecast[world.forecast["country"] == "kazakhstan"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.forecast[found.forecast["country"] == "kazakhstan"].reset_index(drop=True), one)
    assert found.outcomes == CASE.scenarios
    assert str(found.as_of) == str(CASE.as_of)


@pytest.mark.slow
def test_all_states_run_and_those_that_ended_are_told(world):
    found = call("country", "--all", "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    states = pd.DataFrame(told["state"])
    assert (states["status"] == "forecast").sum() == len(states) > 190
    table = pd.DataFrame(told["forecast"])
    assert table.groupby("country").size().unique().tolist() == [3 * 2 * 5]
    assert (table["q05"] <= table["median"]).all()
    assert (table["median"] <= table["q95"]).all()
    assert table["any"].between(0, 1).all()
    years = table[table["window"] != WHOLE].groupby(["country", "channel", "outcome"])["mean"].sum()
    term = table[table["window"] == WHOLE].set_index(["country", "channel", "outcome"])["mean"]
    np.testing.assert_allclose(years.sort_index(), term.sort_index(), rtol=1e-5)
    contrast = pd.DataFrame(told["contrast"])
    for pairing in ("separate", "paired"):
        np.testing.assert_allclose(contrast[[f"{one}_{pairing}" for one in ("more", "equal", "fewer")]].sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(contrast["model_median"], EFFECT, rtol=1e-6)  # the effect that was planted
    np.testing.assert_allclose(contrast["ratio_mean"], EFFECT * told["weight"]["hierarchical"], rtol=1e-5)
    assert table["country"].isin(["andorra", "san-marino"]).any()  # states without an entry
    assert "Andorra has no entry since 1949" in " ".join(told["notes"]["andorra"])


@pytest.mark.parametrize(("name", "words"), [
    ("yugoslavia", "Yugoslavia ended on 4 June 2006: its entries are history, and nothing is forecast."),
    ("south sudan", "South Sudan began on 9 July 2011: 13.3 years are known"),
    ("andorra", "Andorra has no entry since 1949: what is forecast there"),
])
def test_what_must_be_known_of_a_state_is_said(world, name, words):
    found = call("country", name)
    assert found.exit_code == 0, found.output
    assert words in " ".join(found.stdout.split())
    assert max(map(len, found.stdout.splitlines())) <= 80
    assert ("Forecast" in found.stdout) == (name != "yugoslavia")


def test_an_ended_state_alone_is_written_too(world, tmp_path):
    found = call("country", "yugoslavia", "--out", tmp_path / "old", "--quiet")
    assert found.exit_code == 0, found.output
    assert "ended on 4 June 2006" in (tmp_path / "old" / "country.html").read_text(encoding="utf-8")


def test_a_folder_holds_tables_a_figure_a_page_and_is_replaced_only_as_written(world, tmp_path):
    out = tmp_path / "made"
    assert call("country", "UZ", "--out", out, "--quiet").exit_code == 0
    assert {path.name for path in out.iterdir()} == {
        "country.html", "manifest.json", "history.pdf", "history.svg", "history.png",
        *(f"{name}.csv" for name in ("forecast", "contrast", "history", "record", "years", "world"))}
    page = (out / "country.html").read_text(encoding="utf-8")
    for word in ("Uzbekistan", "How such forecasts did", "data:image/svg+xml", "Silence of the registers is no absence"):
        assert word in page
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert call("country", "UZ", "--out", out, "--quiet").exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    (out / "note.txt").write_text("mine")
    assert call("country", "UZ", "--out", out, "--quiet").exit_code == 2


@pytest.mark.slow
def test_the_world_has_a_map_for_every_register(world, tmp_path):
    found = call("country", "--all", "--out", tmp_path / "world", "--quiet")
    assert found.exit_code == 0, found.output
    assert {path.stem for path in (tmp_path / "world").glob("*.png")} == {f"world_{one}" for one in CHANNEL.labels}
    assert len(pd.read_csv(tmp_path / "world" / "world.csv")) > 190


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_also_when_nothing_is_kept(world, monkeypatch, tmp_path):
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path))
    again = forecast.country(region="central_asia")
    for name in ("forecast", "contrast", "record", "years"):
        pd.testing.assert_frame_equal(getattr(world, name), getattr(again, name), check_exact=True)


@pytest.mark.slow
def test_another_seed_gives_other_numbers(world):
    other = forecast.country(region="central_asia", seed=7)
    assert not np.array_equal(world.forecast["mean"], other.forecast["mean"])


def test_what_is_kept_is_read_back_and_believed_only_as_written(world, monkeypatch, capsys):
    monkeypatch.setattr(module, "_computed", lambda *_: pytest.fail("computed anew"))
    forecast.country("uzbekistan")
    (path,) = (module.cache_directory() / "countries").glob("world-*.json")
    whole = path.read_text()
    path.write_text(whole.replace('"hierarchical": 0.', '"hierarchical": 0.0'))
    with pytest.raises(pytest.fail.Exception, match="computed anew"):
        forecast.country("uzbekistan")
    assert "(its hash is another); computed anew" in capsys.readouterr().err
    path.write_text(whole)


@pytest.mark.parametrize(("arguments", "words"), [
    ((), "argument NAMES: expected a state, a region or all, found none"),
    (("korea",), "expected one state, found 2 that begin so. Name one of korea-north, korea-south."),
    (("kazakstan", "uzbekistn"), "Did you mean 'uzbekistan' (Uzbekistan)?"),
    (("--region", "atlantis"), "option --region: expected a region of the registers, found 'atlantis'"),
    (("uzbekistan", "--as-of", "2025-01-20"), "expected a day from 1984-11-05 to 2025-01-19, to which the registers are coded"),
    (("uzbekistan", "--as-of", "1980-01-01"), "option --as-of: expected a day from 1984-11-05"),
])
def test_wrong_input_ends_with_a_message(arguments, words):
    found = call("country", *arguments)
    assert found.exit_code == 2, found.output
    assert words in found.stderr
    assert "Traceback" not in found.output


def test_another_day_is_followed_by_its_own_election():
    ask = module.asked_election(date(2020, 11, 2))
    assert ask.election.id == "us_2020"
    assert ask.outcomes == ("biden", "trump")
    assert ask.ahead.as_of == date(2020, 11, 2)
    assert [one.label for one in ask.past][-1] == "2013-2017"
    usual = module.asked_election()
    assert usual.election.id == "us_2024"
    assert [one.label for one in usual.past][-1] == "2017-2021"  # the term that was not over is no record yet
    assert module.asked_election(CASE.as_of) == usual
