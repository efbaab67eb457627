"""What mutation testing rests on: the copy that is mutated, and the list of changes that no test can notice."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutants.run import EQUIVALENT, ROOT, Found, Survivor, killed, undecorated

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
FILES = {Path(name).stem: (ROOT / name).read_text(encoding="utf-8") for name in SETTINGS["only_mutate"]}

SOURCE = '''\
class One:
    @property
    def name(self):
        return "one"

    @model_validator(mode="before")
    @classmethod
    def read(cls, content):
        return content


@cache
def kept():
    return 1


@compiled(numba.njit, nogil=True)
def fast(x):
    return x
'''

PLAIN = '''\
class One:
    def name(self):
        return "one"
    name = property(name)

    def read(cls, content):
        return content
    read = model_validator(mode='before')(classmethod(read))


@cache
def kept():
    return 1


def fast(x):
    return x
'''


def test_functions_are_decorated_behind_their_definition_and_not_for_numba():
    assert undecorated(SOURCE) == PLAIN


@pytest.mark.parametrize("name", FILES)
def test_the_copy_says_the_same(name):
    def bodies(source):
        return {node.name: ast.dump(ast.Module(node.body, [])) for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.FunctionDef)}

    assert bodies(undecorated(FILES[name])) == bodies(FILES[name])


def test_files_of_tests_are_there():
    assert [name for name in SETTINGS["pytest_add_cli_args_test_selection"] if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("where", EQUIVALENT)
def test_changes_that_no_test_can_notice_are_of_code_that_is_there(where):
    module, _, function = where.partition(".")
    nodes = ast.walk(ast.parse(FILES[module]))
    (node,) = (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == function.rpartition(".")[2])
    source = " ".join(line.strip() for line in ast.get_source_segment(FILES[module], node).splitlines())
    assert [was for was, *_ in EQUIVALENT[where] if was not in source] == []
    assert all(becomes != was and why for was, becomes, why in EQUIVALENT[where])


def test_only_what_a_test_noticed_is_killed():
    assert [code for code in (None, -24, -9, 0, 1, 2, 3, 5, 33, 36) if killed(code)] == [-24, -9, 1, 3, 36]


def test_equivalent_mutants_are_told_apart_and_count_as_survivors():
    where = next(iter(EQUIVALENT))
    was, becomes, why = EQUIVALENT[where][0]
    known, other = Survivor(where, was, becomes), Survivor(where, was, "something else")
    assert (known.why, other.why) == (why, "")
    found = Found("module", 20, (known, other, other))
    assert found.share == 17 / 20
    assert str(found) == "| `module` | 20 | 17 | 85.0% | 1 | 2 |"
