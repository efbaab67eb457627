"""The site builds without a warning, has what it takes from the code, and a link that leads nowhere is found."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import forecast
from cli import app
from forecast.report.columns import FILES
from tests.readme.reader import ROOT

DOCS = ROOT / "docs"
INDEX = "# Pages\n\n## Those\n\n- [One](one.md)\n"


def built(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet"]
    return subprocess.run([*command, str(source), str(target)], capture_output=True, text=True, timeout=280, cwd=ROOT)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("site")
    found = built(DOCS, target)
    assert (found.returncode, found.stderr) == (0, "")
    return target


def text(page: Path) -> str:
    """What a reader of a page sees."""
    return re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))


def test_every_page_becomes_one_and_asks_nothing_of_a_network(site):
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md") if "_build" not in page.parts}
    assert {page for page in pages if not (site / page).with_suffix(".html").is_file()} == set()
    asked = re.compile(r"""<(?:script|link|img)[^>]*(?:src|href)="https?:""")
    assert {page for page in pages if asked.search((site / page).with_suffix(".html").read_text(encoding="utf-8"))} == set()


def test_reference_pages_have_what_the_code_has(site):
    schema = text(site / "reference" / "schema.html")
    assert {one.name for one in FILES if one.name not in schema} == set()
    assert {column.name for one in FILES for column in one.columns if column.name not in schema} == set()
    options = text(site / "reference" / "options.html")
    assert {name for name in _names(typer.main.get_command(app), "forecast") if name not in options} == set()
    interface = text(site / "reference" / "api.html")
    assert {name for name in forecast.API if f"forecast.{name}" not in interface} == set()
    assert "cutpoints" not in interface  # a word of a module that nobody calls
    assert "generated: " not in schema + options + interface


def test_links_that_lead_nowhere_fail_the_build_each_by_its_name(tmp_path):
    source = tmp_path / "docs"
    source.mkdir()
    for name in ("conf.py", "parts.py"):
        shutil.copy(DOCS / name, source / name)
    (source / "index.md").write_text(INDEX, encoding="utf-8")
    (source / "one.md").write_text("# One\n\n[back](index.md#those)\n", encoding="utf-8")
    assert built(source, tmp_path / "right").returncode == 0
    links = ("nowhere.md", "index.md#no-such-heading", "../forecast/nowhere.md", "#nor-here")
    (source / "one.md").write_text("# One\n\n" + "".join(f"[away]({link})\n" for link in links), encoding="utf-8")
    found = built(source, tmp_path / "wrong")
    assert found.returncode != 0
    assert [link for link in links if re.split("[#/]", link)[-1] not in found.stderr] == []
    assert "one.md:3" in found.stderr


def _names(command, name):
    for word, part in command.commands.items():
        yield from (_names(part, f"{name} {word}") if hasattr(part, "commands") else [f"{name} {word}"])
