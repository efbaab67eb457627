"""The shape of the source: few modules of the size of their idea, no circle, short functions, nothing written twice."""

import ast
from pathlib import Path
from statistics import median

import pytest

import forecast
from tests.conftest import FIRST

ROOT = Path(forecast.__file__).parent
MODULES = 250
MEDIAN = 120
LINES_OF_A_FUNCTION = 39
RUN = 8


def sources(root: Path = ROOT) -> dict[str, str]:
    """Source by path, without the package's own folder."""
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py"))}


def module_of(path: str) -> str:
    return ".".join(("forecast", *Path(path).with_suffix("").parts)).removesuffix(".__init__")


def imported(path: str, source: str, known: set[str]) -> set[str]:
    """Modules that a file imports anywhere in it, but for types alone; a name of a package counts as the package's."""
    found = set()
    for node in _run(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= whole | ({node.module} if len(whole) < len(node.names) else set())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & known) - {module_of(path)}


def _run(node: ast.AST):
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Sets of modules each of which leads to all others of its set (Tarjan's strongly connected components)."""
    reach = {name: _reach(name, graph) for name in graph}
    return [one for one in map(set, {frozenset(other for other in reach[name] if name in reach[other]) for name in graph}) if one]


def _reach(name: str, graph: dict[str, set[str]]) -> set[str]:
    found, todo = set(), [*graph[name]]
    while todo:
        other = todo.pop()
        if other not in found:
            found.add(other)
            todo += graph[other]
    return found


def long_functions(source: str, *, command: bool = False) -> list[tuple[str, int]]:
    """Functions of more lines than allowed, their docstrings not counted; nor are the options that a command declares."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min(node.lineno, *(one.lineno for one in [*node.decorator_list, node]))
            text = node.body[0] if ast.get_docstring(node) is not None else None
            declared = node.body[0].lineno - start if command else 0
            lines = node.end_lineno - start + 1 - declared - (text.end_lineno - text.lineno + 1 if text else 0)
            found += [(node.name, lines)] if lines > LINES_OF_A_FUNCTION else []
    return found


def code_lines(source: str) -> list[tuple[int, str]]:
    """Numbered lines that say something: no imports, comments, docstrings, blank lines or closing brackets."""
    silent = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            silent |= set(range(node.lineno, node.end_lineno + 1))
    lines = enumerate((line.strip() for line in source.splitlines()), start=1)
    return [(number, line) for number, line in lines
            if number not in silent and not line.startswith("#") and any(map(str.isalnum, line))]  # fmt: skip


def written_twice(files: dict[str, str]) -> list[str]:
    """Runs of lines that stand in two places, each by the first place and the second."""
    seen: dict[tuple[str, ...], str] = {}
    found = []
    for path, source in files.items():
        lines = code_lines(source)
        for start in range(len(lines) - RUN + 1):
            run = tuple(line for _, line in lines[start:start + RUN])
            here = f"{path}:{lines[start][0]}"
            if run in seen:
                found.append(f"{seen[run]} ~ {here}")
            seen.setdefault(run, here)
    return found


def test_there_are_few_modules():
    assert len(sources()) <= MODULES


def test_most_modules_are_of_the_size_of_an_idea():
    assert median(len(source.splitlines()) for source in sources().values()) >= MEDIAN


def test_no_module_leads_back_to_itself_by_any_import():
    files = sources()
    known = {module_of(path) for path in files}
    graph = {module_of(path): imported(path, source, known) for path, source in files.items()}
    assert sum(map(len, graph.values())) > 5 * MODULES / 2  # it saw the imports
    assert circles(graph) == []


def test_no_function_is_longer_than_a_page():
    found = {path: long for path, source in sources().items()
             if (long := long_functions(source, command=path.startswith("cli")))}  # fmt: skip
    assert found == {}


def test_nothing_is_written_twice():
    assert written_twice(sources()) == []


def test_files_of_tests_that_go_first_are_there():
    assert [name for name in FIRST if not (ROOT.parent / "tests" / f"{name}.py").is_file()] == []


# The checks themselves: each finds what it is for.


def test_a_circle_through_a_late_import_is_found():
    files = {"one.py": "def late():\n    from forecast.two import x\n", "two.py": "from forecast import three\n",
             "three.py": "import forecast.one\n", "four.py": "from forecast.one import late\n",
             "five.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from forecast.four import x\n"}  # fmt: skip
    known = {module_of(path) for path in files}
    graph = {module_of(path): imported(path, source, known) for path, source in files.items()}
    assert circles(graph) == [{"forecast.one", "forecast.two", "forecast.three"}]
    assert graph["forecast.five"] == set()


@pytest.mark.parametrize(("lines", "found"), [(37, []), (38, [("long", 40)])])
def test_a_long_function_is_found_and_its_docstring_does_not_count(lines, found):
    body = "".join(f"    x{number} = {number}\n" for number in range(lines))
    source = f'@once\ndef long():\n    """One.\n\n    Two.\n    """\n{body}'
    assert long_functions(source) == found
    assert long_functions(source, command=True) == []


def test_a_run_that_stands_twice_is_found_whatever_stands_between():
    run = [f"x{number} = {number}" for number in range(RUN)]
    one = "import a\n" + "\n".join(run)
    other = '"""A."""\n' + "\n\n# why\n".join(run)
    assert written_twice({"one.py": one, "two.py": other}) == ["one.py:2 ~ two.py:2"]
    assert written_twice({"one.py": one, "two.py": "\n".join(run[1:])}) == []
