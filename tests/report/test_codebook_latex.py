"""The LaTeX appendix is balanced, escaped, and says what the codes say."""

import re

from forecast.contacts import codes, load_contacts
from forecast.contacts.codebook import codebook, examples_of
from forecast.report.tables import codebook_latex
from tests.fixture.record import RECORD


def test_environments_and_braces_are_balanced_and_nothing_is_left_unescaped():
    text = codebook_latex(examples_of(load_contacts(RECORD)))
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") > 10
    bare = re.sub(r"\\[{}&%$#_]", "", text)
    assert bare.count("{") == bare.count("}")
    body = re.sub(r"(?m)^%.*$|\\(allowbreak|begin|end|[a-z]+)\b", "", bare)
    assert not re.search(r"[_#$]", body.replace("$-$", ""))


def test_examples_are_rows_that_exist():
    contacts = load_contacts(RECORD)
    examples = examples_of(contacts)
    where = contacts.contact.set_index("id")
    for (column, code), example in examples.items():
        if column in ("us_rank", "format", "mechanism"):
            assert where.loc[example, column] == code
    assert set(example for (column, _), example in examples.items() if column == "us_rank") <= set(where.index)
    printed = codebook(examples)
    assert all(f"| {rank} | " in printed for rank in codes.RANK)
    assert codebook_latex({("us_rank", "president"): "a_b"}).count(r"a\_\allowbreak{}b") == 1
