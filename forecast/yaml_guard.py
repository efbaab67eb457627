"""What no honest configuration file contains, refused before the file is read: hugeness, depth, bombs of aliases, tags."""

import unicodedata

from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
    ScalarEvent,
)

from forecast.yaml_values import reader

LONGEST, DEEPEST, MOST = 200_000, 20, 10_000
"""Characters of a file; mappings and lists inside one another; values once every alias is written out."""

Refusal = tuple[int, str, str]
"""Line, what was expected, what was found."""
_Open = list[tuple[str | None, int]]
"""Anchor and values so far of every node that is not yet closed."""


def unwanted(text: str) -> Refusal | None:
    """Say what is refused first, if anything is.

    Raises
    ------
    ruamel.yaml.error.YAMLError
        Where the text is no YAML.
    """
    if len(text) > LONGEST:
        return 1, f"at most {LONGEST:,} characters", f"{len(text):,}"
    size: dict[str, int] = {}
    open_nodes: _Open = [(None, 0)]
    for event in reader().parse(text):
        refused = _refused(event, open_nodes)
        if refused:
            return event.start_mark.line + 1 if event.start_mark else 1, *refused
        _count(event, open_nodes, size)
    return None


def _refused(event: Event, open_nodes: _Open) -> tuple[str, str] | None:
    if isinstance(event, NodeEvent) and getattr(event, "tag", None):
        return "plain values", f"the tag {event.tag}"
    if len(open_nodes) > DEEPEST:
        return f"at most {DEEPEST} mappings and lists inside one another", "more"
    if open_nodes[-1][1] > MOST:
        return f"at most {MOST:,} values, aliases written out", "more"
    if isinstance(event, AliasEvent) and event.anchor in [anchor for anchor, _ in open_nodes]:
        return "values that do not contain themselves", f"*{event.anchor} inside &{event.anchor}"
    if isinstance(event, DocumentStartEvent) and _version(event) not in (None, (1, 2)):
        return "YAML 1.2, in which 1:30 is a text and yes is a word", "the directive %YAML {}.{}".format(*_version(event))
    if isinstance(event, ScalarEvent):
        return _unprintable(event.value.replace("\a", "") if event.style == ">" else event.value)  # ruamel marks folds by a bell
    return None


def _version(event: DocumentStartEvent) -> tuple[int, int] | None:
    """Version that a directive asks for."""
    found = event.version
    return None if found is None else tuple(found) if isinstance(found, tuple | list) else (found.major, found.minor)


def _unprintable(text: str) -> tuple[str, str] | None:
    """Characters that only an escape can put into a text: controls, and halves of surrogate pairs."""
    if text.isprintable():
        return None
    odd = next((one for one in text if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cs")), None)
    return None if odd is None else ("texts without control characters", f"the character U+{ord(odd):04X}")


def _count(event: Event, open_nodes: _Open, size: dict[str, int]) -> None:
    """Add the values of an event to the node that it stands in; an alias has those of its anchor."""
    if isinstance(event, CollectionStartEvent):
        open_nodes.append((event.anchor, 1))
        return
    if isinstance(event, CollectionEndEvent):
        anchor, values = open_nodes.pop()
    elif isinstance(event, AliasEvent):
        anchor, values = None, size.get(event.anchor, 1)
    elif isinstance(event, NodeEvent):
        anchor, values = event.anchor, 1
    else:
        return
    if anchor:
        size[anchor] = values
    open_nodes[-1] = (open_nodes[-1][0], open_nodes[-1][1] + values)
