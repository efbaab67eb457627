"""The page in a real browser: it answers by the rules of ``forecast condition``, from a file, without network."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest

from forecast.pipeline import Request
from forecast.pipeline.condition import condition_run
from forecast.report.language import speaking
from forecast.report.page import SLACK, plates, render_page
from forecast.report.what_if import MOST, ROUND
from tests.conftest import some, some_rows
from tests.fixture.record import RECORD
from tests.golden.run_directory import write_run
from tests.report import chromium

pytestmark = chromium.needed
browser, kept, show = chromium.browser, chromium.kept, chromium.show
REQUEST = Request(data=RECORD, paths=1500, seed=3, as_of=date(2024, 11, 4), threads=1)
SIZES = (390, 768, 1280, 1920)
TIGHT = 1_000_000
"""Bytes of a page that has no room for all futures."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run directory of made-up posteriors whose page has one drawing in the place of all."""
    folder = tmp_path_factory.mktemp("browser") / "run"
    picture = folder.parent / "picture.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="200pt"><path d="M 0 0 L 9 9"/></svg>')

    def report(content, place, *_):
        (place / "report.html").write_text(render_page(content, dict.fromkeys(plates(content), picture)), encoding="utf-8")
        with speaking("ru"):
            (folder.parent / "russian.html").write_text(render_page(content, dict.fromkeys(plates(content), picture)),
                                                       encoding="utf-8")
        most = replace(content, kept={name: of_most(one) for name, one in content.kept.items()})
        (folder.parent / "most.html").write_text(render_page(most, {}), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("forecast.report.page.BYTES", TIGHT)
            (folder.parent / "tight.html").write_text(render_page(most, {}), encoding="utf-8")
        far = {name: with_one_far(one) for name, one in content.kept.items()}
        (folder.parent / "far.html").write_text(render_page(replace(content, kept=far), {}), encoding="utf-8")
        np.save(folder.parent / "far.npy", far["harris"].years["contact"].sum(["outcome", "year", "rank"]).to_numpy())

    return write_run(REQUEST, folder, report)


def of_most(kept):
    """As many futures as a page holds at most, each as one of the run."""
    at = np.arange(MOST) % len(kept.winner)
    return replace(kept, years=kept.years.isel(path=at), winner=kept.winner[at], simulated=MOST,
                   counted={name: one[at] for name, one in kept.counted.items()},
                   batch={name: one[at] for name, one in kept.batch.items()})


def with_one_far(kept):
    """Futures of which the last has twenty times as many contacts as any other."""
    years = kept.years.copy(deep=True)
    years["contact"][{"path": -1}] = 20 * years["contact"].max()
    return replace(kept, years=years)


@pytest.fixture
def opened(run, show):
    """Opens the page of the run."""
    return lambda **options: show(run / "report.html", "#what-if[data-ready]", **options)


def pick_question(page, question, answer):
    page.click("#add-question")
    row = page.locator("#given li").last
    row.locator("[data-field=question]").select_option(question)
    row.locator("[data-field=answer]").select_option(answer)


def pick_count(page, sign, many, rank="all", year="term"):
    page.click("#add-count")
    row = page.locator("#given li").last
    for field, value in {"sign": sign, "rank": rank, "year": year}.items():
        row.locator(f"[data-field={field}]").select_option(value)
    row.locator("[data-field=many]").fill(str(many))


def agreed(page):
    """Scenario -> futures that agree, probability and its error."""
    told = page.eval_on_selector_all("#agreed p[data-scenario]", "all => all.map(one => ({...one.dataset}))")
    return {one["scenario"]: (int(one["agree"]), float(one["probability"]), float(one["error"])) for one in told}


def rows(page, table):
    """Key -> numbers behind a row, and the text of its cells."""
    return {one["key"]: one for one in page.eval_on_selector_all(
        f"#{table} tbody tr", "all => all.map(one => ({...one.dataset, cells: [...one.cells].map(cell => cell.textContent)}))")}


CASES = [
    ([("least", 26, "all", "term")], []),
    ([("most", 6, "all", "2025"), ("least", 3, "cabinet", "term")], []),
    ([("least", 20, "all", "term")], [("presidents_meet_2025", "no")]),
]


@pytest.mark.parametrize(("counts", "questions"), [
    pytest.param(*one, marks=[] if one is CASES[-1] else [pytest.mark.slow]) for one in CASES])
def test_numbers_are_those_of_forecast_condition(opened, run, counts, questions):
    page = opened()
    for one in questions:
        pick_question(page, *one)
    for sign, many, rank, year in counts:
        pick_count(page, sign, many, rank, year)
    given = page.inner_text("#command").split('"')[1::2]
    expected, _ = condition_run(run, given)
    assert {row.scenario: (row.agree, *map(pytest.approx, (row.probability, row.mcse))) for row in expected.agreement.itertuples()
            } == agreed(page)
    for place, name in enumerate(expected.change["scenario"].unique()):
        page.select_option("#show-scenario", str(place))
        change = expected.change[expected.change["scenario"] == name].set_index(["quantity", "window", "key"]).sort_index()
        asked = expected.questions[expected.questions["scenario"] == name].set_index("id")
        compare(rows(page, "what-if-ranks"), change.loc["contact", "2025-2028"])
        compare(rows(page, "what-if-topics"), change.loc["mention_share", "2025-2028"])
        compare(rows(page, "what-if-questions"), asked)
        page.select_option("#show-rank", "deputy")
        compare(rows(page, "what-if-years"), change.loc["contact"].xs("deputy", level="key").drop("2025-2028"))


def compare(found, expected):
    assert set(found) == set(expected.index)
    for key, row in expected.iterrows():
        numbers = [float(found[key][name]) for name in ("before", "beforeError", "after", "afterError", "change", "changeError")]
        wanted = row[["before", "before_mcse", "after", "after_mcse", "change", "change_mcse"]].to_numpy(float)
        assert numbers == pytest.approx(wanted, rel=1e-6, abs=1e-12)
        if "after_q50" in row:
            share = 100 if row["unit"].startswith("share") else 1
            middle = float(found[key]["cells"][2].replace("\N{NO-BREAK SPACE}", " ").split(" ")[0])
            assert middle == pytest.approx(share * row["after_q50"], abs=0.5001)


def test_untouched_it_shows_the_text_of_the_tables(opened, run):
    page = opened()
    summary = pd.read_csv(run / "summary.csv", dtype={"key": str}).query("scenario == 'harris' and window == '2025-2028'")
    table = summary[summary["quantity"] == "contact"].set_index("key")
    found = rows(page, "what-if-ranks")
    assert list(found) == list(table.index)
    for key, row in table.iterrows():
        assert found[key]["cells"][1:] == [f"{row.q50:.0f} ({row.q05:.0f} to {row.q95:.0f})", "", found[key]["cells"][3], "", ""]
        assert float(found[key]["cells"][3].split(" ± ")[0]) == pytest.approx(row["mean"], abs=0.6 * row["mcse"])
    assert "Nothing is picked" in page.inner_text("#agreed")


def test_few_futures_say_little(opened):
    page = opened()
    pick_count(page, "least", 60)
    assert "Fewer than 400: so few futures say little" in page.inner_text("#agreed")
    assert {one["cells"][4] for one in rows(page, "what-if-ranks").values()} == {"too few"}


def first_answer(run, show) -> float:
    """Milliseconds of the first answer of the most futures, once the page says that what it needs is prepared."""
    page = show(run.parent / "most.html", "#what-if[data-prepared]")
    page.click("#add-count")
    assert f"of {MOST:,} futures agree" in page.inner_text("#agreed")
    taken = float(page.get_attribute("#what-if-shown", "data-milliseconds"))
    page.close()
    return taken


def test_what_the_first_answer_of_the_most_futures_needs_is_prepared_while_nobody_asks(run, show):
    assert 0 < first_answer(run, show) < 1000  # whatever else the machine is busy with; the bound is that of the slow lane


@pytest.mark.slow
def test_the_first_answer_of_the_most_futures_comes_at_once(run, show):
    """Of three pages, as a machine may be busy with other things."""
    assert min(first_answer(run, show) for _ in range(3)) < 100


def test_a_page_is_filled_with_as_many_futures_as_fit(run):
    """The library, and all else, is measured: no more room is left than some futures take."""
    sizes = {}
    for name in ("most", "tight"):
        page = (run.parent / f"{name}.html").read_text(encoding="utf-8")
        told = json.loads(re.search(r'id="what-if-data">(.*?)</script>', page, flags=re.DOTALL)[1])
        sizes[name] = len(page.encode()), told["futures"], sum(len(part) for one in told["scenarios"] for part in one["data"])
    (_, most, packed), (size, futures, _) = sizes["most"], sizes["tight"]
    assert (most, futures < most) == (MOST, True)
    assert TIGHT - SLACK - 2.5 * ROUND * packed / most < size <= TIGHT


def test_what_is_shown_can_be_taken_along(opened):
    page = opened()
    pick_count(page, "least", 20)
    link = page.get_attribute("#what-if-download", "href")
    table = list(csv.DictReader(io.StringIO(unquote(link.partition(",")[2]))))
    shown = rows(page, "what-if-ranks")
    assert [one["after"] for one in table[:len(shown)]] == [one["after"] for one in shown.values()]
    agree = agreed(page)["harris"][0]
    about = [{name: one[name] for name in ("scenario", "window", "unit", "conditions", "agree", "held")} for one in table]
    assert about[0] == {"scenario": "harris", "window": "2025-2028", "unit": "recorded contacts",
                        "conditions": "contacts_total>=20", "agree": str(agree), "held": "1500"}
    assert {(one["window"], one["unit"]) for one in about[len(shown):]} == {
        *((str(year), "recorded contacts") for year in range(2025, 2029)), ("2025-2028", "share of topic mentions"),
        ("", "probability")}
    for one, row in zip(table, shown.values(), strict=False):
        for when, cell in (("before", 1), ("after", 2)):
            found = [f"{float(one[f'{when}_{level}']):.0f}" for level in ("q50", "q05", "q95")]
            assert found == re.findall(r"\d+", row["cells"][cell])
    said = "The same question on the command line, of all 1,500 futures of each scenario: forecast condition"
    assert said in page.inner_text("#command-line")


def test_the_page_asks_for_nothing_and_complains_of_nothing(opened):
    page = opened()
    pick_count(page, "least", 20)
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert page.said == []


@pytest.mark.parametrize("name", some(["run/report", "russian"], ["russian"]))
def test_nothing_is_wider_than_the_screen(run, show, name):
    page = show(run.parent / f"{name}.html", "#what-if[data-ready]")
    pick_count(page, "least", 20)
    for width in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        assert (width, chromium.cut(page)) == (width, [])


def test_on_a_narrow_screen_a_row_is_a_block_and_every_cell_says_of_what_it_is(opened):
    page = opened(viewport={"width": min(SIZES), "height": 900})
    pick_count(page, "least", 20)
    chromium.unfold(page)
    for table, labels in {"contacts": ["Harris: median 90 %", "Harris: mean", "Trump: median 90 %", "Trump: mean"],
                          "what-if-topics": ["all, median (90 %)", "agree, median (90 %)", "all, mean"]}.items():
        cells = page.locator(f"#{table} tbody tr").first.locator("td")
        told = cells.evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content.split('\"')[1])")
        assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in told][:len(labels)] == labels
        tops = cells.evaluate_all("all => all.map(one => one.getBoundingClientRect().y)")
        assert tops == sorted(set(tops))
    row = page.locator("#contacts").get_by_role("row", name="President").first  # it is a table all the same for who hears it
    assert row.get_by_role("rowheader").count() == 1
    assert row.get_by_role("cell").count() == 8


FIGURES = "[...document.querySelectorAll('figure img')].map(one => one.closest('figure').outerHTML.length).join()"
"""Length of every figure; other parts of the page may still be prepared by their scripts."""


def test_a_figure_opens_large_and_closes_by_escape(opened):
    page = opened(viewport={"width": min(SIZES), "height": 900})
    button = page.get_by_role("button", name=re.compile("Open large.*: Contacts by rank"))
    drawing = page.locator("#large-history img")
    button.focus()
    before, size = drawing.bounding_box(), page.evaluate(FIGURES)
    page.keyboard.press("Enter")
    assert drawing.bounding_box()["width"] >= 3 * before["width"] > 0
    assert page.evaluate("document.activeElement.textContent") == "Close"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#large-history').scrollLeft > 0")
    page.keyboard.press("Escape")
    assert drawing.bounding_box() == before
    assert page.evaluate("document.activeElement.textContent") == "Open large: Contacts by rank"
    page.mouse.click(before["x"] + 50, before["y"] + 50)  # on the drawing itself
    page.get_by_role("button", name="Close").click()
    assert drawing.bounding_box() == before
    assert (page.content().count("data:image/svg"), page.evaluate(FIGURES)) == (page.locator("figure img").count(), size)
    assert page.said == []


def test_dark_and_print_look_as_asked(opened):
    page = opened(color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(23, 23, 22)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert not page.is_visible("#what-if")
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf())
    assert 1 <= len(pages) <= 12


def test_without_scripts_all_but_what_if_is_there(opened):
    page = opened(java_script_enabled=False)
    assert page.is_visible("text=This part needs JavaScript")
    assert page.locator("main > details").count() >= 8
    assert not page.is_visible("#what-if-form")


def test_a_link_to_a_folded_part_opens_it(opened):
    page = opened()
    assert page.get_attribute("#numbers", "open") is None
    page.click("nav a[href='#numbers']")
    page.wait_for_selector("#numbers[open]")
    assert page.get_attribute("#numbers", "open") is not None


def test_it_can_be_used_with_the_keyboard_alone(opened):
    page = opened()
    page.focus("#add-count")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("20")
    assert "contacts_total>=20" in page.inner_text("#command")
    assert page.get_attribute("#agreed", "role") == "status"


@pytest.mark.parametrize("scheme", some(["light", "dark"], ["light"]))
def test_no_barrier_is_found(opened, scheme):
    page = opened(color_scheme=scheme)
    pick_count(page, "least", 20)
    pick_question(page, "presidents_meet_2025", "no")
    chromium.unfold(page)
    assert chromium.barriers(page) == []


def shares(texts):
    """Per cent of all futures by bar; what is said to be under 0.1 is halfway."""
    form = (r"(?:contacts|share of mentions) \d[^:]*: ([\d.]+|under 0\.1)\s% of all futures"
            r"(, (?:under )?[\d.]+\s% of those that agree)?")
    return [float(re.fullmatch(form, one)[1].replace("under 0.1", "0.05")) for one in texts]


def test_charts_are_read_by_pointing_and_by_keyboard(opened):
    page = opened()
    texts = chromium.marks(page, "#chart-rank")
    assert 12 < len(texts) <= 24
    assert sum(shares(texts)) == pytest.approx(100, abs=1.2)
    assert chromium.tip(page, "#chart-rank") == ""
    page.locator("#chart-rank svg [role=img]").nth(5).hover()
    assert chromium.tip(page, "#chart-rank") == texts[5]
    page.keyboard.press("Escape")
    assert chromium.tip(page, "#chart-rank") == ""
    page.locator("#chart-rank svg [role=img]").nth(6).hover()
    assert chromium.tip(page, "#chart-rank") == texts[6]
    page.mouse.move(0, 0)
    page.wait_for_function("!document.querySelector('#chart-rank [aria-label=tip] text')")
    page.focus("#chart-topic svg [tabindex='0']")
    read = [chromium.tip(page, "#chart-topic")]
    for _ in range(30):  # beyond the last it stays
        page.keyboard.press("ArrowRight")
        read.append(chromium.tip(page, "#chart-topic"))
    topics = chromium.marks(page, "#chart-topic")
    assert read == topics + [topics[-1]] * (31 - len(topics))
    page.keyboard.press("Home")
    assert chromium.tip(page, "#chart-topic") == read[0]
    page.keyboard.press("Escape")
    assert chromium.tip(page, "#chart-topic") == ""
    assert page.locator("#chart-topic svg [tabindex='0']").count() == 1  # one stop of the tabulator for each chart
    pick_count(page, "least", 20)
    agree = chromium.marks(page, "#chart-topic")
    assert all("of those that agree" in one for one in agree)
    assert shares(agree) == shares(topics)
    assert "of those that agree" in page.get_attribute("#chart-topic svg", "aria-label")
    assert page.said == []


def test_charts_and_answers_are_in_the_language_of_the_page(run, show):
    page = show(run.parent / "russian.html", "#what-if[data-ready]")
    pick_count(page, "least", 20)
    assert re.search(r"Харрис: подходят \d\s\d{3} из 1\s500 траекторий", page.inner_text("#agreed"))
    assert all(re.search(r": \d+,\d % всех траекторий, \d+,\d % подходящих", one) for one in chromium.marks(page, "#chart-topic"))
    assert page.inner_text("#chart-rank figcaption").endswith(
        "Контур: все траектории этой страницы (1\N{NO-BREAK SPACE}500); закрашено: подходящие.")
    for part in page.locator("details.read").all():
        part.locator("summary").press("Enter")
    page.wait_for_function(chromium.DRAWN)
    texts = chromium.marks(page, "details.read[data-figure=history]")
    form = r"[^A-Za-z]+: зафиксированные контакты, 20[^A-Za-z]+; медиана \d.*; 50 %: от .*; 90 %: от .*; среднее .*"
    assert all(re.fullmatch(form, one) for one in texts)
    assert page.said == []


def place_of(page, chart, at):
    """Middle of a mark, on the screen."""
    mark = page.locator(f"{chart} svg [role=img]").nth(at)
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_charts_are_read_by_touch(opened):
    page = opened(has_touch=True, viewport={"width": min(SIZES), "height": 900})
    texts = chromium.marks(page, "#chart-rank")
    for at in (7, 9, 4, 4):  # one after the other, each with its numbers
        page.touchscreen.tap(*place_of(page, "#chart-rank", at))
        assert chromium.tip(page, "#chart-rank") == texts[at]
    page.touchscreen.tap(*place_of(page, "#chart-topic", 2))
    assert chromium.tip(page, "#chart-topic") == chromium.marks(page, "#chart-topic")[2]
    assert chromium.tip(page, "#chart-rank") == ""


def test_a_click_holds_the_numbers_until_escape(opened):
    page = opened()
    page.locator("#chart-rank svg [role=img]").nth(5).click()
    page.mouse.move(0, 0)
    assert chromium.tip(page, "#chart-rank") == chromium.marks(page, "#chart-rank")[5]
    page.keyboard.press("Escape")
    assert chromium.tip(page, "#chart-rank") == ""


def test_what_a_click_holds_gives_way_to_another_mark_and_another_chart(opened):
    page = opened()
    texts, marks = chromium.marks(page, "#chart-rank"), page.locator("#chart-rank svg [role=img]")
    marks.nth(5).click()
    marks.nth(8).hover()
    assert chromium.tip(page, "#chart-rank") == texts[8]
    for at in (8, 3):
        marks.nth(at).click()
        page.mouse.move(0, 0)
        assert chromium.tip(page, "#chart-rank") == texts[at]
    page.locator("#chart-topic svg [role=img]").nth(1).click()
    assert chromium.tip(page, "#chart-rank") == ""
    assert chromium.tip(page, "#chart-topic") == chromium.marks(page, "#chart-topic")[1]
    page.focus("#show-topic")
    page.keyboard.press("Tab")  # to the first chart by keys, and from there by a click on another mark
    assert chromium.tip(page, "#chart-rank") == texts[3]
    marks.nth(6).click()
    assert chromium.tip(page, "#chart-rank") == texts[6]


def test_a_chart_is_one_stop_of_the_tabulator(opened):
    page = opened()
    page.focus("#show-topic")
    stops = []
    for _ in range(3):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("(one => [one.closest('figure')?.id, one.getAttribute('role')])(document.activeElement)"))
    assert stops[:2] == [["chart-rank", "img"], ["chart-topic", "img"]]
    assert stops[2][1] != "img"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('figure').id") == "chart-rank"
    box = page.locator("#chart-rank svg").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 4)
    assert page.locator("#chart-rank svg [tabindex='0']").count() == 1  # also after a click where there is no mark


TIP = """chart => {
    const box = (one) => (({left, right, top, bottom}) => [left, right, top, bottom])(one.getBoundingClientRect());
    const tip = chart.querySelector("[aria-label=tip]");
    const ring = [...chart.querySelectorAll("svg > g[aria-label=dot] circle")].at(-1);
    return {tip: box(tip.querySelector("path")), ring: box(ring)};
}"""


@pytest.mark.parametrize("width", some([320, *SIZES], [320, 1280]))
def test_numbers_that_are_read_stand_on_the_screen_and_not_on_their_mark(opened, width):
    page = opened(viewport={"width": width, "height": 900})
    chromium.unfold(page)
    for chart in ("#chart-rank", "#chart-topic", "details.read[data-figure=history]"):
        count = len(chromium.marks(page, chart))
        for at, edge in ((0, "start"), (count // 2, "end"), (count - 1, "start")):
            mark = page.locator(f"{chart} svg [role=img]").nth(at)
            mark.evaluate("(one, block) => one.scrollIntoView({block})", edge)
            mark.hover()
            page.wait_for_timeout(60)
            found = page.locator(f"{chart} .chart").evaluate(TIP)
            left, right, top, bottom = found["tip"]
            ring = found["ring"]
            assert (chart, at, left >= 0, right <= width, top >= 0, bottom <= 900) == (chart, at, True, True, True, True)
            assert bottom <= ring[2] or top >= ring[3]


def test_one_future_far_away_leaves_the_bars_to_the_others_and_all_are_counted(run, show):
    page = show(run.parent / "far.html", "#what-if[data-ready]")
    total = np.load(run.parent / "far.npy").astype(int)
    texts = chromium.marks(page, "#chart-rank")
    bounds = [[int(one) for one in re.findall(r"\d+", text.split(":")[0])] for text in texts]
    assert texts[-1].startswith(f"contacts {bounds[-1][0]} or more: ")
    assert bounds[-1][0] <= np.quantile(total, 0.995) < total.max() / 10
    assert [low for low, *_ in bounds] == list(np.arange(len(bounds)) * (bounds[1][0] - bounds[0][0]))
    counts = [((total >= low) & (total <= (end[0] if end else low))).sum() for low, *end in bounds[:-1]]
    counts.append((total >= bounds[-1][0]).sum())
    assert sum(counts) == len(total)
    assert shares(texts) == pytest.approx([100 * one / len(total) for one in counts], abs=0.0501)


def test_a_share_that_is_not_nothing_is_not_said_to_be(opened):
    page = opened()
    page.evaluate("""(() => { const box = document.createElement("div");
        Object.assign(box, {className: "chart", id: "made"});
        document.body.append(box);
        charts.histogram(box, {label: "", unit: "", axis: "", bars: [0.9996, 0.0004, 0].map(
            (all, at) => ({from: at, to: at + 1, all, value: String(at)}))}); })()""")
    said = ("100.0", "under 0.1", "0.0")
    assert chromium.marks(page, "#made") == [f"{at}: {share} % of all futures" for at, share in enumerate(said)]


def test_numbers_of_one_state_have_one_source(run, show):
    """With nothing picked tables are those of the run and charts say of how many futures they are; else all are of the page."""
    page = show(run.parent / "tight.html", "#what-if[data-ready]")
    futures = page.evaluate("JSON.parse(document.getElementById('what-if-data').textContent).futures")
    assert f"of all {MOST:,} futures of a scenario; the charts are of {futures:,} of them" in page.inner_text("#agreed")
    assert f"all {futures:,} futures of this page" in page.get_attribute("#chart-rank svg", "aria-label")
    assert page.inner_text("#chart-rank figcaption").endswith(f"Outline: all {futures:,} futures of this page.")
    pick_count(page, "least", 20)
    held = rows(page, "what-if-ranks")
    page.locator("#given [data-field=many]").fill("999999")
    none = rows(page, "what-if-ranks")
    assert [one["cells"][1] for one in none.values()] == [one["cells"][1] for one in held.values()]
    assert [one["before"] for one in none.values()] == [one["before"] for one in held.values()]
    assert {one["cells"][4] for one in none.values()} == {"too few"}
    assert re.findall(r"\w+: none of [\d,]+ futures agrees\.", page.inner_text("#agreed")) == [
        f"{name}: none of {futures:,} futures agrees." for name in ("Harris", "Trump")]
    assert "±" not in page.inner_text("#agreed")
    assert page.said == []


def test_conditions_are_counted_anew_when_one_is_removed(opened):
    page = opened()
    for many in (10, 20, 30):
        pick_count(page, "least", many)
    page.locator("#given li button").first.click()
    assert page.locator("#given li").evaluate_all("all => all.map(one => one.ariaLabel)") == ["Condition 1", "Condition 2"]
    assert page.locator("#given [data-field=many]").evaluate_all("all => all.map(one => one.value)") == ["20", "30"]


def test_who_hears_a_chart_hears_its_marks_and_no_ticks(opened):
    page = opened()
    chromium.unfold(page)
    loose = """all => all.filter(one => one.textContent && !one.closest("[aria-hidden=true], [role=img]"))
        .map(one => one.textContent)"""
    assert page.locator(".chart svg text").evaluate_all(loose) == []
    hidden = "all => all.filter(one => one.closest('[aria-hidden=true]')).length"
    assert page.locator(".chart [role=img]").evaluate_all(hidden) == 0
    assert page.locator(".chart figure > div svg").evaluate_all("all => all.filter(one => one.ariaHidden !== 'true').length") == 0


# Numbers below figures.

def told(row, columns):
    return [row[one] for one in columns]


def cells(run, name):
    """Rows of a table as text."""
    with (run / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


NUMBER = re.compile(r"(?<![\d.e])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
SPREAD = ["q50", "q25", "q75", "q05", "q95", "mean", "mcse"]
READ = [
    ("history", "summary", {"quantity": "contact"}, "window", SPREAD),
    ("agenda", "summary", {"quantity": "mention_share"}, "window", SPREAD),
    ("contrast", "contrast", {"quantity": "contact", "first": "harris", "second": "trump"}, "pairing",
     [*SPREAD[:5], "p_greater", "p_greater_mcse"]),
    ("questions", "questions", {}, None, ["probability", "mcse"]),
]


@pytest.mark.parametrize(("figure", "table", "keep", "choose", "columns"), some_rows(READ, [READ[0], READ[3]]),
                         ids=[one[0] for one in READ])
def test_numbers_below_a_figure_are_those_of_the_table_digit_for_digit(opened, run, figure, table, keep, choose, columns):
    page = opened()
    part = f"details.read[data-figure={figure}]"
    page.locator(f"{part} summary").press("Enter")
    page.wait_for_function(chromium.DRAWN)
    rows = [row for row in cells(run, table) if keep.items() <= row.items()]
    about = {"history": ": recorded contacts", "agenda": ": share of topic mentions",
             "contrast": ": recorded contacts, Harris minus Trump"}
    chosen = dict.fromkeys(row[choose] for row in rows) if choose else [None]
    assert len(chosen) > 1 or choose is None
    for one in chosen:
        if choose:
            page.select_option(f"{part} select", one)
        found = chromium.marks(page, part)
        assert not any(re.search(r"(?<![\d])-\d", text) for text in found)  # a minus sign, no hyphen
        numbers = [NUMBER.findall(re.sub(r"[59]0\s%:", "", text.split("; ", 1)[1]).replace("\N{MINUS SIGN}", "-"))
                   for text in found]
        shown = [row for row in rows if choose is None or row[choose] == one]
        order = list(dict.fromkeys(row.get("key", row.get("id")) for row in shown))  # by row, then by series
        shown.sort(key=lambda row: order.index(row.get("key", row.get("id"))))
        assert numbers == [told(row, columns) for row in shown]
        choice = page.locator(f"{part} select option:checked").inner_text() if choose else ""
        assert all(text.split("; ")[0].endswith(f"{about[figure]}, {choice}" if figure in about else "") for text in found)
    page.focus(f"{part} svg [tabindex='0']")
    read = [chromium.tip(page, part)]
    for _ in found[1:]:
        page.keyboard.press("ArrowDown")
        read.append(chromium.tip(page, part))
    assert [*map(chromium.bare, read)] == [*map(chromium.bare, found)]
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert page.said == []


def test_a_tie_counts_half_and_what_lines_mean_is_said(opened):
    page = opened()
    chromium.unfold(page)
    part = "details.read[data-figure=contrast]"
    assert all("; Harris larger, a tie counting half: 0." in one for one in chromium.marks(page, part))
    assert not any("mean" in one or "of more" in one for one in chromium.marks(page, part))
    said = "Thick: half of the futures; thin: nine in ten; mark: median."
    for figure in ("history", "agenda", "contrast"):
        assert said in page.inner_text(f"details.read[data-figure={figure}] p")
    assert "Thick" not in page.inner_text("details.read[data-figure=questions]")


def test_the_ends_of_a_long_interval_are_read_by_pointing_at_them(opened):
    page = opened()
    chromium.unfold(page)
    part = "details.read[data-figure=history]"
    texts = chromium.marks(page, part)
    lines = page.locator(f"{part} figure > svg g[stroke-width='2'] line")
    ends = [one.bounding_box() for one in lines.all()]
    at = max(range(len(ends)), key=lambda one: ends[one]["width"])
    assert ends[at]["width"] > 320  # so that an end lies far from the median
    lines.nth(at).scroll_into_view_if_needed()
    box = lines.nth(at).bounding_box()
    named = {text for text in texts if abs(place_of_text(page, part, text) - box["y"]) < 9}
    for x in (box["x"] + 2, box["x"] + box["width"] - 2):
        page.mouse.move(x, box["y"] + 1)
        assert chromium.bare(chromium.tip(page, part)) in {chromium.bare(one) for one in named}
    assert len(named) == 1


def place_of_text(page, part, text):
    """Middle of the mark with a name, on the screen."""
    return page.locator(f"{part} svg [role=img]").evaluate_all("""(all, text) => all
        .filter(one => one.ariaLabel.replaceAll('\\u00a0', ' ') === text)
        .map(one => one.getBoundingClientRect()).map(box => box.y + box.height / 2)[0]""", text)


def test_series_are_told_apart_by_shape_and_named_beside_the_chart(opened):
    page = opened()
    chromium.unfold(page)
    part = "details.read[data-figure=history]"
    assert page.locator(f"{part} figure > div").inner_text().split() == ["Harris", "Trump"]
    paths = page.locator(f"{part} figure > svg g > path").evaluate_all(
        "all => all.map(one => [one.getAttribute('fill'), one.getAttribute('d')])")
    shapes = {fill: shape for fill, shape in paths if str(fill).startswith("var(--series-")}
    assert (len(shapes), len(set(shapes.values()))) == (2, 2)


def luminance(colour):
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
               for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


@pytest.mark.parametrize("scheme", some(["light", "dark"], ["dark"]))
def test_marks_stand_out_from_the_page(opened, scheme):
    page = opened(color_scheme=scheme)
    colours = page.evaluate("""['--paper', '--bar', '--ink', '--series-0', '--series-1', '--series-2', '--series-3']
        .map(one => getComputedStyle(document.documentElement).getPropertyValue(one).trim())""")
    paper, *others = map(luminance, colours)
    assert all((max(paper, one) + 0.05) / (min(paper, one) + 0.05) >= 3 for one in others)  # WCAG 1.4.11


def test_without_scripts_and_in_print_figures_are_as_they_were(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("details.read").count() >= 4
    assert not any(page.locator("details.read").evaluate_all("all => all.map(one => one.checkVisibility())"))
    page = opened()
    chromium.unfold(page)
    assert page.is_visible("details.read[data-figure=history] svg")
    page.emulate_media(media="print")
    assert page.locator(".chart").evaluate_all("all => all.filter(one => one.checkVisibility()).length") == 0
    assert page.is_visible("#large-history img")
