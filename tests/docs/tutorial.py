"""A tutorial as its reader goes through it: files saved, commands typed, Python entered, one after the other in a folder.

Blocks of a page, in their order: ``console`` has commands behind ``$ `` and what they show, ``python`` a session with ``>>>``,
and ``yaml`` or ``text`` a file, where the sentence before ends with "as `NAME`:". What is shown is compared as doctest does
it: white space counts alike and ``...`` stands for anything; a command below which nothing is shown may say what it likes, and
one that shows a line with ``error: `` must fail. A block below ``<!-- with fits only -->`` is left out where posteriors are made
up.
"""

import re
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, Example, OutputChecker
from pathlib import Path

from sybil import Sybil
from sybil.example import Example as Block
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

from tests.readme.reader import Reader

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE
NAMED = re.compile(r"as `([\w./-]+)`:\n+\Z")
FITTED = re.compile(r"<!-- with fits only -->\n\n(?:```python\n(?:(?!```).*\n)*)?\Z")  # each line of a session is a block
EVERY = re.compile(r"^```(\w*)", re.MULTILINE)
FILES = ("yaml", "text")
LANGUAGES = {"console", "python", *FILES}


def follow(page: Path, place: Path, reader: Reader, timeout: float, *, fitted: bool) -> int:
    """Do what a page says, within a folder that is the working one; the number of blocks done.

    Raises
    ------
    SybilFailure
        With page, line, what was expected and what was shown.
    """
    def typed(block: Block) -> str | None:
        for command, shown in commands(block.parsed):
            fails = any(line.startswith("error: ") for line in shown.splitlines())
            output = reader.run(command, place, timeout, fails=fails)
            if shown and not OutputChecker().check_output(shown, output, FLAGS):
                return OutputChecker().output_difference(Example(command, shown), output, FLAGS)
        return None

    def saved(block: Block) -> None:
        if name := NAMED.search(block.document.text[:block.start]):
            (place / name.group(1)).write_text(block.parsed, encoding="utf-8")

    parsers = [CodeBlockParser("console", typed), PythonCodeBlockParser(doctest_optionflags=FLAGS),
               *(CodeBlockParser(language, saved) for language in FILES)]
    blocks = list(Sybil(parsers).parse(page))
    followed = [block for block in blocks if fitted or not FITTED.search(block.document.text[:block.start])]
    for block in followed:
        block.evaluate()
    return len(followed)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Commands of a ``console`` block, each with what it shows."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        while command.endswith("\\"):
            more, _, shown = shown.partition("\n")
            command = command[:-1] + more.removeprefix("> ")
        yield command, shown


def languages(page: Path) -> set[str]:
    """Languages of the blocks of a page, an empty text for a block that names none."""
    return set(EVERY.findall(page.read_text(encoding="utf-8"))[::2])
