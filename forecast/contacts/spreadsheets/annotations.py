"""Exports of annotation tools as tables: one row for each document and coder, one column for each field that was coded.

Label Studio exports a JSON list of tasks, each with the annotations of all coders; doccano a line of JSON for
each document; INCEpTION a file for each document and coder, as WebAnno TSV 3 or as UIMA CAS JSON, and a project as a zip archive
of them. Several values of one field (choices, labels of spans, layers on a text) are joined by semicolons, each once, in their
order. Annotations that were cancelled, predictions of models and drafts are left out.

The shapes are those of the tools' own documentation: Label Studio's *JSON format of annotated tasks*; doccano's exporters for
text classification and sequence labelling; INCEpTION's user guide, *WebAnno TSV 3.3 file format*; the Apache UIMA JSON CAS draft
0.4.0.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from forecast.contacts.spreadsheets.sheet import Grid, cell_text
from forecast.errors import Fault, InputError
from forecast.files import DAMAGED_ZIP

type Fields = dict[str, list[str]]

TSV_HEAD = "#FORMAT=WebAnno TSV 3"
DOCUMENT, CODER = "document", "coder"
MOST_FILES, LARGEST_MEMBER = 20_000, 32 << 20
_IN_PROJECT = re.compile(r"^(?:annotation|curation)/(?P<document>[^/]+)/(?P<coder>[^/]+)\.(?:tsv|json)$")
_ESCAPED = re.compile(r"\\(->|.)")
_MARK = re.compile(r"(?<!\\)\[\d+\]$")
_NO_LAYER = ("uima.", "de.tudarmstadt.ukp.dkpro.core.api.segmentation.", "de.tudarmstadt.ukp.dkpro.core.api.metadata.",
             "de.tudarmstadt.ukp.clarin.webanno.api.type.")


def form_of_json(text: str) -> Literal["label studio", "doccano", "inception"] | None:
    """Which tool a text of JSON comes from, if any."""
    head = text.lstrip("\ufeff \r\n\t")[:1]
    if text.startswith(TSV_HEAD):
        return "inception"
    if head not in ("[", "{"):
        return None
    if head == "[":
        return "label studio" if '"annotations"' in text else "doccano"
    return "inception" if '"%FEATURE_STRUCTURES"' in text else "doccano"


def is_project(raw: bytes) -> bool:
    """Whether bytes are a zip archive of annotations of INCEpTION."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return any(_IN_PROJECT.match(name) for name in archive.namelist())
    except DAMAGED_ZIP:
        return False


def read_label_studio(path: Path, text: str) -> Grid:
    """Tasks of a Label Studio export (raises InputError)."""
    tasks = _json(path, text, "a JSON list of tasks")
    rows: list[tuple[str, Fields]] = []
    for number, task in enumerate(tasks, start=1):
        if not isinstance(task, dict) or not isinstance(task.get("annotations"), list):
            raise _shape(path, f"task {number}", "a task with annotations (export as JSON, not JSON-MIN)")
        data = task.get("data")
        for one in task["annotations"]:
            if isinstance(one, dict) and not one.get("was_cancelled"):
                fields: Fields = {DOCUMENT: [cell_text(task.get("id", number))], CODER: [_coder(one.get("completed_by"))]}
                _add_plain(fields, data if isinstance(data, dict) else {})
                for result in _listed(one.get("result")):
                    if isinstance(result, dict) and isinstance(result.get("from_name"), str):
                        _add(fields, result["from_name"], _studio_values(result.get("value")))
                rows.append((f"task {fields[DOCUMENT][0]}", fields))
    return _grid(path, rows)


def _coder(told: Any) -> str:
    """Number, or address and name, of a user as an export has it."""
    if isinstance(told, dict):
        return cell_text(told.get("email") or told.get("username") or told.get("id"))
    return cell_text(told)


def _studio_values(value: Any) -> Iterator[str]:
    """What a control tag holds: choices, labels of a span, the ends of taxonomy paths, a rating, texts."""
    for kind, content in value.items() if isinstance(value, dict) else ():
        if kind == "taxonomy":
            yield from (cell_text(one[-1]) for one in _listed(content) if isinstance(one, list) and one)
        elif kind in ("choices", "labels", "hypertextlabels", "paragraphlabels", "text") and isinstance(content, list):
            yield from (cell_text(one) for one in content)
        elif kind in ("rating", "number"):
            yield cell_text(content)


def read_doccano(path: Path, text: str) -> Grid:
    """Documents of a doccano export, JSONL or JSON (raises InputError with every line or document that is none)."""
    bare = text.lstrip("\ufeff")
    whole = bare.lstrip().startswith("[")
    unit = "document" if whole else "line"
    found = _json(path, text, "a JSON list of documents") if whole else [_line(one) for one in bare.split("\n")]
    rows, faults = [], []
    for number, one in enumerate(found, start=1):
        if isinstance(one, dict):
            fields: Fields = {DOCUMENT: [cell_text(one.get("id", number))]}
            for name, value in one.items():
                _add(fields, name, _doccano_values(value))
            rows.append((f"{unit} {number}", fields))
        elif one != "":
            faults.append(Fault(source=str(path), where=f"{unit} {number}", expected="a document as JSON",
                                found=repr(one)[:60], remedy="Export the project as JSONL."))
    if faults:
        raise InputError(faults)
    return _grid(path, rows)


def _line(line: str) -> Any:
    """Value of a line; the line itself where it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line.strip()


def _doccano_values(value: Any) -> Iterator[str]:
    """A field of the document, or its labels: texts, spans as [begin, end, label] or as mappings with a label or text."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, list) and len(one) == 3:
            yield cell_text(one[2])
        elif isinstance(one, dict):
            yield cell_text(one.get("label", one.get("text", "")))
        elif not isinstance(one, list):
            yield cell_text(one)


def read_inception(path: Path, raw: bytes) -> Grid:
    """Documents of INCEpTION: one file, or a project export with a folder for each document (raises InputError)."""
    if not is_project(raw):
        return _grid(path, [(f"document {path.stem}", {DOCUMENT: [path.stem]} | _inception_fields(path, raw))])
    rows = []
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        found = [(info, place) for info in archive.infolist() if (place := _IN_PROJECT.match(info.filename))]
        if len(found) > MOST_FILES or any(info.file_size > LARGEST_MEMBER for info, _ in found):
            raise _shape(path, "whole file", f"at most {MOST_FILES:,} annotated documents of at most {LARGEST_MEMBER >> 20} MB")
        for info, place in found:
            try:
                content = archive.read(info)
            except DAMAGED_ZIP as error:
                raise _shape(path, info.filename, "a member that can be unpacked", str(error)) from None
            document, coder = PurePosixPath(place["document"]).stem, place["coder"]
            fields = {DOCUMENT: [document], CODER: [coder]} | _inception_fields(path / info.filename, content)
            rows.append((f"document {document}, coder {coder}", fields))
    return _grid(path, rows)


def _inception_fields(path: Path, raw: bytes) -> Fields:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _shape(path, "whole file", "UTF-8 text, as INCEpTION writes it") from None
    return _tsv_fields(path, text) if text.startswith(TSV_HEAD) else _cas_fields(path, text)


def _tsv_fields(path: Path, text: str) -> Fields:
    """Values of all span layers of a document; its columns are sentence and token, offsets, text, and one for each feature."""
    names: list[str] = []
    fields: Fields = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#T_"):
            layer, *features = line.partition("=")[2].split("|")
            span = line.startswith("#T_SP=")
            names += [f"{layer.rpartition('.')[2]}.{name}" if span and name else "" for name in features]
        elif line and not line.startswith("#"):
            cells = line.rstrip("\t").split("\t")
            if len(cells) < 3 or len(cells) > 3 + len(names):
                raise _shape(path, f"line {number}", f"3 to {3 + len(names)} cells", str(len(cells)))
            for name, cell in zip(names, cells[3:], strict=False):
                if name:
                    _add(fields, name, _tsv_values(cell))
    return {name: [] for name in names if name} | fields


def _tsv_values(cell: str) -> Iterator[str]:
    for part in re.split(r"(?<!\\)\|", cell):
        if part not in ("_", "*") and (bare := _MARK.sub("", part)) not in ("_", "*"):
            yield _ESCAPED.sub(r"\1", bare)


def _cas_fields(path: Path, text: str) -> Fields:
    """Features of all feature structures of the project's own types: of spans, and of the document as a whole."""
    content = _json(path, text, "a JSON CAS")
    told = content.get("%FEATURE_STRUCTURES") if isinstance(content, dict) else None
    if isinstance(told, dict):  # by identifier
        told = [{"%ID": key} | value for key, value in told.items() if isinstance(value, dict)]
    if not isinstance(told, list):
        raise _shape(path, "whole file", "a JSON CAS with %FEATURE_STRUCTURES")
    parts = [one for one in told if isinstance(one, dict)]
    arrays = {str(one.get("%ID")): one["%ELEMENTS"] for one in parts if isinstance(one.get("%ELEMENTS"), list)}
    fields: Fields = {}
    for one in parts:
        kind = str(one.get("%TYPE", ""))
        for name, value in one.items() if not kind.startswith(_NO_LAYER) else ():
            values = arrays.get(str(value), []) if name.startswith("@") else [value]
            if not name.startswith(("%", "^", "#")) and name not in ("@sofa", "begin", "end"):
                _add(fields, f"{kind.rpartition('.')[2]}.{name.removeprefix('@')}", map(cell_text, values))
    return fields


# What the readers have in common.

def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _json(path: Path, text: str, expected: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise _shape(path, "whole file", expected, str(error)) from None


def _shape(path: Path, where: str, expected: str, found: str = "another shape") -> InputError:
    return InputError([Fault(source=str(path), where=where, expected=expected, found=found[:200],
                             remedy="Export the project anew from the tool.")])


def _add_plain(fields: Fields, data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        if isinstance(value, str | int | float):
            _add(fields, name, [cell_text(value)])


def _add(fields: Fields, name: str, values: Any) -> None:
    """Add values to a field, each once."""
    held = fields.setdefault(name, [])
    held += [one for one in dict.fromkeys(values) if one and one not in held]


def _grid(path: Path, rows: list[tuple[str, Fields]]) -> Grid:
    if not rows:
        raise _shape(path, "whole file", "annotated documents", "none")
    headings = tuple(dict.fromkeys(name for _, fields in rows for name in fields))
    return Grid(path=path, unit="document", across="field", headings=headings,
                rows={number: [";".join(fields.get(name, [])) for name in headings]
                      for number, (_, fields) in enumerate(rows, start=1)},
                row_names={number: name for number, (name, _) in enumerate(rows, start=1)})
