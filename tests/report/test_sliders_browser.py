"""Sliders of a sweep in a real browser: at its points the digits of its tables, between them interpolation, from a file."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import RegularGridInterpolator

from forecast.evaluation.surrogate import BOUND
from forecast.report.page import plates, render_page
from forecast.report.sliders import load_sweep
from tests.conftest import some
from tests.report import chromium
from tests.report.made_sweep import COARSE, GRID, SAMPLE, TWO, numbers, write_sweep

pytestmark = chromium.needed
browser, kept, show = chromium.browser, chromium.kept, chromium.show
DESIGNS = {"grid": GRID, "sample": SAMPLE, "coarse": COARSE, "two": TWO}
RATE, TRADE, PRIORS = ("#assumption-0", "#assumption-1", "#assumption-2")
STEPS = 20


@pytest.fixture(scope="module")
def folder(content, tmp_path_factory):
    """Sweeps of made-up numbers, and a page with each."""
    found = tmp_path_factory.mktemp("sliders")
    picture = found / "picture.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="200pt"><path d="M 0 0 L 9 9"/></svg>')
    for name, design in DESIGNS.items():
        write_sweep(found / name, design)
        page = render_page(replace(content, sweep=load_sweep(found / name)), dict.fromkeys(plates(content), picture))
        (found / f"{name}.html").write_text(page, encoding="utf-8")
    return found


@pytest.fixture
def opened(folder, show):
    return lambda name, **options: show(folder / f"{name}.html", "#sliders[data-ready]", **options)


def table(folder, name, file="points.csv"):
    return pd.read_csv(folder / name / file, dtype=str)


def rows(page):
    """Quantity -> numbers behind a row, and the text of its cells."""
    return {one["quantity"]: one for one in page.eval_on_selector_all(
        "#sliders tbody tr", "all => all.map(one => ({...one.dataset, cells: [...one.cells].map(cell => cell.textContent)}))")}


def slide(page, control, place):
    page.eval_on_selector(control, """(one, place) => { one.value = place;
        one.dispatchEvent(new Event('input', { bubbles: true })); }""", str(place))


VISITED = """([controls, places]) => places.map(place => {
    controls.forEach((control, at) => { const one = document.querySelector(control);
        one.value = place[at]; one.dispatchEvent(new Event('input', { bubbles: true })); });
    return Object.fromEntries([...document.querySelectorAll('#sliders tbody tr')].map(
        one => [one.dataset.quantity, {...one.dataset, cells: [...one.cells].map(cell => cell.textContent)}])); })"""


def visited(page, places):
    """What :func:`rows` gives at one point after the other, as by moving the three controls to their places; in one call."""
    return page.evaluate(VISITED, [[RATE, TRADE, PRIORS], [[str(one) for one in place] for place in places]])


@pytest.mark.parametrize("group", some(["trump", "harris", "trump - harris"], ["trump - harris"]))
def test_at_every_point_of_a_grid_it_shows_the_digits_of_the_tables(opened, folder, group):
    page, values, errors = opened("grid"), table(folder, "grid"), table(folder, "grid", "points_mcse.csv")
    page.select_option("#sliders-group", group)
    trade = sorted(values["adjustments.topic.trade"].unique(), key=float)
    rate = sorted(values["adjustments.rate.president"].unique(), key=float)
    sets = page.eval_on_selector(PRIORS, "one => Object.fromEntries([...one.options].map(set => [set.label, set.value]))")
    places = [(STEPS * rate.index(row["adjustments.rate.president"]), STEPS * trade.index(row["adjustments.topic.trade"]),
               sets[row["priors"].capitalize()]) for _, row in values.iterrows()]
    for (number, row), found in zip(values.iterrows(), visited(page, places), strict=True):
        assert len(found) == 5
        for name, one in found.items():
            assert name.startswith(f"{group}: ")
            assert one["cells"][4] == f"{row[name]} ({errors.loc[number, name]})"
            assert float(one["value"]) == float(row[name])
    assert "This point was simulated" in page.inner_text("#sliders-said")


def test_between_the_points_of_a_grid_it_interpolates_linearly(opened, folder):
    page, paths = opened("grid"), ["adjustments.rate.president", "adjustments.topic.trade"]
    values = table(folder, "grid").astype(dict.fromkeys(paths, float))
    rate, trade = (np.sort(values[path].unique()) for path in paths)
    ordered = values.sort_values(["priors", *paths])
    rng, missed = np.random.default_rng(1), []
    places = [(rng.integers(0, STEPS * (len(rate) - 1)), rng.integers(0, STEPS * (len(trade) - 1)), rng.integers(0, 2))
              for _ in range(40)]
    for at, found in zip(places, visited(page, places), strict=True):
        point = [np.interp(at[0] / STEPS, range(len(rate)), rate), np.interp(at[1] / STEPS, range(len(trade)), trade)]
        truth = numbers(*point, at[2])
        for name, one in found.items():
            grid = ordered[name].to_numpy(float).reshape(2, len(rate), len(trade))[at[2]]
            assert float(one["value"]) == pytest.approx(RegularGridInterpolator((rate, trade), grid)(point)[0], rel=1e-9)
            missed += [abs(float(one["value"]) - truth[name[7:]])] if name == "trump: P(presidents_meet_2025)" else []
    assert max(missed) < float(page.get_attribute("#sliders-error [data-error]", "data-error")) < BOUND


def test_on_a_sample_it_shows_the_fitted_function(opened):
    page, rng, missed = opened("sample"), np.random.default_rng(2), []
    low, high = -0.5, 0.5
    tail = 0.3 * 2.5758293
    places = [(rng.integers(0, 201), rng.integers(0, 201), rng.integers(0, 2)) for _ in range(40)]
    for at, found in zip(places, visited(page, places), strict=True):
        truth = numbers(low + at[0] / 200 * (high - low), -tail + at[1] / 200 * 2 * tail, at[2])
        missed.append(abs(float(found["trump: P(presidents_meet_2025)"]["value"]) - truth["P(presidents_meet_2025)"]))
        assert float(found["trump: contacts"]["value"]) == pytest.approx(truth["contacts"], rel=0.01)
    assert max(missed) < BOUND
    assert "within the 1 that this page calls good enough" in page.inner_text("#sliders-error")


def test_interpolation_that_is_too_coarse_or_not_known_is_told(opened):
    page = opened("coarse")
    assert "Interpolation is too coarse here" in page.inner_text("#sliders-error.notice")
    assert "not known: of Topic, trade two values alone" in opened("two").inner_text("#sliders-error.notice")


def test_it_answers_at_once_asks_for_nothing_and_complains_of_nothing(opened, folder):
    for name in DESIGNS:
        page = opened(name)
        slide(page, RATE, 3)
        assert float(page.get_attribute("#sliders-shown", "data-milliseconds")) < 100
        assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
        assert page.said == []
        assert (folder / f"{name}.html").stat().st_size < 4_000_000


def test_it_can_be_used_with_the_keyboard_alone(opened):
    page = opened("grid")
    page.focus(RATE)
    before = page.get_attribute(RATE, "aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(RATE, "aria-valuetext") == page.inner_text(f"{RATE}-value") != before
    assert "Between simulated points" in page.inner_text("#sliders-said")
    page.focus("#sliders-nearest")
    page.keyboard.press("Enter")
    assert page.get_attribute(RATE, "aria-valuetext") == before
    assert "This point was simulated" in page.inner_text("#sliders-said")
    page.focus(RATE)
    page.keyboard.press("End")
    assert page.get_attribute(RATE, "aria-valuetext") == "0.44444444"
    page.focus("#sliders-begin")
    page.keyboard.press("Enter")
    assert page.get_attribute(RATE, "aria-valuetext") == before


@pytest.mark.parametrize("kind", ["contact", "question"])
def test_marks_of_the_charts_tell_the_numbers_of_the_tables(opened, kind):
    page, chart = opened("grid"), f"#sliders-chart-{kind}"
    exact = chromium.marks(page, chart)
    assert exact
    assert all("in points.csv: " in one and "change since the beginning" in one for one in exact)
    slide(page, RATE, 3)
    cells = {one["cells"][0]: one["cells"] for one in rows(page).values()}
    moved = chromium.marks(page, chart)
    for text in moved:
        name, here, change = text.split("; ")
        assert chromium.bare(here) == chromium.bare(cells[name][1])
        assert chromium.bare(change) == chromium.bare(f"change since the beginning: {cells[name][2]}")
    page.focus(f"{chart} svg [tabindex='0']")
    for text in moved:
        assert chromium.bare(chromium.tip(page, chart)) == chromium.bare(text)
        page.keyboard.press("ArrowDown")
    assert len(moved) == page.locator(f"#sliders-{kind} tbody tr").count() - (kind == "contact")  # an index has a unit of its own
    assert page.said == []


def test_names_and_roles_say_what_a_slider_moves(opened):
    page = opened("grid")
    slider = page.get_by_role("slider", name="Rate, president")
    assert slider.count() == 1
    assert page.get_by_role("combobox", name="Prior set").count() == 1
    assert "Made up for a test." in page.inner_text(f"#{slider.get_attribute('aria-describedby')}")
    assert page.get_attribute("#sliders-said", "role") == "status"


def test_nothing_is_wider_than_the_screen(opened):
    page = opened("grid")
    for width in (390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, chromium.cut(page)) == (width, [])


@pytest.mark.parametrize("scheme", some(["light", "dark"], ["light"]))
@pytest.mark.parametrize("name", some(["grid", "sample"], ["grid"]))
@pytest.mark.parametrize("part", some(["#sliders", None], ["#sliders"]))
def test_no_barrier_is_found(opened, name, scheme, part):
    """The quick lane looks at the part alone: all around it is the page of tests/report/test_browser.py."""
    page = opened(name, color_scheme=scheme)
    slide(page, RATE, 3)
    chromium.unfold(page)
    assert chromium.barriers(page, part) == []


def test_without_scripts_and_in_print_the_part_says_so_or_is_left_out(opened):
    page = opened("grid", java_script_enabled=False)
    assert page.is_visible("text=All numbers are in points.csv of the sweep")
    assert not page.is_visible("#sliders-form")
    page = opened("grid")
    page.emulate_media(media="print")
    assert not page.is_visible("#sliders")
