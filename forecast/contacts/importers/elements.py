"""Records of an XML file, one after the other: memory does not grow with the file, and nothing outside it is ever read.

A document type declaration is refused, and with it entities that grow without end or stand for other files.
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from forecast.contacts.importers.stream import Counted, Reading

LARGEST, DEEPEST = 1 << 20, 30
"""Characters of one record, and elements inside one another."""
_CHUNK = 1 << 16


class _RefusedError(Exception):
    """Something that no register holds: where, what was expected, what was found, and the remedy."""


class _Records:
    """What the parser tells its events to: it builds each record, and keeps those that are whole.

    Parameters
    ----------
    of : mapping
        Root element -> element of its records.
    """

    def __init__(self, of: Mapping[str, str]) -> None:
        self.of, self.root, self.whole = of, "", []
        self.depth = self.size = 0
        self.builder: TreeBuilder | None = None

    def doctype(self, name: str, _public: str, _system: str) -> None:
        """Refuse a document type declaration."""
        raise _RefusedError("whole file", "XML without a document type declaration", f"one of '{name[:80]}'",
                            "Name a register as published, or delete the declaration.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if not self.depth:
            self._begin(tag)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _RefusedError("whole file", f"at most {DEEPEST} elements inside one another", "more", "Name another file.")
        if self.depth == 2 and tag == self.of[self.root]:
            self.builder, self.size = TreeBuilder(), 0
        if self.builder:
            self._grow(sum(len(key) + len(value) for key, value in attributes.items()) + 1)
            self.builder.start(tag, attributes)

    def data(self, text: str) -> None:
        """Text of an element."""
        if self.builder:
            self._grow(len(text))
            self.builder.data(text)

    def end(self, tag: str) -> None:
        """End an element."""
        self.depth -= 1
        if self.builder:
            self.builder.end(tag)
            if self.depth == 1:
                self.whole.append(self.builder.close())
                self.builder = None

    def close(self) -> None:
        """End of the file."""

    def _begin(self, tag: str) -> None:
        if tag not in self.of:
            raise _RefusedError("root element", " or ".join(f"<{root}>" for root in self.of), f"<{tag[:80]}>",
                                "Name a file of president-travels, secretary-travels or visits.")
        self.root = tag

    def _grow(self, count: int) -> None:
        self.size += count
        if self.size > LARGEST:
            raise _RefusedError("whole file", f"at most {LARGEST:,} characters in one <{self.of[self.root]}>", "more",
                                "Name another file.")


def elements(name: str, file: Counted, of: Mapping[str, str], reading: Reading) -> Iterator[Element]:
    """Stream the records of an XML file; where it is no such file that is noted, and it ends.

    Parameters
    ----------
    name : str
        Of the file, for faults.
    file : Counted
        The file.
    of : mapping
        Root element -> element of its records.
    reading : Reading
        Where faults are noted.
    """
    target = _Records(of)
    parser = XMLParser(target=target)
    try:
        while raw := file.read(_CHUNK):
            parser.feed(raw)
            yield from target.whole
            target.whole.clear()
        if not file.broken:  # told already
            parser.close()
    except ParseError as error:
        line, column = error.position
        reading.faults.add(name, f"line {line}, column {column + 1}", "well-formed XML", str(error).partition(":")[0],
                           "Download the file again; what stands later was not read.")
    except _RefusedError as error:
        reading.faults.add(name, *error.args)
    except (LookupError, ValueError) as error:  # an encoding that the parser does not know, or cannot read
        reading.faults.add(name, "line 1, XML declaration", "an encoding that can be read, such as UTF-8", str(error)[:100],
                           "Save the file as UTF-8 and declare that.")
