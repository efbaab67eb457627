"""The charting library that ships: the very file that is told of, its licences, and its way into page and wheel."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from forecast.report.what_if import LIBRARY, charts

ROOT = Path(__file__).parents[2]
TOLD = (LIBRARY.parent / "README.txt").read_text(encoding="utf-8")
LICENSES = (LIBRARY.parent / "LICENSES.txt").read_text(encoding="utf-8")
PACKED = 130_000
"""Bytes of a page that the library may take at most."""


def test_it_is_the_file_that_is_told_of():
    (told,) = re.findall(r"SHA-256 of plot\.min\.js: ([0-9a-f]{64})", TOLD)
    assert hashlib.sha256(LIBRARY.read_bytes()).hexdigest() == told


def test_every_library_in_it_has_its_version_and_its_licence():
    told = dict(re.findall(r"((?:@observablehq/|d3-|iso)[a-z-]+) (\d+\.\d+\.\d+)", TOLD))
    assert dict(re.findall(r"^(\S+) (\d+\.\d+\.\d+) \(ISC\): Copyright", LICENSES, flags=re.MULTILINE)) == told
    assert len(told) == 16
    for text in ("Permission to use, copy, modify, and/or distribute", "GeographicLib", "ColorBrewer"):
        assert text in LICENSES
    assert LICENSES.strip() in LIBRARY.read_text(encoding="utf-8")  # and so in every page that holds the library


def test_the_page_holds_it_whole_and_small():
    packed = charts()["library"]
    assert gzip.decompress(base64.b64decode(packed)) == LIBRARY.read_bytes()
    assert len(packed) < PACKED


def test_it_and_its_licences_are_in_the_wheel():
    builder = WheelBuilder(str(ROOT))
    shipped = {file.distribution_path for file in builder.recurse_included_files()}
    assert {f"forecast/report/charts/{name}" for name in ("plot.min.js", "LICENSES.txt", "README.txt")} <= shipped
