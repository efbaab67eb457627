import pytest

from forecast.contacts.table import read_table, strict_rows
from forecast.errors import InputError

COLUMNS = ("id", "note")


def faults(path, raw, columns=COLUMNS):
    path.write_bytes(raw)
    return [(f.where, f.expected, f.found, f.remedy) for f in read_table(path, columns).faults]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "synthetic.csv"


def test_rows_are_numbered_as_in_a_spreadsheet(path):
    path.write_bytes(b'note,id\n"two\nlines",a\n,b\n')
    table = read_table(path, COLUMNS)
    assert table.faults == ()
    assert table.rows == {2: {"note": "two\nlines", "id": "a"}, 3: {"note": "", "id": "b"}}


def test_windows_line_ends_are_no_fault(path):
    assert faults(path, b"id,note\r\na,b\r\n") == []


@pytest.mark.parametrize(("mark", "name"), [(b";", "semicolons"), (b"\t", "tabs"), (b"|", "bars")])
def test_wrong_delimiter(path, mark, name):
    raw = b"id,note\na,b\n".replace(b",", mark)
    (fault,) = faults(path, raw)
    assert fault == ("row 1, header", "cells separated by commas", name, "Save the file with commas.")


def test_byte_order_mark_is_the_only_fault(path):
    (fault,) = faults(path, b"\xef\xbb\xbfid,note\na,b\n")
    assert fault[:3] == ("row 1, byte 0", "UTF-8 without a byte order mark", "a byte order mark")


def test_byte_and_row_that_is_not_utf8(path):
    (fault,) = faults(path, b'id,note\na,"two\nlines"\nb,caf\xe9\nc,d\n')
    assert fault[:3] == ("row 3, byte 27", "UTF-8 text", "byte 0xe9")
    assert fault[3] == "Save the file as plain UTF-8."


def test_a_file_in_utf16_is_named_once(path):
    (fault,) = faults(path, "id,note\na,b\nc,d\n".encode("utf-16"))
    assert fault == ("whole file", "a CSV file", "UTF-16 text", "Save it as UTF-8.")


def test_unknown_column_names_the_missing_one(path):
    assert faults(path, b"id,notes\na,b\n") == [
        ("row 1, column notes", "a column of the codebook", "'notes'", "Did you mean 'note'?"),
        ("row 1, column note", "this column", "no such column", "Add 'note'."),
    ]


def test_column_too_many(path):
    (fault,) = faults(path, b"id,note,more\na,b,c\n")
    assert fault == ("row 1, column more", "a column of the codebook", "'more'", "Remove it.")


def test_repeated_column(path):
    (fault,) = faults(path, b"id,note,id\na,b,c\n")
    assert fault[:3] == ("row 1, column id", "this column once", "it 2 times")
    assert fault[3] == "Remove the others; the first is read."
    assert read_table(path, COLUMNS).rows[2]["id"] == "a"


def test_ragged_rows_are_named_and_left_out(path):
    said = faults(path, b"id,note\na\nb,c,d\n\ne,f\n")
    assert [(where, expected, found) for where, expected, found, _ in said] == [
        ("row 2, whole row", "2 cells", "1"), ("row 3, whole row", "2 cells", "3"),
        ("row 4, whole row", "2 cells", "0"),
    ]
    assert said[2][3] == "Delete it."
    assert read_table(path, COLUMNS).rows == {5: {"id": "e", "note": "f"}}


def test_an_open_quotation_mark_is_named_by_row(path):
    (fault,) = faults(path, b'id,note\na,b\nc,"d\ne,f\n')
    assert fault[:2] == ("row 3, whole row", "well-formed CSV")
    assert "later rows were not read" in fault[3]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b" \r\n"])
def test_an_empty_file_is_one_fault(path, raw):
    assert faults(path, raw) == [("whole file", "a header and rows", "an empty file", "Name the right file, or add the header.")]


def test_strict_rows_raises_what_read_table_reports(path):
    path.write_bytes(b"id\na\n")
    with pytest.raises(InputError, match="row 1, column note: expected this column"):
        strict_rows(path, COLUMNS)


@pytest.mark.parametrize("mark", [b";", b"\t", b"|"])
def test_what_stands_behind_a_wrong_delimiter_is_read_and_told(path, mark):
    path.write_bytes(b"id,note\na,b\nc\nd,e\n".replace(b",", mark))
    table = read_table(path, COLUMNS)
    assert [(fault.where, fault.found) for fault in table.faults][1:] == [("row 3, whole row", "1")]
    assert table.faults[0].remedy == "Save the file with commas."
    assert table.rows == {2: {"id": "a", "note": "b"}, 4: {"id": "d", "note": "e"}}


def test_a_comma_in_a_header_of_known_columns_is_the_delimiter(path):
    assert faults(path, b"id,note;remark\na,b\n")[0][0] == "row 1, column note;remark"
