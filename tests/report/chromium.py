"""A real browser for the tests of pages: what a page asks for and complains of, and barriers that axe finds in it.

Skipped by name where there is no Chromium: ``apt-get install chromium`` brings one. Where ``FORECAST_BROWSER_TESTS`` says
``required``, as on the machine that tests every change, nothing is skipped: what is missing is an error.
"""

import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
REQUIRED = os.environ.get("FORECAST_BROWSER_TESTS") == "required"
needed = pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="no Chromium on this machine: apt-get install chromium")
LEVEL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def brought(name):
    """A package; where it is missing the test is skipped, or fails where no test of a browser may be skipped."""
    return import_module(name) if REQUIRED else pytest.importorskip(name)


@pytest.fixture(scope="module")
def browser():
    api = brought("playwright.sync_api")
    assert CHROMIUM is not None, "no Chromium, which FORECAST_BROWSER_TESTS=required asks for: apt-get install chromium"
    with api.sync_playwright() as found:
        opened = found.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


USUAL = {"width": 1280, "height": 900}


def new_page(browser, **options):
    page = browser.new_page(**{"viewport": USUAL, **options})
    page.asked, page.said = [], []
    page.on("request", lambda one: page.asked.append(one.url))
    page.on("console", lambda one: page.said.append(one.text))
    page.on("pageerror", lambda one: page.said.append(str(one)))
    return page


@pytest.fixture(scope="module")
def kept(browser):
    """The window that every test of a module begins with: a file is loaded into it anew, and no process is started."""
    return [new_page(browser)]


def as_new(page):
    """The same window, without what the last test made of it."""
    page.goto("about:blank")
    page.set_viewport_size(USUAL)
    page.emulate_media(media="null", color_scheme="null")
    page.mouse.move(0, 0)
    page.asked.clear()
    page.said.clear()
    return page


@pytest.fixture
def show(browser, kept):
    """Opens a file and waits for an element; what the page asked for and complained of lies in its `asked` and `said`."""
    pages = []

    def opened(file: Path, ready: str, **options):
        page = new_page(browser, **options) if options or pages or kept[0].is_closed() else as_new(kept[0])
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector(ready, timeout=120_000)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        if page is not kept[0]:
            page.close()


OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
DRAWN = "[...document.querySelectorAll('.chart')].every(one => !one.checkVisibility() || one.dataset.width == one.clientWidth)"


def unfold(page) -> None:
    """Open all parts; charts within them are drawn at the width that they now have."""
    page.evaluate(OPEN)
    page.wait_for_function(DRAWN)


def marks(page, chart) -> list[str]:
    """What the marks of a chart say, in their order."""
    return page.locator(f"{chart} svg [role=img]").evaluate_all("all => all.map(one => one.ariaLabel.replaceAll('\\u00a0', ' '))")


def bare(text: str) -> str:
    """A text without spaces and signs between its lines, which are broken at other places in a tip."""
    return "".join(text.replace("; ", "").split())


def tip(page, chart) -> str:
    """What is shown beside the mark that is pointed at, or has the focus; empty where none is."""
    lines = page.locator(f"{chart} [aria-label=tip] text > tspan").all_text_contents()
    return " ".join("".join(lines).replace("\N{ZERO WIDTH SPACE}", " ").split())


def cut(page) -> list[str]:
    """What is wider than its place with all parts unfolded: the page, a table that would be scrolled sideways, a cell of one."""
    unfold(page)
    return page.evaluate("""[document.documentElement, ...document.querySelectorAll('.wide, table, td, tbody th')]
        .filter(one => one.scrollWidth > one.clientWidth + (one.tagName === 'TABLE' ? 1 : 0) && one.clientWidth > 0)
        .map(one => `${one.tagName} ${one.querySelector('table')?.id || one.id || one.textContent.slice(0, 40)} `
            + `${one.scrollWidth} > ${one.clientWidth}`)""")


def barriers(page, part: str | None = None) -> list[tuple[str, list[str]]]:
    """By axe-core (MPL 2.0), as the package axe-playwright-python brings it, for WCAG 2.2 at level AA.

    Of a part of the page, or of all.
    """
    axe = brought("axe_playwright_python.sync_playwright")
    asked = {"runOnly": {"type": "tag", "values": LEVEL}, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, part, options=asked).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found]
