"""Damage to files, drawn at random but the same every time: bytes, truncation, types, nesting, sizes."""

import copy
import json

STRANGE = (None, True, False, -1, 0, 1, 10**9, 10**30, 0.5, -0.5, 1e308, "", "x", "=1+1", "0.1", "all", "none", "president",
           "trump", "2024-02-31", "9999-12", "0000-01", "\u202e", "\x1b[31m", "e" * 5000, [], {}, [[]], [1] * 5000,
           [0] * 3000 + [4], {"a": 1}, [[0, 4]] * 3, ["x"], [None])
PIECES = (b"\x00", b"\xff", b"\r", b"\n\n", b'"', b",", b"NaN", b"1e999", b"[" * 2000, b"{" * 50, b"\\ud800", b"9" * 5000, b"-",
          b"Infinity", b"\xef\xbb\xbf", b"0.50", b"sample", b"none")


def of_bytes(rng, content):
    """Content with a piece cut out, put in, doubled or cut off."""
    at, upto = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    kind = rng.randrange(5)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[min(upto, at + rng.randrange(1, 40)):]
    if kind == 2:
        return content[:at] + rng.choice(PIECES) + content[at:]
    if kind == 3:
        return content[:upto] + content[at:]
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1:]


def of_value(rng, content):
    """A copy of JSON content with something in it replaced, removed, doubled or added."""
    content = copy.deepcopy(content)
    places = [*_places(content)]
    holder, key = rng.choice(places)
    kind = rng.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[rng.choice(("extra", "all", "none", "president", key.upper(), ""))] = copy.deepcopy(holder[key])
    elif kind == 1:
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind == 2:
        other, at = rng.choice(places)
        holder[key] = copy.deepcopy(other[at])
    else:
        holder[key] = copy.deepcopy(rng.choice(STRANGE))
    return content


def _places(value):
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def of_cells(rng, text):
    """A CSV text with a cell replaced, or a row doubled, left out, or a blank one added."""
    lines = text.splitlines()
    row = rng.randrange(len(lines))
    cells = lines[row].split(",")
    kind = rng.randrange(6)
    if kind == 0:
        lines.insert(row, lines[row])
    elif kind == 1:
        del lines[row]
    elif kind == 2:
        lines.insert(row, "")
    else:
        other = rng.choice(lines).split(",")
        place = rng.randrange(len(cells))
        strange = rng.choice(STRANGE)
        written = strange if isinstance(strange, str) else json.dumps(strange)
        cells[place] = rng.choice((rng.choice(other), written, "inf", "-1", "0.50"))
        lines[row] = ",".join(cells)
    return "\n".join(lines) + "\n"
