"""Every YAML file: strict types in the program's own words, and whatever is done to a file, one message and no other error."""

import os
import random
import re
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

import forecast
from forecast.components.prior_file import load_priors
from forecast.components.priors import PriorSet
from forecast.components.registry import needs
from forecast.config import Strict, load_yaml, read_yaml
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.errors import InputError
from forecast.evaluation.sweep import Sweep
from forecast.panel.elections import load_elections
from forecast.panel.series import _Sources
from forecast.shipped import DATA, DYAD, scenario_folder, shipped_priors
from forecast.simulation.relation_index import WEIGHTS_FILE, IndexFile
from forecast.simulation.scenario import load_scenario, shipped_scenarios
from forecast.yaml_reader import DEEPEST, LONGEST, WORDS, plain, told
from tests.conftest import some

ERRORS = {
    "str": ("string_type", "string_too_short", "string_too_long", "string_pattern_mismatch"),
    "float": ("float_type", "finite_number", "greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    "int": ("int_type", "int_from_float", "greater_than", "greater_than_equal", "less_than", "less_than_equal"),
    "bool": ("bool_type",),
    "date": ("date_type", "date_from_datetime_inexact"),
    "tuple": ("tuple_type", "too_short", "too_long"),
    "dict": ("dict_type", "mapping_type", "too_short", "too_long"),
    "literal": ("literal_error",), "enum": ("enum",),
    "model": ("model_type",),
    "model-fields": ("model_attributes_type", "invalid_key"),
    "function-before": ("value_error", "assertion_error"),
    "function-after": ("value_error", "assertion_error"),
    "function-plain": ("value_error", "assertion_error", "is_instance_of"),
}
"""What each kind of check of a model can raise."""
HOLLOW = {"any", "default", "definition-ref", "definitions", "model-field", "no-info", "with-info", "nullable", "union"}
"""Kinds that raise nothing of their own."""


def models(of=Strict):
    """Every model of a YAML file."""
    return [
        model
        for child in of.__subclasses__()
        if child.__module__.startswith("forecast.")
        for model in [child, *models(child)]
    ]


def kinds(schema):
    """Kinds of checks in a schema of pydantic's core."""
    if isinstance(schema, dict):
        own = {schema["type"]} if isinstance(schema.get("type"), str) else set()
        return own.union(*(kinds(part) for key, part in schema.items() if key not in ("serialization", "metadata", "ref")))
    return set().union(*map(kinds, schema)) if isinstance(schema, list | tuple) else set()


def test_every_error_that_a_model_can_raise_has_words_of_our_own():
    found = set().union(*(kinds(model.__pydantic_core_schema__) for model in models()))
    assert len(models()) > 25
    assert found <= ERRORS.keys() | HOLLOW
    assert {error for kind in found & ERRORS.keys() for error in ERRORS[kind]} <= WORDS.keys()


ODD = [
    "true",
    "12",
    "1.5",
    "'0.1'",
    "1:30",
    "yes",
    "[1, 2]",
    "{a: 1}",
    "2024-11-04",
    "2024-11-04T10:00:00",
    "2024-02-31",
    "0000-00-00",
    ".nan",
    ".inf",
    "-.inf",
    "1e999",
    "9" * 400,
    "9" * 5000,
    "0x1F",
    "0o17",
    "017",
    "1_000",
    "''",
    "[]",
    "{}",
    "~",
    "&a true",
    "1737244800",
    "-1",
    "[[[[1]]]]",
    "<<",
    "=",
]
LIBRARY = re.compile(
    r"Input should|should have|valid (tuple|number|string|dictionary|date|integer|list)|zero time|zero-size|found found|"
    r"type=|pydantic|numpy|Value error|'NoneType'|CommentedMap|CommentedSeq|ordereddict|<ruamel|object at 0x"
)


def in_our_words(error):
    assert error.faults
    for fault in error.faults:
        assert not LIBRARY.search(str(fault)), str(fault)
        assert str(fault).isprintable()
        assert len(str(fault)) < 3000


@pytest.mark.parametrize("value", some(ODD, ODD[::5]))
def test_a_value_of_another_kind_is_told_in_our_words(value, tmp_path):
    """Every scalar of a scenario, a prior set, a sweep and a dyad takes each odd value in its turn."""
    path, seen = tmp_path / "mine.yaml", 0
    (tmp_path / "base.yaml").write_text(BASE)
    for text, read in (
        (SCENARIO, load_scenario),
        (DYAD_YAML, lambda file: load_yaml(file, Dyad)),
        (SWEEP, lambda file: load_yaml(file, Sweep)),
        (PRIOR, lambda file: load_yaml(file, PriorSet)),
    ):
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if not (key := re.fullmatch(r"(\s*(?:- )?\w+: ).+", line)):
                continue
            path.write_text("\n".join([*lines[:at], key[1] + value, *lines[at + 1 :]]))
            try:
                read(path)
            except InputError as error:
                in_our_words(error)
                seen += 1
    assert seen > 20


SCENARIO = """\
name: mine
title: Mine
description: A test.
extends: base.yaml
dyad: us_kz
as_of: 2024-11-04
election: us_2024
outcome: {harris: 0.5, trump: 0.5}
horizon: {start: 2025-01, end: 2028-12}
events:
  - id: one
    title: One
    reason: A test.
    window: [2025-03, 2026-03]
    probability: 0.5
    shape: pulse
    half_life_months: 3
    effects:
      rate:
        all: 0.1
      outcome: {normal: [0, 1]}
cabinet:
  - id: who
    title: Who
    reason: A test.
    rank: cabinet
    share: 0.5
    appetite: 0.1
questions:
  - id: asked
    text: How many?
    background: A test.
    window: [2025-01, 2028-12]
    at_least: 2
    resolution: By counting.
    contacts:
      rank: [cabinet]
      outcome: 1
"""
BASE = "name: base\ntitle: Base\ndescription: A test.\n"
DYAD_YAML = """\
id: us_xx
partner: Somewhere
partner_iso2: XX
register_country: somewhere
relations_start: 1991-12-25
relations_start_reason: Because of a test.
coded_until: 2024-11-04
coded_until_reason: Because of a test.
version: "1"
series: [votes]
"""
SWEEP = """\
name: mine
title: Mine
description: A test.
scenarios: [trump, harris]
design: grid
paths: 100
vary:
  - path: adjustments.rate.president
    over: {uniform: [-0.5, 0.5]}
    steps: 3
    reason: A test.
  - path: events.x.date
    values: [2025-01, 2026-01]
    reason: A test.
"""
PRIOR = """\
name: mine
title: Mine
extends: default
component:
  frequency:
    type_scale:
      distribution: half_normal
      sigma: 0.1
      reason: Because of a test.
    state_persistence:
      distribution: beta
      alpha: 12.0
      beta: 4.0
      reason: Because of a test.
  media:
    tone_share:
      distribution: dirichlet
      concentration: [1.0, 4.0, 4.0]
      reason: Because of a test.
"""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1737244800", "a date such as 2018-01-16, found 1737244800"),
        ("2024-02-31", "a date of the calendar, such as 2018-01-16, found 2024-02-31"),
        ("0000-00-00", "a date of the calendar, such as 2018-01-16, found 0000-00-00"),
        ("2024-11-04T00:00:00", "a date such as 2018-01-16, found 2024-11-04"),
        ("true", "a date such as 2018-01-16, found true"),
        ("'04.11.2024'", "a date such as 2018-01-16, found '04.11.2024'"),
        ("'2024-02-31'", "a date such as 2018-01-16, found '2024-02-31'"),
    ],
)
def test_a_day_is_a_day_and_nothing_else(value, words, tmp_path):
    path = tmp_path / "dyad.yaml"
    path.write_text(DYAD_YAML.replace("coded_until: 2024-11-04", f"coded_until: {value}"))
    with pytest.raises(InputError, match=re.escape(f"dyad.yaml: line 7, key coded_until: expected {words}")):
        load_yaml(path, Dyad)


def test_a_day_between_quotes_is_a_day(tmp_path):
    path = tmp_path / "dyad.yaml"
    path.write_text(DYAD_YAML.replace("coded_until: 2024-11-04", "coded_until: '2024-11-04'"))
    assert f"{load_yaml(path, Dyad).coded_until}" == "2024-11-04"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "%YAML 1.1\n---\nname: yes\n",
            "line 2: expected YAML 1.2, in which 1:30 is a text and yes is a word, found the directive %YAML 1.1",
        ),
        ('name: "a\\x1b[31mb"\n', "line 1: expected texts without control characters, found the character U+001B"),
        ('name: "\\ud800"\n', "found the character U+D800"),
        ('"na\\0me": 1\n', "found the character U+0000"),
        ("1: a\n", "line 1, key 1: expected a text as key, found 1"),
        ("~: a\n", "key nothing: expected a text as key"),
        ("a:\n  2024-11-04: b\n", "line 2, key 2024-11-04: expected a text as key"),
        ("? [a, b]\n: 1\n", "expected a text as key, found ['a', 'b']"),
        ("a: &x [*x]\n", "expected values that do not contain themselves, found *x inside &x"),
        ("a: 1\na: 2\n", "expected every key once, found 'a' again"),
        ("a: 1\n<<: 3\n", "expected valid YAML"),
        ("a: *nowhere\n", "undefined alias"),
        ('x: "\\U00110000"\n', "expected valid YAML"),
        ("a: " + "[" * 50_000 + "\n", f"at most {DEEPEST} mappings and lists"),
        ("- " * 5000 + "a\n", f"at most {DEEPEST} mappings and lists"),
        ("a: !!python/object:os.system x\n", "plain values"),
        ("a: b\x07\n", "expected valid YAML"),
        ("x" * (LONGEST + 1), "at most 200,000 characters"),
        ("a: [" + "b, " * 20_000 + "]\n", "at most 10,000 values"),
        ("a: 1\n---\na: 2\n", "line 2: expected one document, found another document"),
        ('a: &a "' + "x" * 60_000 + '"\nb: [' + "*a, " * 3000 + "]\n", "line 2: expected at most 10,000 values"),
        ("a: &x 1\nb: &x 2\nc: !t 3\n", "line 3: expected plain values, found the tag !t"),
        ("a: *nowhere\nb: !t 1\n", "line 1: expected valid YAML, found undefined alias"),
    ],
    ids=range(23),
)
@pytest.mark.filterwarnings("error")
def test_texts_that_no_file_of_ours_contains(text, words, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    begin = time.process_time()
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        read_yaml(path)
    assert time.process_time() - begin < 4
    assert words in str(caught.value)
    in_our_words(caught.value)
    assert len(caught.value.faults) == 1


def test_a_long_text_is_no_fault(tmp_path):
    (tmp_path / "mine.yaml").write_text("a: |\n" + f"  {'y' * 90}\n" * 1500)
    assert len(read_yaml(tmp_path / "mine.yaml")["a"]) == 91 * 1500


@pytest.mark.parametrize("key", ["extends", "questions"])
@pytest.mark.parametrize(
    "name", ["x" * 5000, '"a\\tb"', "..", ".", "/dev/zero", "''", "'../../../../etc/passwd'", "pipe.yaml"]
)
def test_names_that_no_file_has(key, name, tmp_path):
    """Over-long names ended in an OSError before."""
    os.mkfifo(tmp_path / "pipe.yaml")
    path = tmp_path / "mine.yaml"
    text = (
        SCENARIO.replace("extends: base.yaml", f"extends: {name}")
        if key == "extends"
        else (SCENARIO.partition("questions:")[0] + f"questions: {name}\n")
    )
    path.write_text(text)
    (tmp_path / "base.yaml").write_text(BASE)
    with pytest.raises(InputError, match=r": expected .*, found ") as caught:
        load_scenario(path)
    assert f"line {text[: text.index(key)].count(chr(10)) + 1}, key {key}: expected the name of a file" in str(
        caught.value
    ) or ("etc/passwd" in name)
    in_our_words(caught.value)


@pytest.mark.parametrize("name", ["x" * 5000, '"a\\tb"', "..", "/dev/zero", "''"])
def test_names_that_no_prior_set_has(name, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(PRIOR.replace("extends: default", f"extends: {name}"))
    with pytest.raises(InputError, match="line 3, key extends: expected a file beside this one, or a shipped set"):
        load_priors(path, needs())


def test_a_long_chain_of_files_is_refused(tmp_path):
    """A thousand files that extend one another ended in a RecursionError before."""
    for number in range(30):
        (tmp_path / f"s{number}.yaml").write_text(SCENARIO.replace("base.yaml", f"s{number + 1}.yaml"))
        (tmp_path / f"p{number}.yaml").write_text(PRIOR.replace("extends: default", f"extends: p{number + 1}"))
    for read in (lambda: load_scenario(tmp_path / "s0.yaml"), lambda: load_priors(tmp_path / "p0.yaml", needs())):
        with pytest.raises(InputError, match="at most 20 files that extend one another"):
            read()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_is_no_ordinary_file_is_refused_at_once(make, tmp_path):
    make(tmp_path / "dyad.yaml")
    with pytest.raises(InputError, match="expected an ordinary file, found a"):
        load_dyad(tmp_path)


@pytest.mark.parametrize(
    ("head", "what"), [(b"\x1f\x8b", "a gzip file"), (b"PK\x03\x04", "an office workbook"), (b"PAR1", "a Parquet file")]
)
def test_files_of_other_forms_are_called_what_they_are(head, what, tmp_path):
    (tmp_path / "dyad.yaml").write_bytes(head + bytes(100))
    with pytest.raises(InputError, match=f"expected a text file, found .*{what}"):
        load_dyad(tmp_path)


def test_plain_values_remember_nothing_of_the_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("a: &x true\nb: [1, 2.5, {c: d}]\n")
    found = plain(read_yaml(path))
    assert found == {"a": True, "b": (1, 2.5, {"c": "d"})}
    assert [type(one) for one in (found["a"], found["b"], found["b"][0])] == [bool, tuple, int]
    assert told(found) == "{a: true, b: [1, 2.5, {c: 'd'}]}"


def _asking(file):
    """A scenario that asks the questions of a file."""
    scenario = file.parent / "asking.yaml"
    scenario.write_text(
        SCENARIO.partition("questions:")[0].replace("extends: base.yaml\n", "") + f"questions: {file.name}\n"
    )
    return load_scenario(scenario)


def shipped_files():
    """Every YAML file that comes with the program, with its reader; files of questions through a scenario that names them."""
    read = {path: load_scenario for path in shipped_scenarios().values()}
    read |= {path: lambda file: load_priors(file, needs()) for path in shipped_priors().values()}
    read |= {path: lambda file: load_yaml(file, Sweep) for path in sorted((scenario_folder() / "sweeps").glob("*.yaml"))}
    read |= {
        DATA / "elections.yaml": load_elections,
        WEIGHTS_FILE: lambda file: load_yaml(file, IndexFile),
        DYAD / "dyad.yaml": lambda file: load_yaml(file, Dyad),
        DATA / "series" / "sources.yaml": lambda file: load_yaml(file, _Sources),
        **{path: _asking for path in sorted((scenario_folder() / "questions").glob("*.yaml"))},
    }
    return read


READ = shipped_files()
PIECES = [
    "true",
    "[",
    "{",
    "}",
    "]",
    ": ",
    "- ",
    "\n",
    "'",
    '"',
    "&a ",
    "*a",
    "!x ",
    "0x1F",
    "2024-02-31",
    "9" * 400,
    "\x00",
    "\ud800",
    "\t",
    "~",
    "1e999",
    "<<: ",
    "? ",
    "| ",
    "> ",
    "%YAML 1.1\n---\n",
    "#",
    "  ",
    "²",
    "\u202e",
    ".nan",
    "{normal: [0, 1e308]}",
]


def spoil(content: bytes, rng: random.Random) -> bytes:
    """One change to a file: bytes, types, nesting, or where it ends."""
    at = rng.randrange(len(content))
    lines = content.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    piece = rng.choice(PIECES).encode("utf-8", "surrogatepass")
    key = lines[one].partition(b": ")
    changes = [
        lambda: content[:at],
        lambda: content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :],
        lambda: content[:at] + piece + content[at + rng.randrange(3) :],
        lambda: b"\n".join([*lines[:one], key[0] + b": " + piece, *lines[one + 1 :]]),
        lambda: b"\n".join([*lines[:one], b"  " * rng.randrange(1, 30) + lines[one], *lines[one + 1 :]]),
        lambda: b"\n".join([*lines[:one], *lines[one + 1 :]]),
        lambda: b"\n".join([*lines[:one], lines[other], *lines[one:]]),
        lambda: b"\n".join([*lines[:one], key[0] + b": " + b"[" * rng.randrange(1, 60) + piece, *lines[one + 1 :]]),
    ]
    return rng.choice(changes)()


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("source", READ, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_whatever_is_done_to_a_shipped_file_ends_in_one_message_or_none(source, times, tmp_path):
    rng, target = random.Random(source.name), tmp_path / source.name
    content, refused = source.read_bytes(), 0
    for _ in range(times):
        target.write_bytes(spoil(content, rng))
        begin = time.process_time()
        try:
            READ[source](target)
        except InputError as error:
            refused += 1
            in_our_words(error)
        assert time.process_time() - begin < 1
    assert times < 50 or refused > 12


def test_the_program_raises_no_error_of_the_library_for_its_own_files():
    """A negative control: the checks of the library itself, without our words, are found by the pattern above."""
    with pytest.raises(ValidationError) as caught:
        Dyad.model_validate({"id": 1})
    assert LIBRARY.search(str(caught.value))
    assert Path(forecast.__file__).exists()
