"""Strict YAML: every way to get a file wrong gives one clear fault with its line, key and remedy."""

from typing import Literal

import pytest
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from forecast.config import Strict, line_of, load_yaml, read_yaml, validate
from forecast.errors import InputError, closest, nearest


class Point(Strict):
    """A part in a list."""

    title: str
    value: float


class Outer(Strict):
    """What the files of these tests must say."""

    name: str
    kind: Literal["step", "pulse"]
    sigma: float | None = None
    point: tuple[Point, ...] = ()
    table: dict[str, dict[str, Point]] = {}
    grid: tuple[tuple[int, ...], ...] = ()


GOOD = """\
# a comment
name: default
kind: step
point:
  - title: one
    value: 1.0
  - title: two
    value: 2.0
table:
  first:
    second: {title: deep, value: 3.0}
grid: [[1, 2], [3]]
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.yaml"


@pytest.fixture
def faults(path):
    """Text of every fault of a file, without the path that each must begin with."""

    def _faults(text) -> list[str]:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(InputError, match=r": expected .*, found ") as caught:
            load_yaml(path, Outer)
        found = str(caught.value).split("\n")
        assert all(line.startswith(f"{path}: ") for line in found)
        return [line.removeprefix(f"{path}: ") for line in found]

    return _faults


def test_a_good_file_becomes_a_frozen_model(path):
    path.write_text(GOOD, encoding="utf-8")
    found = load_yaml(path, Outer)
    assert (found.name, found.point[1].value, found.grid) == ("default", 2.0, ((1, 2), (3,)))
    with pytest.raises(ValueError, match="frozen"):
        found.name = "other"


def test_a_misspelt_optional_key(faults):
    assert faults(GOOD + "sigmma: 1.0\n") == [
        "line 13, key sigmma: expected a known key, found 'sigmma'. Did you mean 'sigma'?"
    ]


def test_a_misspelt_required_key_is_one_fault(faults):
    assert faults(GOOD.replace("name:", "nmae:")) == [
        "line 2, key nmae: expected a known key, found 'nmae'. Did you mean 'name'?"
    ]


def test_a_misspelt_required_key_in_a_list(faults):
    assert faults(GOOD.replace("title: two", "titel: two")) == [
        "line 7, key point.1.titel: expected a known key, found 'titel'. Did you mean 'title'?"
    ]


def test_a_misspelt_required_key_in_a_mapping_of_mappings(faults):
    assert faults(GOOD.replace("title: deep", "titel: deep")) == [
        "line 11, key table.first.second.titel: expected a known key, found 'titel'. Did you mean 'title'?"
    ]


def test_a_misspelt_key_hides_no_key_missing_elsewhere(faults):
    text = GOOD.replace("title: two", "titel: two").replace("  - title: one\n    value", "  - value")
    assert faults(text) == [
        "line 5, key point.0.title: expected this key to be given, found nothing. Add 'title'.",
        "line 6, key point.1.titel: expected a known key, found 'titel'. Did you mean 'title'?",
    ]


def test_a_key_that_resembles_none_lists_the_known(faults):
    assert faults(GOOD + "zzz: 1\n") == [
        "line 13, key zzz: expected a known key, found 'zzz'. Use one of: grid, kind, name, point, sigma, table."
    ]


def test_an_unknown_key_like_none_hides_no_missing_key(faults):
    assert len(faults(GOOD.replace("name:", "zzz:"))) == 2


def test_a_missing_key(faults):
    assert faults(GOOD.replace("    value: 2.0\n", "")) == [
        "line 7, key point.1.value: expected this key to be given, found nothing. Add 'value'."
    ]


def test_a_wrong_type(faults):
    (fault,) = faults(GOOD.replace("value: 2.0", "value: wide"))
    assert fault.startswith("line 8, key point.1.value: expected a number")
    assert fault.endswith("found 'wide'. Correct the value.")


def test_a_word_that_is_not_allowed(faults):
    (fault,) = faults(GOOD.replace("kind: step", "kind: stop"))
    assert fault.startswith("line 3, key kind: expected 'step' or 'pulse', found 'stop'. Did you mean 'step'?")


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf"])
def test_a_number_that_is_not_finite(faults, value):
    (fault,) = faults(GOOD.replace("value: 2.0", f"value: {value}"))
    assert fault.startswith("line 8, key point.1.value: expected a finite number")


def test_a_wrong_type_in_a_nested_list(faults):
    (fault,) = faults(GOOD.replace("grid: [[1, 2], [3]]", "grid:\n- - 1\n  - 2\n- - 3\n  - x"))
    assert fault.startswith("line 16, key grid.1.1: expected a whole number")


def test_a_list_where_a_mapping_belongs(faults):
    (fault,) = faults(GOOD.replace("  first:\n    second: {title: deep, value: 3.0}\n", "  - first\n"))
    assert fault.startswith("line 9, key table: expected a mapping of keys to values")


def test_several_faults_are_all_told(faults):
    text = GOOD.replace("kind: step", "kind: stop").replace("value: 1.0", "value: x") + "sigmma: 1\n"
    assert [fault.split(":")[0] for fault in faults(text)] == [
        "line 3, key kind", "line 6, key point.0.value", "line 13, key sigmma"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (GOOD.replace("kind: step", "\tkind: step"), 3, "valid YAML"),
        (GOOD.replace("  - title: two", "\t- title: two"), 7, "valid YAML"),
        (GOOD + "kind: pulse\n", 13, "expected every key once, found 'kind' again"),
        (GOOD.replace("[3]]", "[3]"), 13, "valid YAML"),
        (GOOD.replace("name: default", "name: 'default"), 1, "valid YAML"),
    ],
    ids=["tab before a key", "tab before an item", "duplicate key", "open bracket", "open quote"],
)
def test_a_file_that_is_no_yaml(faults, text, line, told):
    (fault,) = faults(text)
    assert fault.startswith("line ")
    assert int(fault.split()[1].rstrip(":")) >= line
    assert told in fault
    assert fault.endswith("Check the path and the file's syntax.")


def test_a_file_that_is_not_utf8(faults):
    assert faults(GOOD.replace("default", "d\xe9faut").encode("latin-1")) == [
        "line 2: expected UTF-8 text, found the byte 0xe9. Save the file as UTF-8."
    ]


@pytest.mark.parametrize(
    ("text", "found"), [("- a\n- b\n", "a list"), ("", "nothing"), ("just words\n", "'just words'"), ("# only\n", "nothing")]
)  # fmt: skip
def test_a_file_that_is_no_mapping(faults, text, found):
    (fault,) = faults(text)
    assert fault.startswith(f"whole file: expected a mapping of keys to values, found {found}.")


def test_a_file_with_characters_that_yaml_forbids(faults):
    (fault,) = faults(GOOD.replace("default", "def\x07ault"))
    assert "expected valid YAML" in fault


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"absent.yaml: whole file: expected a readable file, found No such file"):
        read_yaml(tmp_path / "absent.yaml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="expected an ordinary file, found a folder"):
        read_yaml(tmp_path)


def test_lines_of_keys_and_items(path):
    path.write_text(GOOD, encoding="utf-8")
    content = read_yaml(path)
    assert line_of(content, ("point", 1, "value")) == 8
    assert line_of(content, ("point", 5)) == 4  # as deep as the file goes
    assert line_of(content, ("nowhere",)) == 1


def test_parts_without_line_data_fall_back_on_the_part_above(path):
    made = CommentedMap({"name": "x", "kind": "stop"})
    assert line_of(made, ("name",)) == 1
    assert line_of(CommentedSeq([1, 2]), (1,)) == 1
    path.write_text(GOOD, encoding="utf-8")
    content = read_yaml(path)
    content["table"] = made
    assert line_of(content, ("table", "kind")) == 9
    with pytest.raises(InputError, match="line 1, key kind: expected 'step' or 'pulse'"):
        validate(made, Outer, path)


def test_keys_that_came_by_a_merge_have_the_line_of_the_part_above(faults):
    text = GOOD + "sigma: &s 1.0\n"
    text = text.replace("- title: one\n    value: 1.0", "- &one\n    title: one\n    value: x")
    text = text.replace("- title: two\n    value: 2.0", "- <<: *one\n    title: two")
    assert [fault.split(":")[0] for fault in faults(text)] == ["line 7, key point.0.value", "line 8, key point.1.value"]


def test_nearest_and_closest():
    assert closest("cabnet", ["cabinet", "congress"]) == "cabinet"
    assert closest("zzz", ["cabinet", "congress"]) is None
    assert nearest("cabnet", {"cabinet", "congress"}) == "Did you mean 'cabinet'?"
    assert nearest("zzz", {"congress", "cabinet"}) == "Use one of: cabinet, congress."
