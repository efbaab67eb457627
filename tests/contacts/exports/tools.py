"""Exports of annotation tools, in the shapes that the tools' documentation publishes; CAS JSON by dkpro-cassis."""

import json
import zipfile
from pathlib import Path

from cassis import Cas, TypeSystem

from tests.contacts.exports.kept import Row, record

CODED = [row for row in record("second_coding.csv") if row["tone_partner"] or row["tone_us"]]
"""Codings of the second coder that have a tone."""
TONE = {"-1": "Negative", "0": "Neutral", "1": "Positive"}
TOPIC = {"trade": "Trade and investment", "security": "Security and defence", "democracy": "Democracy and rights",
         "nonproliferation": "Non-proliferation", "connectivity": "Regional connectivity", "climate": "Climate and water",
         "technology": "Technology and space", "society": "Education and society", "russia": "Russia and sanctions",
         "mideast": "Middle East", "minerals": "Critical minerals"}
WHEN = "2025-01-20T10:00:00.000000Z"


def topics(row: Row) -> list[str]:
    return [part for part in row["agenda"].split(";") if part]


# Label Studio, Export > JSON: https://labelstud.io/guide/export, "Label Studio JSON format of annotated tasks".

def _choices(name: str, chosen: list[str]) -> dict:
    return {"id": f"region_{name}", "from_name": name, "to_name": "text", "type": "choices", "origin": "manual",
            "value": {"choices": chosen}}


def _annotation(number: int, coder: object, result: list[dict], cancelled: bool = False) -> dict:
    return {"id": number, "completed_by": coder, "result": result, "was_cancelled": cancelled, "ground_truth": False,
            "created_at": WHEN, "updated_at": WHEN, "lead_time": 41.5, "result_count": len(result), "task": number // 10}


def label_studio(path: Path) -> None:
    """A task for each contact, two coders, one annotation cancelled, one prediction of a model."""
    tasks = []
    for number, row in enumerate(CODED, start=1):
        own = [_choices(name, [cell]) for name, cell in row.items() if cell and name not in ("id", "agenda")]
        first = [*own, _choices("agenda", topics(row))] if topics(row) else own
        tasks.append({
            "id": number, "annotations": [_annotation(10 * number, 3, first), _annotation(10 * number + 1, 7, own),
                                          _annotation(10 * number + 2, 9, [_choices("outcome", ["3"])], cancelled=True)],
            "drafts": [], "predictions": [{"model_version": "one", "result": [_choices("outcome", ["3"])]}],
            "data": {"contact_id": row["id"], "text": "A page; of some length."}, "meta": {}, "project": 83, "created_at": WHEN})
    path.write_text(json.dumps(tasks, indent=1), encoding="utf-8")


def label_studio_pages(path: Path) -> None:
    """A task for each page of either side: the topics with their labels, one tone, the coder with an address."""
    tasks = []
    for row in CODED:
        for country, tone in (("KZ", row["tone_partner"]), ("US", row["tone_us"])):
            if tone:
                result = [_choices("tone", [TONE[tone]])]
                result += [_choices("topics", [TOPIC.get(one, one.capitalize()) for one in topics(row)])] if topics(row) else []
                number = len(tasks) + 1
                anna = {"id": 3, "email": "anna@example.org"}
                tasks.append({"id": number, "annotations": [_annotation(10 * number, anna, result)],
                              "data": {"contact": row["id"], "outlet_country": country, "url": f"https://example.org/{number}"}})
    path.write_text(json.dumps(tasks), encoding="utf-8")


# doccano, JSONL: the exporters of doccano 1.8, `Categories` as a sorted list, `Spans` as [begin, end, label].

def doccano(path: Path) -> None:
    """Text classification: one list of labels, those of other variables with a prefix."""
    lines = []
    for number, row in enumerate(CODED, start=1):
        label = [TOPIC.get(one, one) for one in topics(row)] + [f"outcome: {row['outcome']}"]
        label += [f"{name}: {TONE[row[name]].lower()}" for name in ("tone_partner", "tone_us") if row[name]]
        lines.append({"id": number, "text": "A page.\nTwo lines.", "contact_id": row["id"], "label": sorted(label),
                      "Comments": []})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def doccano_spans(path: Path) -> None:
    """Sequence labelling: begin, end and label of each span."""
    lines = [{"id": number, "text": "page " * 40, "contact_id": row["id"], "Comments": [],
              "label": [[5 * place, 5 * place + 4, one] for place, one in enumerate(topics(row))]}
             for number, row in enumerate(CODED, start=1)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


# INCEpTION, project export: a folder for each document with a file for each coder.

LAYER = "webanno.custom.Coding"
FEATURES = ("agenda", "outcome", "tone_partner", "tone_us")


def _tsv(row: Row) -> str:
    """A document of one sentence; the coding spans its first two tokens, further topics are stacked on the third."""
    def escaped(cell: str) -> str:
        return cell.replace("_", "\\_") if cell else "*"

    first, *more = topics(row) or [""]
    cells = [f"{escaped(first)}[1]", *(f"{escaped(row[name])}[1]" for name in FEATURES[1:])]
    stacked = [f"{escaped(one)}[{number}]" for number, one in enumerate(more, start=2)]
    none = "|".join(f"*[{number}]" for number, _ in enumerate(more, start=2)) or "_"
    rest = ["|".join(stacked) or "_", none, none, none]
    lines = [("1-1", "0-3", "The", *cells), ("1-2", "4-8", "page", *cells), ("1-3", "9-14", "ended", *rest),
             ("1-4", "14-15", ".", "_", "_", "_", "_")]
    body = "".join("\t".join(line) + "\t\n" for line in lines)
    return f"#FORMAT=WebAnno TSV 3.3\n#T_SP={LAYER}|{'|'.join(FEATURES)}\n\n\n#Text=The page ended.\n{body}"


def inception_tsv(path: Path) -> None:
    """WebAnno TSV 3.3 of a project (user guide of INCEpTION, appendix *WebAnno TSV 3.3 File format*)."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("exportedproject.json", '{"name": "Contacts"}')
        for row in CODED:
            archive.writestr(f"source/{row['id']}.txt", "The page ended.")
            archive.writestr(f"annotation/{row['id']}.txt/anna.tsv", _tsv(row))


def inception_json(path: Path) -> None:
    """UIMA CAS JSON of a project, written by dkpro-cassis: topics as spans, the rest as features of the document."""
    with zipfile.ZipFile(path, "w") as archive:
        for row in CODED:
            archive.writestr(f"annotation/{row['id']}.txt/anna.json", _cas(row))


def _cas(row: Row) -> str:
    types = TypeSystem()
    span = types.create_type("webanno.custom.Topic", "uima.tcas.Annotation")
    types.create_feature(span, "agenda", "uima.cas.String")
    whole = types.create_type("webanno.custom.Page", "uima.cas.AnnotationBase")
    for name in FEATURES[1:]:
        types.create_feature(whole, name, "uima.cas.String")
    cas = Cas(types)
    cas.sofa_string, cas.sofa_mime = "The page ended.", "text/plain"
    for one in topics(row):
        cas.add(span(begin=4, end=8, agenda=one))
    cas.add(whole(**{name: row[name] or None for name in FEATURES[1:]}))
    return cas.to_json()
