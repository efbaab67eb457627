"""Commands of the README, as they are written there and in their order."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.readme.reader import ROOT

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`((?:forecast|make) [^`\n]+)`")
LINK = re.compile(r"\]\((docs/[a-z_-]+\.md)\)")
COMMENT = re.compile(r"\s+#.*")


def pages() -> list[Path]:
    """The README, and after it the pages in the order in which it links to them."""
    readme = ROOT / "README.md"
    links = LINK.findall(readme.read_text(encoding="utf-8"))
    return [readme, *(ROOT / link for link in dict.fromkeys(links))]


def commands(text: str) -> list[str]:
    """Lines of code blocks and code in running text and tables that begin with `forecast ` or `make `, each once.

    A table's first cell is a command where it is nothing but code. Elsewhere a command's bare name is a mention: `forecast sweep`
    says which command is meant, not what to type.
    """
    found = [(match.start(), command) for match in FENCE.finditer(text) for command in _lines(match.group())]
    prose = FENCE.sub(lambda match: " " * len(match.group()), text)
    found += [(match.start(), match.group(1)) for match in SPAN.finditer(prose)
              if _in_first_cell(prose, match) or not is_name(match.group(1))]
    return list(dict.fromkeys(command for _, command in sorted(found, key=lambda one: one[0])))


def mentions(text: str) -> set[str]:
    """Bare names of commands in running text."""
    return {name for name in SPAN.findall(FENCE.sub("", text)) if is_name(name)}


def is_name(command: str) -> bool:
    """Whether a command has neither options nor arguments, as far as its words tell."""
    return re.fullmatch(r"forecast [a-z]+( [a-z-]+)?", command) is not None


def _lines(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if line.startswith(("forecast ", "make ")):
            yield COMMENT.sub("", line)


def _in_first_cell(text: str, span: re.Match[str]) -> bool:
    return text[text.rfind("\n", 0, span.start()) + 1:span.start()] == "| " and text[span.end():].startswith(" |")
