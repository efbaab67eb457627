"""What is kept of long work is believed only as it was written; a bad entry is computed anew, with one line."""

import json
import random
import shutil

import pytest

from forecast.errors import InputError
from forecast.kept import Kept, read_kept, write_kept


class Number(Kept):
    values: dict[str, float]
    count: int = 1


def keep(folder, name="a.json", **values):
    write_kept(folder / name, Number(values=values or {"x": 0.1}))
    return folder / name


def names(one):
    return one.values.keys()


def rehashed(path, content):
    """A file that someone gave a right hash."""
    from forecast.kept import _hash

    path.write_text(json.dumps({"sha256": _hash(path, content), "content": content}))


def test_what_was_written_comes_back_to_the_last_digit(tmp_path):
    path = keep(tmp_path, x=0.1 + 0.2, y=1e-300)
    assert read_kept([path, tmp_path / "none.json"], Number, names) == {path: Number(values={"x": 0.1 + 0.2, "y": 1e-300})}
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(("change", "words"), [
    (lambda path: path.write_text(path.read_text()[:-9]), "Unterminated string"),
    (lambda path: path.write_text("[]"), "neither content nor"),
    (lambda path: path.write_text(""), "Expecting value"), (lambda path: path.write_bytes(b"\x1f\x8b\x00"), "a gzip file"),
    (lambda path: path.write_text(path.read_text().replace("0.1", "0.2")), "its hash is another"),
    (lambda path: path.write_text(path.read_text().replace("0.1", "NaN")), "NaN"),
    (lambda path: path.write_text("[" * 100_000), "deep nesting"), (lambda path: path.unlink() or path.mkdir(), "a folder"),
    (lambda path: shutil.copy(keep(path.parent, "b.json"), path), "its hash is another"),
    (lambda path: rehashed(path, {"values": {"x": "0.1"}, "count": 1}), "values.x: expected a number, found '0.1'"),
    (lambda path: rehashed(path, {"values": {"x": True}, "count": 1}), "values.x: expected a number, found true"),
    (lambda path: rehashed(path, {"values": {"x": 0.1}, "count": 1, "more": 2}), "more: expected no such key, found 2"),
    (lambda path: rehashed(path, []), "content: expected a mapping of keys to values"),
])
def test_a_bad_entry_counts_as_none_and_is_told_in_one_line(tmp_path, capsys, change, words):
    path = keep(tmp_path)
    change(path)
    assert read_kept([path], Number, names) == {}
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert str(path) in told[0]
    assert words in told[0]
    assert told[0].endswith("computed anew")


def test_a_forged_entry_of_other_quantities_is_found_beside_the_rest(tmp_path, capsys):
    paths = [keep(tmp_path, f"{number}.json") for number in range(3)]
    keep(tmp_path, "1.json", y=2.0)
    assert list(read_kept(paths, Number, names)) == [paths[0], paths[2]]
    assert "1.json: not as it was written (other quantities than in the rest)" in capsys.readouterr().err


def test_many_bad_entries_are_one_line(tmp_path, capsys):
    paths = [keep(tmp_path, f"{number}.json") for number in range(30)]
    for path in paths:
        path.write_text("x")
    read_kept(paths, Number, names)
    assert capsys.readouterr().err.count("\n") == 1


def test_no_change_of_bytes_goes_unseen(tmp_path, capsys):
    path = keep(tmp_path, x=1.25, y=-3.5)
    whole, rng = path.read_bytes(), random.Random(1)
    for _ in range(200):
        at = rng.randrange(len(whole))
        changed = rng.choice([whole[:at] + bytes([rng.randrange(256)]) + whole[at + 1:], whole[:at], whole[:at] + whole[at + 3:]])
        path.write_bytes(changed)
        found = read_kept([path], Number, names)
        assert found in ({}, {path: Number(values={"x": 1.25, "y": -3.5})})
        assert len(capsys.readouterr().err.splitlines()) == (not found)


def test_a_number_that_is_none_is_not_kept(tmp_path):
    with pytest.raises(ValueError, match="finite"):
        Number(values={"x": float("nan")})


def test_a_place_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"a.json: the cache: expected a place that can be written, found (Not a|File exists)"):
        keep(tmp_path / "file")
