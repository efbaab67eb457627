import pytest

from forecast.contacts import table as table_of
from forecast.contacts.table import (
    LARGEST_TABLE,
    form_fault,
    header_of,
    read_named,
    read_table,
    shown,
    some,
    strange,
    strict_rows,
)
from forecast.errors import InputError

COLUMNS = ("id", "note")


def faults(path, raw, columns=COLUMNS):
    path.write_bytes(raw)
    found = read_table(path, columns).faults
    assert {fault.source for fault in found} <= {str(path)}
    return [(f.where, f.expected, f.found, f.remedy) for f in found]


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


def test_many_ragged_rows_are_counted(path):
    said = faults(path, b"id,note\n" + b"a\n" * 60)
    assert [where for where, *_ in said[:50]] == [f"row {number}, whole row" for number in range(2, 52)]
    assert said[50:] == [("after the first 50 faults of this kind", "no fault", "10 more", "Repair those above and check again.")]


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


def test_faults_of_form_say_where_what_and_what_to_do(path):
    assert faults(path, b"\xef\xbb\xbfid,note\na,b\n") == [
        ("row 1, byte 0", "UTF-8 without a byte order mark", "a byte order mark", "Save the file as plain UTF-8.")]
    assert faults(path, b'id,note\na,"two\nlines"\nb,\x07\n') == [
        ("row 3, whole row", "text without control characters", "the character 0x07", "Delete it.")]
    assert faults(path, b'id,note\na,b\nc,"d\ne,f\n') == [
        ("row 3, whole row", "well-formed CSV", "unexpected end of data",
         "Close the quotation mark, and double those inside a cell; later rows were not read.")]
    assert faults(path, b"id,note\nb,c,d\n\n") == [
        ("row 2, whole row", "2 cells", "3", "Quote cells that hold commas; fill in those left out."),
        ("row 3, whole row", "2 cells", "0", "Delete it.")]
    assert faults(path, b"id,note\n\x00\n") == [("whole file", "a CSV file", "binary data", "Name a text file.")]


def test_rows_that_end_as_on_old_computers_are_counted(path):
    assert faults(path, b"id,note\ra,b\rc,\xe9\r")[0][:3] == ("row 3, byte 14", "UTF-8 text", "byte 0xe9")


def test_line_ends_within_cells_stay(path):
    path.write_bytes(b'id,note\r\na,"two\r\nlines"\r\n')
    assert read_table(path, COLUMNS).rows == {2: {"id": "a", "note": "two\r\nlines"}}


def test_a_file_read_in_part_is_not_complete(path):
    path.write_bytes(b'id,note\na,b\nc,"d\ne,f\n')
    table = read_table(path, COLUMNS)
    assert (table.path, table.rows, table.ragged, table.complete) == (path, {2: {"id": "a", "note": "b"}}, (), False)
    assert table.values("id") is None


def test_values_of_a_column_are_also_those_of_ragged_rows(path):
    path.write_bytes(b"id,note\na,b\nc\nd,e,f\n")
    table = read_table(path, COLUMNS)
    assert table.complete
    assert table.ragged == ({"id": "c"}, {"id": "d", "note": "e"})
    assert (table.values("id"), table.values("note")) == ({"a", "c", "d"}, {"b", "e"})
    assert table.values("absent") is None


def test_a_missing_file_is_to_be_added_and_a_folder_is_none(path):
    table = read_table(path, COLUMNS)
    (fault,) = table.faults
    assert (fault.source, fault.where, fault.remedy) == (str(path), "whole file", "Add the file.")
    assert (table.path, table.rows, table.complete) == (path, {}, False)
    path.mkdir()
    (fault,) = read_table(path, COLUMNS).faults
    assert (fault.found, fault.remedy) == ("a folder", "Name a file.")


def test_no_row_is_read_of_a_file_of_another_kind(path):
    for raw in (b"", b"colour,size\nred,2\n"):
        path.write_bytes(raw)
        table = read_table(path, COLUMNS)
        assert (table.path, table.rows, table.complete, len(table.faults)) == (path, {}, False, 1)
    assert faults(path, b"colour,size\nred,2\n") == [
        ("row 1, header", "the columns id, note", "2 of other names, 'colour, size'", "Name a file with this header.")]
    assert faults(path, b"a,b,c,d,e,f,g\n")[0][2] == "7 of other names, 'a, b, c, d, e, f'"
    for raw in (b"colour;size\nred;2\n", b"colour;size\nred;id;note\n", b"Xid;Xnote\n1;2\n"):
        assert faults(path, raw) == [("row 1, header", "cells separated by commas", "semicolons", "Save the file with commas.")]
    assert [where for where, *_ in faults(path, b"\xef\xbb\xbf")] == ["row 1, byte 0", "row 1, header"]


def test_of_a_header_in_another_encoding_only_that_is_told(path):
    assert faults(path, b"caf\xe9,size\nred,2\n") == [
        ("row 1, byte 3", "UTF-8 text", "byte 0xe9", "Save the file as plain UTF-8.")]


def test_a_header_may_have_two_hundred_columns():
    assert not strange(["id"] + ["x"] * 199, COLUMNS)
    assert strange(["id"] + ["x"] * 200, COLUMNS)
    assert strange(["x"], COLUMNS)


def test_optional_columns_are_read_where_they_stand(path):
    path.write_bytes(b"id,note,source\na,b,c\n")
    table = read_table(path, COLUMNS, ("source", "link"))
    assert (table.faults, table.rows) == ((), {2: {"id": "a", "note": "b", "source": "c"}})
    path.write_bytes(b"id,note,sources\na,b,c\n")
    (fault,) = read_table(path, COLUMNS, ("source", "link")).faults
    assert (fault.where, fault.expected, fault.found, fault.remedy) == (
        "row 1, column sources", "a column of the codebook", "'sources'", "Did you mean 'source'?")
    path.write_bytes(b"source\tlink\na\tb\n")  # tabs are seen by optional columns too
    assert [fault.where for fault in read_table(path, COLUMNS, ("source", "link")).faults] == [
        "row 1, header", "row 1, column id", "row 1, column note"]
    path.write_bytes(b"colour,size\n")
    assert read_table(path, COLUMNS, ("source",)).faults[0].expected == "the columns id, note, source"


def test_an_unknown_column_is_told_by_what_is_missing_or_to_be_removed(path):
    assert faults(path, b"id,zzz\na,b\n")[0] == ("row 1, column zzz", "a column of the codebook", "'zzz'", "Use one of: note.")
    long = "x" * 150
    assert faults(path, f"id,note,{long}\na,b,c\n".encode()) == [
        (f"row 1, column {long[:100]}", "a column of the codebook", f"'{long[:100]}'... (150 characters)", "Remove it.")]
    path.write_bytes(b"id,note,id\na,b\n")
    assert read_table(path, COLUMNS).ragged == ({"id": "a", "note": "b"},)
    assert faults(path, b"id,note,id,note,id\na,b,c,d,e\n") == [
        ("row 1, column id", "this column once", "it 3 times", "Remove the others; the first is read."),
        ("row 1, column note", "this column once", "it 2 times", "Remove the others; the first is read.")]


def test_quoted_headers_behind_other_delimiters_are_known(path):
    path.write_bytes(b'"id" ; "note"\r"a";b\r'.replace(b" ; ", b";"))
    table = read_table(path, COLUMNS)
    assert (table.faults[0].found, table.rows) == ("semicolons", {2: {"id": "a", "note": "b"}})
    path.write_bytes(b"id|note;x|y\na|b\n")  # a bar, not a semicolon, beside a known column
    assert read_table(path, COLUMNS).faults[0].found == "bars"


def test_long_cells_are_cut_where_they_are_shown():
    assert shown("x" * 100) == repr("x" * 100)
    assert shown("x" * 1001) == repr("x" * 100) + "... (1,001 characters)"


@pytest.mark.parametrize(("count", "more"), [(50, None), (51, "1 more"), (9_999, "9,949 more"), (10_000, "9,950 more at least"),
                                             (20_000, "9,950 more at least")])
def test_of_many_faults_fifty_are_told_and_the_others_counted(path, count, more):
    told = [*some(path, range(count), lambda number: form_fault(path, f"row {number}", "this", "that", "Mend it."))]
    assert {fault.source for fault in told} == {str(path)}
    assert [fault.where for fault in told[:50]] == [f"row {number}" for number in range(50)]
    assert told[50:] == ([form_fault(path, "after the first 50 faults of this kind", "no fault", more,
                                     "Repair those above and check again.")] if more else [])


def test_of_a_file_of_very_many_rows_none_is_read(path, monkeypatch):
    monkeypatch.setattr(table_of, "MOST_ROWS", 3)
    assert faults(path, b"id,note\na,b\nc,d\n") == []
    assert read_table(path, COLUMNS).rows.keys() == {2, 3}
    assert faults(path, b"id,note\na,b\nc,d\ne,f\n") == [("whole file", "at most 3 rows", "more", "Name the right file.")]
    table = read_table(path, COLUMNS)
    assert (table.path, table.rows, table.complete) == (path, {}, False)


def test_a_row_behind_a_cell_that_csv_refuses_is_counted_in_lines(path):
    raw = b"id,note\na," + b"x" * 140_000 + b"\nb,\xe9\n"
    found = faults(path, raw)
    assert found[0][:3] == ("row 3, byte 140013", "UTF-8 text", "byte 0xe9")
    assert found[1][:3] == ("row 2, whole row", "well-formed CSV", "field larger than field limit (131072)")


def test_a_table_of_more_than_32_megabytes_is_not_read(path):
    with path.open("wb") as file:
        file.truncate(LARGEST_TABLE + 1)
    wanted = "expected at most 33,554,432 bytes, found 33,554,433"
    assert wanted in str(read_table(path, COLUMNS).faults[0])
    with pytest.raises(InputError, match=wanted):
        header_of(path)


@pytest.mark.parametrize(("raw", "header"), [
    (b"\xef\xbb\xbfid,note\r\na,b\r\n", ["id", "note"]), (b"id;note\n", ["id", "note"]), (b"id\tnote\n", ["id", "note"]),
    (b"id|note|more\n", ["id", "note", "more"]), (b"id\na\n", ["id"]), (b'"a;b;c",note\n', ["a;b;c", "note"]),
    (b"id,note;a;b;c\n", ["id", "note;a;b;c"]),
    (b"caf\xe9,b\n", ["caf\ufffd", "b"]), (b'"two\r\nlines",b\n', ["two\r\nlines", "b"]), (b"id,note\ra,b\r", ["id", "note"]),
    (b"\xef\xbb\xbf", []), (b"x" * 140_000, []),
])
def test_the_first_row_whatever_stands_between_cells(path, raw, header):
    path.write_bytes(raw)
    assert header_of(path) == header


def test_what_is_no_text_has_no_header(path):
    path.write_bytes(b"id,\x00note\n")
    with pytest.raises(InputError, match=r"whole file: expected a CSV file, found binary data\. Name a text file\.") as caught:
        header_of(path)
    assert caught.value.faults[0].source == str(path)


def test_columns_and_codes_of_a_file_have_the_names_of_the_program(path):
    names = {"us_rank": "ru_rank", "us_to_partner": "ru_to_partner", "link": "url"}
    path.write_bytes(b"ru_rank,direction,note,url\npresident,ru_to_partner,ru_to_partner,x\ncabinet\nvice,remote,,\n")
    table = read_named(path, ("us_rank", "direction", "note"), ("link",), names=names, coded=("direction", "format"))
    assert table.rows == {2: {"us_rank": "president", "direction": "us_to_partner", "note": "ru_to_partner", "link": "x"},
                          4: {"us_rank": "vice", "direction": "remote", "note": "", "link": ""}}
    assert table.ragged == ({"us_rank": "cabinet"},)
    assert table.values("us_rank") == {"president", "vice", "cabinet"}
    assert [fault.where for fault in table.faults] == ["row 3, whole row"]
    assert table.fault(2, "us_rank", "one of us_to_partner, remote", "us_rank", "Write us_to_partner.") == form_fault(
        path, "row 2, column ru_rank", "one of ru_to_partner, remote", "us_rank", "Write ru_to_partner.")


def test_without_names_of_its_own_a_file_is_read_as_it_is(path):
    path.write_bytes(b"id,note,source\na,b,c\n")
    table = read_named(path, COLUMNS, ("source",), names={})
    assert table == read_table(path, COLUMNS, ("source",))
    assert table.fault(2, "id", "a word", "b", "Mend id.") == form_fault(path, "row 2, column id", "a word", "b", "Mend id.")


def test_strict_rows_are_those_of_the_table(path):
    path.write_bytes(b"note,id\nb,a\n")
    assert strict_rows(path, COLUMNS) == [{"note": "b", "id": "a"}]
