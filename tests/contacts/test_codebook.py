import re

from forecast.contacts import codes
from forecast.contacts.codebook import FILES, codebook
from forecast.contacts.record import OPTIONAL


def rows_under(title):
    section = codebook().split(f"## {title}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| (.+?) \| (.+) \|$", section, re.MULTILINE)[1:])


def test_the_printed_codes_are_the_codes():
    for listed in (codes.RANK, codes.PARTNER_RANK, codes.TOPIC, codes.OUTCOME, codes.TONE, codes.MECHANISM):
        assert rows_under(listed.name) == {code.code: code.meaning for code in listed.codes}


def test_every_column_is_printed_with_its_values():
    for name, columns in FILES.items():
        optional = tuple(OPTIONAL) if name == "contacts.csv" else ()
        assert tuple(rows_under(name)) == columns + optional
    assert rows_under("media.csv")["frame"] == ", ".join(codes.TOPIC)
