"""Figures of commands beside the run: their words are large enough, whole, over nothing else, however many panels there are."""

from datetime import date
from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecast.contacts import codes
from forecast.evaluation.countries import WHOLE
from forecast.evaluation.elicitation import ChipAnswer, Pool, fit
from forecast.evaluation.uniformity import COVERAGE_LEVEL
from forecast.evaluation.update import FAN
from forecast.panel.elections import load_election
from forecast.panel.summary import summarise
from forecast.pipeline.countries import asked_election, load_register_years, load_states, state_history
from forecast.report import backtest_figures, diagnosis_figures
from forecast.report.backtest_figures import PIT
from forecast.report.countries import Countries
from forecast.report.figures import countries, record, update
from forecast.report.figures.assumptions import draw_assumptions, draw_compare, draw_ranks, draw_sweep
from forecast.report.prior_figures import draw_elicited, draw_section, pages_of_section
from forecast.report.style import COLUMNS, MM, OPEN, TALLEST, captions_apart, drawn_at, figure_style, to_grey
from forecast.simulation.scenario import find_scenario, load_scenario
from forecast.simulation.shocks import assumed_shifts
from tests.components.example import default_priors
from tests.conftest import some
from tests.fixture.record import frozen_panel
from tests.report.measured import faults
from tests.report.test_registers import example

RNG = np.random.default_rng(5)
QUANTITIES = ("log likelihood", "base[0]", "base[1]", "next term: log rate", "contrast: log rate")
STUDIES = ("frequency_occasion", "frequency_recording", "media", "setting, frequency_discount", "agenda", "completeness")
SWEPT = ("harris: contacts", "trump: contacts", "harris - trump: contacts", "harris: relation index", "trump: relation index",
         "harris - trump: relation index")
PATHS = ("events.ceasefire.effects.rate.president", "events.ceasefire.probability", "adjustments.rate.assistant")


def ranks(studies, control):
    rng = np.random.default_rng(3)
    rank = {name: pd.DataFrame(rng.integers(0, 101, (60, len(QUANTITIES))), columns=list(QUANTITIES))
            for name in STUDIES[:studies]}
    table = pd.DataFrame([{"study": name, "quantity": one, "p_ecdf_joint": 0.01 if one == "base[1]" else 0.4}
                          for name in rank for one in QUANTITIES])
    return draw_ranks(rank, table, 101, control=control)


def sweep(quantities):
    rows = [{"quantity": name, "path": path, "first": 0.3, "first_error": 0.1, "total": 0.4, "total_error": 0.12}
            for name in SWEPT[:quantities] for path in PATHS]
    return draw_sweep(pd.DataFrame(rows), "What the ceasefire is worth")


def compare(content, sets):
    names = ("default", "party_line_0", "party_line_70", "registers", "sceptical", "wide")[:sets]
    rows = content.contrast[content.contrast["key"] == "all"]
    return draw_compare(pd.concat([rows.assign(priors=name) for name in names]), "Harris against Trump, contacts, by prior set")


def assumptions(*names):
    scenarios = {one.name: one for one in (load_scenario(find_scenario(name)) for name in names)}
    types = {outcome: winner.type for one in scenarios.values()
             for outcome, winner in load_election(one.election).outcomes.items()}
    return draw_assumptions({name: assumed_shifts(one, paths=200, seed=1) for name, one in scenarios.items()}, scenarios, types)


def completeness():
    ranks_of = codes.RANK.labels
    share = xr.DataArray(np.random.default_rng(2).beta(8, 2, (50, len(ranks_of), 2)), dims=("draw", "rank", "era"),
                         coords={"rank": list(ranks_of), "era": ["1991-2008", "2009-"]})
    return record.draw_completeness(share, np.full((len(ranks_of), 2), 25), "Kazakhstan", "United States", "19 January 2025")


def elicited(experts, title):
    answers = tuple(ChipAnswer(form="elicitation answer 1", parameter="frequency.type_scale", expert=name, edges=(0.1, 0.2, 0.4),
                               reason="From the record.", chips=(3, 9, 6, 2)) for name in experts)
    whole = Pool(answer=answers, weight=np.full(len(experts), 1 / len(experts)))
    bins = ["below 1.11", "1.11 to 1.22", "1.22 to 1.49", "above 1.49"]
    return draw_elicited(whole, fit("half_normal", whole.edges, whole.share), bins, title, 0.05)


FORECASTERS = ("model", "model, placebo", "last four years")
TERMS = [f"{year}-{year + 4}" for year in range(1997, 2025, 4)]
MEASURES = ("contacts by rank and year", "contacts", "pages by side and year", "agenda", "questions")


def scored():
    """Forecasts of past terms, made up."""
    rows = [{"term": term, "forecaster": name, "count": 10 + 9 * at, "q10": 4 + 5 * at, "q50": 9 + 8 * at, "q90": 20 + 13 * at,
             **dict(zip(PIT, RNG.dirichlet(np.ones(len(PIT))), strict=True)),
             **{f"calibrated_{100 * level:.0f}": RNG.beta(9, 2) for level in COVERAGE_LEVEL}}
            for at, term in enumerate(TERMS) for name in FORECASTERS]
    return pd.DataFrame(rows)


def calibration(events):
    asked = pd.DataFrame([{"forecaster": name, "forecast": RNG.random(), "happened": int(RNG.random() < 0.5)}
                          for name in (FORECASTERS[0], "counts of the record") for _ in range(60)])
    return backtest_figures.draw_calibration(scored(), (FORECASTERS[0], FORECASTERS[2]), "Contacts of past terms", "7 terms.",
                                             asked if events else None, "counts of the record" if events else "")


def skill(names):
    rows = [{"measure": measure, "loss_name": "crps", "forecaster": name, "skill": 0.1, "low": -0.2, "high": 0.3,
             "baseline": "statsmodels smoothing"} for measure in MEASURES for name in names]
    told = {name: f"told of {name}" for name in names}
    return backtest_figures.draw_skill(pd.DataFrame(rows), told, "Skill", "7 terms.\nBars.")


def terms():
    return backtest_figures.draw_terms(scored(), FORECASTERS, "Every past term", "recorded contacts of the term", "7 terms.")


@cache
def states(count):
    """Forecasts of the first states of the list, made up; counts of past terms are those of the registers."""
    ask = asked_election()
    known = load_states(ask.as_of).set_index("country", drop=False)
    known = known[known["end"].isna()].iloc[:count]
    quantile = ("q05", "q25", "median", "q75", "q95")
    rows = [{"country": country, "channel": channel, "outcome": outcome, "window": WHOLE, "mean": RNG.gamma(1, 2),
             **dict(zip(quantile, sorted(RNG.integers(0, 9, 5)), strict=True))}
            for country in known.index for channel in codes.CHANNEL.labels for outcome in ask.outcomes]
    past = state_history(load_register_years(ask.as_of))
    return Countries(as_of=ask.as_of, election=ask.election, outcomes=ask.outcomes, state=known, forecast=pd.DataFrame(rows),
                     history=past[past["country"].isin(known.index)], notes={}, weight={}, gates={}, first={}, seed=1,
                     **dict.fromkeys(("contrast", "record", "years"), pd.DataFrame()))


EXPERTS = {"one": ["Anna"], "some": ["Anna", "Ben", "Chiara"], "wide": ["W" * 80, "$x_1$ & <b>"],
           "alike": [f"Professor of International Relations at the University of Central Asia, Campus {letter}"
                     for letter in "ABCDEFGH"],
           "long": [f"Professor {name} of a chair with a very long name" for name in "ABCDEFGH"],
           "many": [f"Expert {number}" for number in range(20)]}
LONG = "frequency.type_scale: a factor between the rates of two types of administration that are seen one after the other " * 2

PRINTED = {
    "skill of two": lambda _: skill(FORECASTERS[:2]),
    "skill of three": lambda _: skill(FORECASTERS),
    "calibration with questions": lambda _: calibration(True),
    "calibration": lambda _: calibration(False),
    "terms": lambda _: terms(),
    "a state": lambda _: countries.draw_history(states(1)),
    "states": lambda _: countries.pages_of_history(states(12))[-1](),
    "world": lambda _: countries.draw_world(states(None), "president_travel"),
}
"""Figures that have a key inside of a panel, or small letters, where they are not printed."""
MAKERS = {
    **{f"elicited {experts} {title[:20]}": lambda _, given=(EXPERTS[experts], title): elicited(*given)
       for experts, title in (("one", "frequency"), ("some", LONG), ("wide", "frequency"), ("alike", LONG), ("long", LONG),
                              ("many", LONG))},
    **{f"ranks {studies} {control}": lambda _, given=(studies, control): ranks(*given)
       for studies, control in ((1, None), (1, "subtle"), (2, "coarse"), (4, None), (6, None))},
    **{f"sweep {quantities}": lambda _, given=quantities: sweep(given) for quantities in (1, 2, 6)},
    **{f"compare {sets}": lambda content, given=sets: compare(content, given) for sets in (1, 6)},
    **{f"assumptions {names[-1]}": lambda _, given=names: assumptions(*given)
       for names in (("harris", "harris_continuity"), ("trump_ukraine_ceasefire",), ("trump", "trump_ukraine_escalation"))},
    **{f"priors {section}": lambda _, given=section: draw_section(default_priors(), default_priors(), given)
       for section in default_priors().component},
    "record": lambda _: record.draw(summarise(frozen_panel(date(2025, 1, 19))), "Kazakhstan", "19 January 2025"),
    "completeness": lambda _: completeness(),
    "registers": lambda _: countries.draw_types(*example(), "central_asia", "4 November 2024", "7,000 entries.", 1),
}


QUICK = ("elicited wide frequency", "elicited many frequency.type_scale", "ranks 2 coarse", "ranks 6 None", "sweep 6",
         "compare 6", "assumptions trump_ukraine_escalation", "priors frequency", "priors effectiveness", "record",
         "completeness", "registers")
"""Of every kind of figure those with the longest words or the most panels."""
QUICK_PRINTED = (*QUICK, "elicited alike frequency.type_scale", "calibration with questions", "skill of three", "terms",
                 "a state", "states", "world")


@pytest.mark.parametrize("name", some(MAKERS, QUICK))
def test_words_are_large_enough_and_whole(content, name):
    assert faults(MAKERS[name](content)) == []


@pytest.mark.parametrize("column", some(COLUMNS, ("single",)))
@pytest.mark.parametrize("name", some([*MAKERS, *PRINTED], QUICK_PRINTED))
def test_printed_words_are_large_enough_and_whole_and_the_caption_stands_apart(content, name, column):
    make = {**MAKERS, **PRINTED}[name]
    if name.startswith("priors "):
        with drawn_at(COLUMNS[column]):
            make, *_ = pages_of_section(default_priors(), default_priors(), name.removeprefix("priors "))
        make = partial(_called, make)
    with drawn_at(COLUMNS[column]):
        with captions_apart() as apart:
            figure = make(content)
        inside = make(content)
    ((title, note),) = apart
    assert title
    assert not any(text.get_text().replace("\n", " ") in (title, note) for text in figure.texts)
    width, height = figure.get_size_inches() / MM
    assert width == pytest.approx(COLUMNS[column])
    assert height <= TALLEST
    for drawn in (figure, inside):
        assert faults(drawn) == []
    to_grey(figure)
    assert faults(figure) == []


def _called(draw, _):
    return draw()


def test_a_figure_that_is_taller_than_a_page_goes_on_in_another():
    with drawn_at(COLUMNS["single"]):
        pages = pages_of_section(default_priors(), default_priors(), "frequency")
        shown = [ax.get_title() for page in pages for ax in page().axes]
    whole = [ax.get_title() for ax in draw_section(default_priors(), default_priors(), "frequency").axes]
    assert len(pages) > 1
    assert [title.replace("\n", " ") for title in shown] == whole


def test_no_option_of_print_no_other_figure(content):
    """What is drawn for the screen is drawn for two columns, whatever was printed before."""
    before = compare(content, 2).get_size_inches()
    with drawn_at(COLUMNS["single"]):
        compare(content, 2)
    assert compare(content, 2).get_size_inches() == pytest.approx(before)


def test_a_term_that_begins_in_the_middle_of_a_year_is_drawn_from_its_first_month():
    months = pd.date_range("2022-07-01", "2024-06-01", freq="MS")
    table = pd.concat([pd.DataFrame({"part": part, "month": months[chosen], **dict.fromkeys(FAN, 3.0)})
                       for part, chosen in (("eve", slice(None)), ("recorded", slice(4)), ("now", slice(4, None)))])
    term = SimpleNamespace(months=months, marks={"a": OPEN}, update=SimpleNamespace(months=table),
                           panel=SimpleNamespace(as_of=date(2022, 10, 31)))
    ax = Figure().subplots()
    update._fans(ax, term)
    recorded = next(line for line in ax.get_lines() if line.get_linewidth() == 1.3)
    first = 2022 + 181 / 365
    assert recorded.get_xdata()[0] == pytest.approx(first)
    assert ax.get_xlim() == pytest.approx((first, 2024.5))


@pytest.mark.parametrize("studies", [1, 2, 4, 5, 6])
def test_the_last_panel_of_each_column_of_ranks_has_numbers_below_and_no_other_has(studies):
    figure = ranks(studies, None)
    figure.draw_without_rendering()
    shown = [ax for ax in figure.axes if ax.get_visible()]
    bottom = {round(ax.get_position().x0, 3): ax for ax in sorted(shown, key=lambda ax: -ax.get_position().y0)}
    assert len(shown) == studies
    assert [any(tick.label1.get_visible() for tick in ax.xaxis.get_major_ticks()) for ax in shown] == [
        ax in bottom.values() for ax in shown]


def test_an_era_that_goes_on_is_called_by_its_beginning():
    assert [ax.get_title(loc) for ax in completeness().axes for loc in ("left", "center") if ax.get_title(loc)
            ] == ["1991-2008", "since 2009"]


def test_a_single_panel_takes_the_whole_width():
    for figure in (ranks(1, None), sweep(1)):
        figure.canvas.draw()
        panel = figure.axes[0].get_window_extent()
        assert panel.width > 0.55 * figure.bbox.width
        assert [ax for ax in figure.axes if not ax.get_visible()] == []


def test_names_of_what_lies_far_off_stay_on_the_sheet():
    """Of points at both edges of a panel that ends where the sheet ends."""
    mean, observed = np.array([0.5, 6.0, 12.0]), np.array([9, 6, 26])
    one = SimpleNamespace(replicated=np.random.default_rng(1).poisson(mean, (200, 3)), observed=observed,
                          outside=np.array([True, False, True]))
    with figure_style():
        figure = Figure(figsize=(3.4, 2.6))
        FigureCanvasAgg(figure)
        diagnosis_figures._scatter(figure.add_axes((0.15, 0.2, 0.84, 0.7)), one,
                                   ["cabinet, first term, year 2", "none", "Biden, 001, some name"])
    assert faults(figure) == []
