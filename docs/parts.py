"""What pages take from the program when they are built, so that the two cannot differ.

A comment ``<!-- generated: NAME -->`` stands where a part goes. On GitHub it is not seen, and the sentence before it says which
command prints the same.
"""

import html
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MARK = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"\]\(([\w/]+)\.md\)")
INDEX = "index"


def setup(app: "Sphinx") -> None:
    """Become an extension of Sphinx, which reads every page through :func:`fill`."""
    app.connect("source-read", fill)


def fill(app: "Sphinx", page: str, source: list[str]) -> None:
    """Put parts into the text of a page, and behind the index what it lists; what is left in `source` is read."""
    text = MARK.sub(lambda mark: PARTS[mark.group(1)](), source[0])
    source[0] = text + "".join(tables_of_contents(text)) if page == INDEX else text


def tables_of_contents(text: str) -> Iterator[str]:
    """Of every heading of the index, the pages to which the text below it links, as Sphinx wants to have them."""
    for heading, body in SECTION.findall(text):
        pages = "\n".join(dict.fromkeys(PAGE.findall(body)))
        yield f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{pages}\n```\n" if pages else ""


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    cells = (" | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in rows)
    return "\n".join([f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *(f"| {row} |" for row in cells), ""])


def run_files() -> str:
    """Every file of a run and its columns: what ``forecast schema`` prints."""
    from forecast.report.columns import FILES

    return "\n".join(f"## `{one.name}`\n\nA row is {one.row}.\n\n" + table(
        ("column", "type", "unit", "what it is"),
        [(f"`{column.name}`", column.dtype, column.unit, column.description) for column in one.columns]) for one in FILES)


def codebook() -> str:
    """The codebook of the shipped record: what ``forecast data codebook`` prints."""
    from forecast import shipped
    from forecast.contacts.codebook import codebook as written
    from forecast.contacts.codebook import examples_of
    from forecast.contacts.load import load_contacts

    found = load_contacts(shipped.DYAD)
    return written(examples_of(found), found.dyad)


def scenario_keys() -> str:
    """Keys of a scenario file: what ``forecast scenario schema`` gives to editors."""
    from forecast.simulation.scenario.schema import json_schema

    schema = json_schema()
    parts = {"Scenario": schema, **{name: one for name, one in schema["$defs"].items()}}
    sizes = next(_several(one) for one in schema["$defs"]["Adjustment"]["properties"]["outcome"]["anyOf"] if "oneOf" in one)
    every = "\n".join(f"- {_kind(one)}" for one in sizes)
    return "\n".join([*(_keys(name, one) for name, one in parts.items()), f"## Size\n\n{SIZES}\n\n{every}\n"])


SIZES = "How large an effect is, or a chance or time that is uncertain: a number, or a distribution by its usual name."


def _keys(name: str, schema: Mapping[str, Any]) -> str:
    needed = schema.get("required", ())
    rows = [(f"`{key}`", "; ".join(filter(None, (_kind(one), one.get("description", "")))), "yes" if key in needed else "no")
            for key, one in schema.get("properties", {}).items()]
    about = re.sub(r":\w+:`~?([\w.]+)`", r"`\1`", schema.get("description", "")).replace("``", "`")
    return f"## {name}\n\n{about}\n\n{table(('key', 'value', 'needed'), rows)}"


def _several(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Kinds of value of which any one will do."""
    return [one for name in ("anyOf", "oneOf") for one in schema.get(name, ())]


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value may be, in few words."""
    if any("normal" in one.get("properties", ()) for one in _several(schema)):
        return "[size](#size)"
    if several := _several(schema):
        return " or ".join(dict.fromkeys(filter(None, map(_kind, several))))
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        inner = _kind(schema["items"]) if isinstance(schema.get("items"), dict) else ""
        return f"list of {inner}" if inner else "list"
    if schema.get("type") == "object" and len(schema.get("required", ())) == 1:
        (name,) = schema["required"]
        return f"`{{{name}: {schema['properties'][name].get('description', '…')}}}`"
    return {"null": "", "string": "text", "object": "mapping"}.get(schema.get("type", ""), schema.get("type", ""))


def commands() -> str:
    """Every command with its options, as Typer documents it; the same as ``--help`` of each."""
    found = subprocess.run([sys.executable, "-m", "typer", "forecast.cli.app", "utils", "docs", "--name", "forecast"],
                           capture_output=True, text=True, check=True, encoding="utf-8").stdout
    _, title, below = found.partition("\n## ")
    return EXAMPLES.sub(_as_block, title + below)


EXAMPLES = re.compile(r"^Examples?: (.*)$", re.MULTILINE)


def _as_block(found: re.Match[str]) -> str:
    """Examples one below the other, as they are typed."""
    return "**Examples**:\n\n```text\n" + html.unescape(found.group(1)).replace(" | ", "\n") + "\n```"


def interface() -> str:
    """What ``import forecast`` gives, from the docstrings."""
    import forecast
    from forecast import api

    names = [name for name in vars(api) if name in forecast.API and name[0].islower()]  # in the order of their source
    return "\n".join(_documented(heading, names) for heading, names in {
        "Functions": [("function", f"forecast.{name}") for name in names],
        "What they give": [("class", name) for name in CLASSES],
        "Errors": [("exception", f"forecast.errors.{name}") for name in ("ForecastError", "InputError", "GateError", "Fault")],
    }.items())


CLASSES = ("forecast.Record", "forecast.Run", "forecast.report.plots.Plots", "forecast.evaluation.condition.Conditioned",
           "forecast.report.countries.Countries", "forecast.pipeline.backtest.DyadBacktest", "forecast.evaluation.frozen.Frozen",
           "forecast.evaluation.freezing.Scored")


def _documented(heading: str, names: list[tuple[str, str]]) -> str:
    parts = "\n".join(f".. auto{kind}:: {name}\n" + ("" if kind == "function" else "   :members:\n") for kind, name in names)
    return f"## {heading}\n\n```{{eval-rst}}\n{parts}```\n"


PARTS: Mapping[str, Callable[[], str]] = {
    "run_files": run_files, "codebook": codebook, "scenario_keys": scenario_keys, "commands": commands, "interface": interface}
