import pytest
from matplotlib import font_manager

from forecast.report.figures import contacts_by_type
from forecast.report.style import save_figure

pytestmark = pytest.mark.usefixtures("every_form")


def test_bytes_repeat(content, tmp_path):
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        save_figure(contacts_by_type.draw_effectiveness(content), tmp_path / run, "figure")
    for kind in ("svg", "pdf", "png"):
        one, two = ((tmp_path / run / f"figure.{kind}").read_bytes() for run in ("one", "two"))
        assert one == two
        assert len(one) > 10_000


def test_fonts_are_embedded_whole_outlines(content, tmp_path):
    pdf = save_figure(contacts_by_type.draw_effectiveness(content), tmp_path, "figure")[0].read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


def test_svg_needs_no_font_of_the_reader(content, tmp_path):
    svg = save_figure(contacts_by_type.draw_effectiveness(content), tmp_path, "figure")[1].read_text(encoding="utf-8")
    assert "<text" not in svg
    assert "<dc:date>" not in svg


def test_shipped_font_is_the_one_used():
    found = font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans Lean"))
    assert found.endswith("DejaVuSansLean.ttf")


def test_resolution_is_300_per_inch(content, tmp_path):
    png = save_figure(contacts_by_type.draw_effectiveness(content), tmp_path, "figure")[2].read_bytes()
    assert int.from_bytes(png[16:20]) == 2100  # 7 inches
