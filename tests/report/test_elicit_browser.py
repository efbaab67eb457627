"""The sheet of an elicitation in a real browser: it fits what the program fits, from a file, without network, with keys alone."""

import json
from itertools import pairwise
from urllib.parse import unquote

import numpy as np
import pytest
from scipy import stats

from forecast.evaluation import prior_check
from forecast.evaluation.elicitation import FAMILY, WITHIN, answer_of, fit
from forecast.pipeline.fits import elicitation, sheet_of
from forecast.report.elicitation import edges_of
from forecast.shipped import find_priors
from tests.conftest import some
from tests.fixture.record import RECORD
from tests.report import chromium

pytestmark = chromium.needed
browser, kept, show = chromium.browser, chromium.kept, chromium.show
OF_FAMILY = {"normal": "frequency.drift", "half_normal": "frequency.type_scale", "beta": "frequency.trend_damping"}
LAW = {"normal": [stats.norm(0.1, 0.3), stats.norm(-0.5, 0.15), stats.norm(0.4, 0.9)],
       "half_normal": [stats.halfnorm(scale=0.1), stats.halfnorm(scale=0.35), stats.halfnorm(scale=1.2)],
       "beta": [stats.beta(8, 2), stats.beta(0.7, 0.6), stats.beta(60, 45), stats.beta(1.2, 9)]}
ODD = {"normal": [5, 25, 20, 0, 0, 0, 0, 0, 0, 20, 25, 5], "half_normal": [0, 0, 0, 0, 10, 40, 40, 10, 0, 0, 0, 0],
       "beta": [40, 10, 0, 0, 0, 5, 5, 0, 0, 0, 10, 30]}
DRAWS = 60
PUT = """layout => { const fields = [...document.querySelectorAll('#chips input')];
fields.forEach((one, at) => { one.value = String(layout[at]); });
fields[0].dispatchEvent(new Event('input', {bubbles: true})); }"""


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """A sheet of every family, and what stands behind it."""
    folder, found = tmp_path_factory.mktemp("sheets"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prior_check, "ROUGH", DRAWS)
        patch.setattr(prior_check, "POINTS", {"mu": 5, "sigma": 4})
        for name, parameter in OF_FAMILY.items():
            asked = elicitation(parameter, find_priors("default"), data=RECORD, seed=3)
            edges = edges_of(asked.asked, None, None, 12)
            (folder / f"{name}.html").write_text(sheet_of(asked, edges, lambda *_: None), encoding="utf-8")
            found[name] = asked, edges, folder / f"{name}.html"
    return found


@pytest.fixture
def opened(sheets, show):
    """Opens the sheet of a family."""
    return lambda name, **options: show(sheets[name][2], "#answer[data-ready]", **options)


def fitted(page, layout):
    """Numbers of the distribution that the page says, and its distance."""
    page.evaluate(PUT, [int(one) for one in layout])
    told = page.eval_on_selector("#fit", "one => ({...one.dataset, hidden: one.hidden})")
    assert not told.pop("hidden")
    return {key: float(value) for key, value in told.items()}, float(page.get_attribute("#state", "data-distance"))


def layouts(name, edges):
    drawn = [np.diff(np.r_[0, np.round(chips * law.cdf(edges)), chips]) for law in LAW[name] for chips in (20, 100, 1000)]
    random = np.random.default_rng(1).integers(0, 15, (5, len(edges) + 1))
    return [one for one in [*drawn, ODD[name], *random] if np.count_nonzero(one) >= FAMILY[name].bins]


@pytest.mark.parametrize("name", FAMILY)
def test_the_page_fits_what_the_program_fits(opened, sheets, name):
    page, edges = opened(name), sheets[name][1]
    tried = layouts(name, edges)
    assert len(tried) >= 12
    for layout in tried:
        share = np.cumsum(layout)[:-1] / np.sum(layout)
        ours, (theirs, distance) = fit(name, edges, share), fitted(page, layout)
        law = FAMILY[name].cdf(edges, *theirs.values())
        assert list(theirs) == list(ours.arguments)
        assert np.abs(law - share).max() == pytest.approx(distance, abs=1e-9)  # special functions of the page are right
        assert law == pytest.approx(ours.fitted, abs=1e-3)  # and the minimum is the same, before digits are left out
        assert ((law - share) ** 2).sum() <= ((ours.fitted - share) ** 2).sum() + 1e-8
        assert ("far" in page.inner_html("#state")) == (distance > WITHIN)


def test_quantiles_are_those_of_the_distribution(opened, sheets):
    for name, (asked, _, _) in sheets.items():
        page = opened(name)
        theirs, _ = fitted(page, layouts(name, sheets[name][1])[1])
        rows = page.eval_on_selector_all("#quantiles tbody tr", "all => all.map(one => one.cells[1].textContent)")
        expected = asked.asked.plain.of(FAMILY[name].ppf(np.array([0.05, 0.25, 0.5, 0.75, 0.95]), *theirs.values()))
        assert [float(one.replace(",", "").replace("\N{MINUS SIGN}", "-")) for one in rows] == pytest.approx(expected, rel=0.006)


@pytest.mark.parametrize("name", ["normal", "half_normal"])
def test_what_follows_for_records_is_what_the_program_draws(opened, sheets, name):
    """Between points of the grid, with the same noise as at them: what is left is the error of interpolation."""
    asked, edges, _ = sheets[name]
    page = opened(name)
    for layout in layouts(name, edges)[4:6]:
        theirs, _ = fitted(page, layout)
        found = np.array(json.loads(page.get_attribute("#implied table", "data-quantiles")), float)
        ours = fit(name, edges, np.cumsum(layout)[:-1] / np.sum(layout)).prior("A layout of a test.")
        drawn = np.array([one.quantile for one in asked.implications.of(ours, DRAWS)])
        assert np.abs(np.arcsinh(found) - np.arcsinh(drawn)).max() < 0.35, (found, drawn)
        assert np.median(np.abs(np.arcsinh(found) - np.arcsinh(drawn))) < 0.1
    assert fitted(page, layout)[0] == theirs


def test_an_answer_is_saved_that_the_program_reads(opened, tmp_path):
    page = opened("half_normal")
    page.evaluate(PUT, [30, 25, 20, 12, 8, 5, 0, 0, 0, 0, 0, 0])
    assert not page.is_visible("#save")
    page.fill("#expert", "  Änne </script> Li ")
    assert "a reason of ten letters" in page.inner_text("#missing")
    page.fill("#reason", "Thirty years\nof reading.")
    text = unquote(page.get_attribute("#save", "href").partition(",")[2])
    assert page.get_attribute("#save", "download") == "frequency.type_scale_Änne_script_Li.json"
    found = answer_of(json.loads(text), tmp_path / "a.json", str)
    assert (found.expert, found.reason) == ("Änne </script> Li", "Thirty years of reading.")
    assert found.chips[:6] == (30, 25, 20, 12, 8, 5)


def test_it_can_be_used_with_the_keyboard_alone(opened):
    page = opened("half_normal")
    page.focus("#reason")
    for _ in range(2):  # past the button of the first bin to its field
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.querySelector('#chips input')")
    for key in ("PageUp", "PageUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    page.focus("#chips button[data-step='1'] >> nth=1")
    for _ in range(9):
        page.keyboard.press("Enter")
    assert [page.input_value(f"#chips input >> nth={at}") for at in (0, 1)] == ["21", "9"]
    assert page.get_attribute("#chips input >> nth=0", "aria-valuenow") == "21"
    assert page.is_visible("#fit")
    page.focus("#clear")
    page.keyboard.press("Enter")
    assert not page.is_visible("#fit")


def test_what_is_no_number_of_chips_is_said(opened):
    page = opened("normal")
    page.fill("#chips input >> nth=2", "many")
    assert page.get_attribute("#chips input >> nth=2", "aria-invalid") == "true"
    assert "Write whole numbers of chips." in page.inner_text("#state")
    assert not page.is_visible("#fit")


def test_the_page_asks_for_nothing_and_complains_of_nothing(opened):
    for name in FAMILY:
        page = opened(name)
        fitted(page, ODD[name])
        assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
        assert page.said == []


def test_what_a_parameter_that_no_record_knows_implies_is_not_invented(opened):
    page = opened("beta")
    fitted(page, ODD["beta"])
    assert not page.is_visible("#implied table")
    assert "Nothing in the record of one dyad depends on this parameter" in page.inner_text("#implied")


@pytest.mark.parametrize("width", some([320, 390, 768, 1920], [320, 1920]))
def test_nothing_is_wider_than_the_screen(opened, width):
    page = opened("normal", viewport={"width": width, "height": 900})
    fitted(page, ODD["normal"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_it_says_what_to_do(opened):
    page = opened("normal", java_script_enabled=False)
    assert "forecast priors elicit frequency.drift --out form.csv" in page.inner_text("#no-script")
    assert not page.is_visible("#answer")


def test_bars_and_print_follow_the_look_that_is_asked_for(opened):
    page = opened("normal", color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(23, 23, 22)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", some(["light", "dark"], ["light"]))
@pytest.mark.parametrize("name", some([*FAMILY], ["half_normal"]))
def test_no_barrier_is_found(opened, name, scheme):
    page = opened(name, color_scheme=scheme)
    fitted(page, ODD[name])
    assert chromium.barriers(page) == []


def test_bins_follow_one_another_in_the_unit_that_is_asked(sheets):
    for asked, edges, _ in sheets.values():
        assert all(low < high for low, high in pairwise(asked.asked.plain.of(edges)))
