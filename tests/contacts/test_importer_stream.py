"""Large files stream by: memory is bounded whatever their size, and progress is told."""

import tracemalloc
import zipfile

import pytest

from forecast.contacts.importers import stream
from forecast.errors import InputError
from tests.conftest import some
from tests.contacts.importing import FILES, series, value

MEGABYTE = 1 << 20
BOUND = 4 * MEGABYTE


def peak(*arguments, **option):
    tracemalloc.start()
    try:
        table, _ = series(*arguments, **option)
        return table, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More than twenty megabytes of GDELT rows of other states, and the few of the dyad, plain and zipped."""
    folder = tmp_path_factory.mktemp("large")
    rows = (FILES / "gdelt2.export.CSV").read_text()
    other = rows.splitlines(keepends=True)[6].replace("https://example.org/synthetic", f"https://example.org/{'x' * 400}")
    path = folder / "large.CSV"
    with path.open("w") as file:
        for number in range(20 * MEGABYTE // len(other) + 1000):
            file.write(f"{800_000_000 + number}{other[9:]}")
        file.write(rows)
    with zipfile.ZipFile(folder / "large.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "20180115000000.export.CSV")
    return folder


@pytest.mark.parametrize("name", some(["large.CSV", "large.zip"], ["large.zip"]))
def test_memory_does_not_grow_with_the_file(large, name):
    series("gdelt", FILES / "gdelt2.export.CSV", code="SYN")  # imports of the first call do not count
    assert (large / "large.CSV").stat().st_size > 20 * MEGABYTE
    table, used = peak("gdelt", large / name, code="SYN")
    assert value(table, "2018", "events", "both") == 5
    assert value(table, "2018", "file_rows", "any") > 30_000
    assert used < BOUND


def test_memory_does_not_grow_with_a_register(tmp_path):
    text = (FILES / "visits.xml").read_text()
    body = text[text.index("<visit>"):text.index("</visits>")]
    path = tmp_path / "register.xml"
    path.write_text(f"<visits>{''.join(body.replace('<id>', f'<id>{number}-') for number in range(4000))}</visits>")
    assert path.stat().st_size > 5 * MEGABYTE
    series("historian", FILES / "visits.xml")
    table, used = peak("historian", path)
    assert value(table, "2000", "register_visits", "any") == 12_000
    assert value(table, "2000", "leader_visits", "partner_to_us") == 2 * 4000
    assert used < BOUND


def test_a_file_without_line_ends_is_told_and_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "LONGEST_LINE", 1000)
    path = tmp_path / "one_line.CSV"
    path.write_text("x\t" * 5000)
    with pytest.raises(InputError, match="found a longer row") as error:
        series("gdelt", path, code="SYN")
    assert "a longer row" in [fault.found for fault in error.value.faults]


def test_progress_reaches_the_end_of_every_file(large):
    told = {}
    series("gdelt", large / "large.zip", FILES / "gdelt2.export.CSV", code="SYN",
           progress=lambda stage, done, total: told.setdefault(stage, []).append((done, total)))
    assert set(told) == {"read 20180115000000.export.CSV", "read gdelt2.export.CSV"}
    assert len(told["read 20180115000000.export.CSV"]) > 10
    assert all(steps[-1][0] == steps[-1][1] for steps in told.values())


def test_a_locked_archive_is_told(tmp_path):
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(FILES / "gdelt2.export.CSV", "events.CSV")
    raw = bytearray(path.read_bytes())
    raw[6] |= 1  # of the local header: encrypted
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(InputError, match="password") as error:
        series("gdelt", path, code="SYN")
    (fault,) = error.value.faults
    assert "password" in fault.found
