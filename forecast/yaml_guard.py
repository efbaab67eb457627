"""What no honest configuration file contains, refused before the file is read: hugeness, depth, bombs of aliases, tags."""

from ruamel.yaml import YAML
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent

LONGEST, DEEPEST, MOST = 500_000, 20, 50_000
"""Characters of a file; mappings and lists inside one another; values once every alias is written out."""

Refusal = tuple[int, str, str]
"""Line, what was expected, what was found."""


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
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]  # anchor and values so far of every node not yet closed
    for event in YAML(typ="rt", pure=True).parse(text):
        refused = _refused(event, len(open_nodes), open_nodes[-1][1])
        if refused:
            return refused
        _count(event, open_nodes, size)
    return None


def _refused(event: Event, depth: int, values: int) -> Refusal | None:
    line = event.start_mark.line + 1 if event.start_mark else 1
    if isinstance(event, NodeEvent) and getattr(event, "tag", None):
        return line, "plain values", f"the tag {event.tag}"
    if depth > DEEPEST:
        return line, f"at most {DEEPEST} mappings and lists inside one another", "more"
    if values > MOST:
        return line, f"at most {MOST:,} values, aliases written out", "more"
    return None


def _count(event: Event, open_nodes: list[tuple[str | None, int]], size: dict[str, int]) -> None:
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
