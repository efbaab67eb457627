"""Which arguments and options read, and what; which write; which do neither."""

from dataclasses import dataclass

from tests.walk.right import IMPORTED

RECORD = ("dyad.yaml", "contacts.csv", "media.csv")
CODED = (*RECORD, "second_coding.csv")
TABLES = RECORD[1:]  # what data diff compares; a dyad.yaml may stand beside them
KINDS = (*RECORD, "events.yaml")  # what is asked of the months after events
BACKTEST = ("told.json", "skill.csv", "terms.svg")
SWEPT = ("manifest.json", "points.csv", "points_mcse.csv")
RUN = ("manifest.json", "questions.csv", "trajectories/trump.parquet", "trajectories/questions/trump.parquet")

ELICIT = "priors elicit frequency.type_scale --out new.yaml --quiet"
LEDGER = ("index.jsonl", "forecasts/0001.json")


@dataclass(frozen=True)
class Reading:
    """How an input is given.

    Parameters
    ----------
    line : str
        The command, with ``{}`` in the place of the input.
    right : str
        A right input: a file, or a folder where it has members.
    members : tuple of str
        Files of a folder that the command reads.
    optional : tuple of str
        Those of them that may be missing.
    """

    line: str
    right: str
    members: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def _dyad(line: str, members: tuple[str, ...] = RECORD) -> Reading:
    return Reading(line, "dyad", members)


def _priors(line: str) -> Reading:
    return Reading(line, "priors.yaml")


def _scenario(line: str) -> Reading:
    return Reading(line, "scenario.yaml")


READS: dict[tuple[str, str], tuple[Reading, ...]] = {
    ("run", "scenarios"): (_scenario("run {} --out new"),),
    ("run", "then"): (Reading("run --then {} --out new", "later_term.yaml"),),
    ("run", "priors"): (_priors("run --priors {} --out new"),),
    ("run", "data"): (_dyad("run --data {} --out new"),),
    ("run", "elections"): (Reading("run harris --elections {} --out new", "elections.yaml"),),
    ("run", "backtest_folder"): (Reading("run --backtest {} --out new", "backtest", BACKTEST),),
    ("run", "sweep_folder"): (Reading("run --data dyad --sweep {} --out new", "swept", SWEPT),),
    ("fit", "priors"): (_priors("fit --priors {}"),),
    ("fit", "data"): (_dyad("fit --data {}"),),
    ("pool", "priors"): (_priors("pool --priors {} --out new"),),
    ("pool", "data"): (_dyad("pool --data {} --out new"),),
    ("compare", "scenarios"): (_scenario("compare harris {} --out new"),),
    ("compare", "priors"): (_priors("compare --priors default --priors {} --out new"),),
    ("compare", "data"): (_dyad("compare --data {} --out new"),),
    ("compare-administrations", "data"): (_dyad("compare-administrations Trump Biden --data {} --out new"),),
    ("compare-administrations", "priors"): (_priors("compare-administrations Trump Biden --priors {} --completeness --out new"),),
    ("calibrate", "priors"): (_priors("calibrate agenda --priors {} --out new"),),
    ("calibrate", "data"): (_dyad("calibrate agenda --data {} --out new"),),
    ("questions", "scenarios"): (_scenario("questions {} --out new"),),
    ("questions", "asked"): (Reading("questions --questions {} --out new", "asked.yaml"),),
    ("questions", "resolve"): (_dyad("questions --resolve {} --out new"),),
    ("questions", "priors"): (_priors("questions --priors {} --out new"),),
    ("questions", "data"): (_dyad("questions --data {} --out new"),),
    ("sweep", "file"): (Reading("sweep {} --out new", "sweep.yaml"),),
    ("sweep", "priors"): (_priors("sweep sweep.yaml --priors {} --out new"),),
    ("sweep", "data"): (_dyad("sweep sweep.yaml --data {} --out new"),),
    ("backtest", "priors"): (_priors("backtest --dyad us_kz --priors {} --out new"),),
    ("backtest", "data"): (_dyad("backtest --dyad us_kz --data {} --out new"),),
    ("region", "scenarios"): (_scenario("region central_asia {} --out new"),),
    ("region", "priors"): (_priors("region central_asia --priors {} --out new"),),
    ("condition", "run"): (Reading("condition {} --given contacts_total=0..9999 --out new", "run",
                                   (*RUN, "posterior/agenda.nc", "posterior/frequency_walk.nc")),),
    ("paper", "run"): (Reading("paper {} --out new", "run", RUN),),
    ("paper", "data"): (_dyad("paper run --data {} --out new"),),
    ("archive", "run"): (Reading("archive {} --data dyad --out new.zip", "run", RUN),),
    ("archive", "data"): (_dyad("archive run --data {} --out new.zip", ("contacts.csv",)),),
    ("archive", "others"): (Reading("archive run --data dyad --with {} --out new.zip", "contacts.csv"),),
    ("archive", "verify"): (Reading("archive --verify {} --here", "archive.zip"),),
    ("cite", "what"): (Reading("cite {}", "run", RUN), Reading("cite {}", "dyad", ("dyad.yaml",))),
    ("update", "scenario"): (
        _scenario("update {} --as-of 2025-01-31 --later contacts.csv --elections elections.yaml --out new"),),
    ("update", "then"): (Reading("update --as-of 2024-06-30 --then {} --out new", "scenario.yaml"),),
    ("update", "priors"): (_priors("update --priors {} --as-of 2022-06-30 --out new"),),
    ("update", "data"): (_dyad("update --data {} --as-of 2022-06-30 --out new"),),
    ("update", "later"): (Reading("update --as-of 2025-01-19 --later {} --out new", "contacts.csv"),
                          _dyad("update --as-of 2025-01-19 --later {} --out new")),
    ("update", "frozen"): (Reading("update --as-of 2018-06-30 --frozen {} --out new", "frozen.json"),),
    ("update", "elections"): (Reading("update --as-of 2022-06-30 --elections {} --out new", "elections.yaml"),),
    ("freeze", "run"): (Reading("freeze {} --data dyad --out new.json", "run", RUN),),
    ("freeze", "data"): (_dyad("freeze run --data {} --out new.json"),),
    ("score", "frozen"): (Reading("score {} contacts.csv --coded-until 2025-01-19 --outcome trump --out new", "frozen.json"),),
    ("score", "later"): (
        Reading("score frozen.json {} --coded-until 2025-01-19 --outcome trump --out new", "contacts.csv"),
        _dyad("score frozen.json {} --outcome trump --out new")),
    ("score", "others"): (Reading("score frozen.json contacts.csv --coded-until 2025-01-19 --outcome trump --with {} --out new",
                                  "hub.csv"),),
    ("export", "frozen"): (Reading("export {} --out new", "frozen.json"),),
    ("ledger add", "frozen"): (Reading("ledger add {} --ledger new", "frozen.json"),),
    ("ledger score", "folder"): (Reading("ledger score --ledger {} --data dyad --out new", "ledger", LEDGER),),
    ("ledger score", "data"): (_dyad("ledger score --ledger ledger --data {} --out new"),),
    ("platform export", "source"): (Reading("platform export {} --out new.json", "frozen.json"),
                                    Reading("platform export {} --data dyad --out new.json", "run", RUN)),
    ("platform export", "data"): (_dyad("platform export run --data {} --out new.json"),),
    ("platform import", "file"): (Reading("platform import {} --out new.yaml", "expert.json"),),
    ("platform pool", "frozen"): (Reading("platform pool {} expert.json --out new", "frozen.json"),),
    ("platform pool", "others"): (Reading("platform pool frozen.json {} --out new", "expert.json"),),
    ("platform pool", "later"): (
        Reading("platform pool frozen.json expert.json --later {} --coded-until 2025-01-19 --outcome trump --out new",
                "contacts.csv"),
        _dyad("platform pool frozen.json expert.json --later {} --outcome trump --out new")),
    ("check", "priors"): (_priors("check --priors {} --out new"),),
    ("check", "data"): (_dyad("check --data {} --out new"),),
    ("data check", "directory"): (Reading("data check {}", "dyad", CODED, optional=CODED[-1:]),),
    ("data map", "file"): (Reading("data map {} --out new.yaml", "table.xlsx"),),
    ("data convert", "file"): (Reading("data convert {} --map map.yaml --out new", "table.xlsx"),),
    ("data convert", "mapping"): (Reading("data convert table.xlsx --map {} --out new", "map.yaml"),),
    ("data convert", "data"): (_dyad("data convert table.xlsx --map map.yaml --out new --data {}", ("dyad.yaml",)),),
    ("data add", "directory"): (_dyad("data add {} rows.csv", ("dyad.yaml", "contacts.csv")),),
    ("data add", "rows"): (Reading("data add dyad {}", "rows.csv"),),
    ("data diff", "old"): (_dyad("data diff {} later --out new.csv", TABLES),
                           Reading("data diff {} contacts.csv --out new.csv", "rows.csv")),
    ("data diff", "newer"): (_dyad("data diff later {} --out new.csv", TABLES),
                             Reading("data diff contacts.csv {} --out new.csv", "rows.csv")),
    ("data codebook", "directory"): (_dyad("data codebook {}"),),
    **{(f"data import {form}", "files"): (Reading(f"data import {form} {{}} --code SYN --out new.csv --quiet", name),)
       for form, name in IMPORTED.items()},
    **{(f"data import {form}", "data"): (_dyad(f"data import {form} {name} --data {{}} --code SYN --out new.csv --quiet",
                                               ("dyad.yaml",)),) for form, name in IMPORTED.items()},
    ("data completeness", "directory"): (_dyad("data completeness {} --out new"),),
    ("data completeness", "priors"): (_priors("data completeness --priors {} --out new"),),
    ("data reliability", "given"): (Reading("data reliability {} --out new.csv", "dyad", CODED, optional=(CODED[0], CODED[2])),
                                    Reading("data reliability {} dyad/second_coding.csv --out new.csv", "contacts.csv"),
                                    Reading("data reliability dyad/contacts.csv {} --tables new.csv", "coding.csv")),
    ("data adjudicate", "directory"): (_dyad("data adjudicate {} --out new.csv", CODED),),
    ("data adjudicate", "codings"): (Reading("data adjudicate later {} --out new.csv", "coding.csv"),),
    ("data adjudicate", "decisions"): (Reading("data adjudicate dyad --decisions {} --out new", "sheet.xlsx"),),
    ("data queue", "directory"): (Reading("data queue {} --out new.csv", "dyad", CODED, optional=CODED[-1:]),),
    ("data show", "directory"): (_dyad("data show {} --out new"),),
    ("data events", "directory"): (Reading("data events {} --out new.csv", "dyad", KINDS, optional=KINDS[-1:]),),
    ("priors check", "name"): (_priors("priors check {} --out new"),),
    ("priors check", "data"): (_dyad("priors check --data {} --out new"),),
    ("priors show", "name"): (_priors("priors show {} --out new"),),
    ("priors elicit", "answers"): (Reading(f"{ELICIT} --answers {{}}", "answer.json"),),
    ("priors elicit", "chips"): (Reading(f"{ELICIT} --chips {{}}", "chips.csv"),),
    ("priors elicit", "base"): (_priors(f"{ELICIT} --answers answer.json --extends {{}}"),),
    ("priors elicit", "data"): (_dyad(f"{ELICIT} --answers answer.json --data {{}}"),),
    ("priors from-registers", "base"): (_priors("priors from-registers --base {} --out new.yaml"),),
    ("scenario check", "scenarios"): (_scenario("scenario check harris {}"),),
    ("scenario check", "data"): (_dyad("scenario check harris --data {}", ("dyad.yaml",)),),
    ("scenario new", "data"): (Reading("scenario new newer --data {}", "dyad", CODED, optional=CODED[-1:]),),
    ("scenario questions", "data"): (Reading("scenario questions new.yaml --data {}", "dyad", CODED, optional=CODED[-1:]),),
    ("scenario new", "extends"): (_scenario("scenario new newer --extends {}"),),
    ("scenario explain", "scenario"): (_scenario("scenario explain {}"),),
    ("scenario explain", "data"): (
        Reading("scenario explain trump_c5plus1_summit --data {}", "dyad", KINDS, optional=KINDS[-1:]),),
    ("scenario diff", "data"): (_dyad("scenario diff trump harris --data {}", ("dyad.yaml",)),),
    ("scenario plot", "data"): (_dyad("scenario plot trump_c5plus1_summit --out new --data {}", ("dyad.yaml",)),),
    ("scenario diff", "first"): (_scenario("scenario diff {} harris"),),
    ("scenario diff", "second"): (_scenario("scenario diff harris {}"),),
    ("scenario plot", "scenarios"): (_scenario("scenario plot harris {} --out new"),),
}
WRITES = {"out", "figures", "tables", "registration", "record"}
"""Parameters that name what is written, in any command."""
ELSEWHERE = {("data migrate", "directory"), ("ledger add", "folder")}
"""What reads folders of an older form, which tests/contacts/test_migrate.py tries, and a ledger that may not be there yet:
tests/pipeline/test_ledger.py spoils it."""

BY_NAME = ("run", "update", "fit", "pool", "compare", "compare-administrations", "calibrate", "questions", "sweep", "backtest",
           "freeze", "paper", "archive", "ledger score", "platform export", "check", "data check", "data codebook",
           "data completeness", "data show", "data queue", "data events", "priors check", "priors elicit", "scenario check",
           "scenario new", "scenario questions", "scenario explain", "scenario diff", "scenario plot", "data convert",
           *(f"data import {form}" for form in IMPORTED))
"""Commands that take shipped dyads by name, or a region of them, beside folders."""
NEITHER = {(command, option) for command in BY_NAME for option in ("dyad", "region")
           if option == "dyad" or not command.startswith(("scenario", "data convert", "data import"))} | {
    ("compare-administrations", "names"), ("region", "name"), ("condition", "given"), ("ledger score", "outcome"),
    ("platform pool", "outcome"),
    ("country", "names"), ("country", "region"),
    ("archive", "wheels"),  # a folder that pip reads
    ("fit", "as_of"), ("fit", "component"), ("calibrate", "components"), ("calibrate", "component"),
    ("sweep", "scheduler"), ("score", "outcome"),
    ("export", "team"), ("export", "model"), ("check", "component"), ("data new", "name"), ("data new", "partner"),
    ("data map", "partner"),
    ("data new", "iso2"), ("data new", "directory"),
    *((f"data import {form}", code) for form in IMPORTED for code in ("code", "home_code")),
    ("data sources", "series"),
    *((command, "lang") for command in ("run", "update", "paper")),
    ("priors elicit", "parameter"), ("priors elicit", "weight"),
    ("priors from-registers", "region"), ("priors from-registers", "partner"), ("scenario new", "name"),
    ("scenario explain", "key"), ("data events", "kind"), ("scenario questions", "file"),
}
