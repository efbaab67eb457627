"""An empty dyad folder with every column explained, ready to be filled."""

import json
import os
from dataclasses import replace
from pathlib import Path

from forecast.contacts.codebook import FILES, codebook
from forecast.contacts.dyad import Dyad, load_dyad
from forecast.errors import Fault, InputError
from forecast.outputs import check_directory
from forecast.placement import atomic_file, sweep_partials

_DYAD = """\
# One partner of the United States; contacts.csv, media.csv and second_coding.csv stand beside this file.
id: {id}  # label in every output
version: "1"  # of the data: raise it with every change, so that a forecast can be traced to its record
partner: {partner}  # its name as figures print it
partner_iso2: {iso2}  # its code in `place` and `outlet_country`
register_country: {register}  # its identifier in the registers of the Office of the Historian, e.g. france, korea-south
relations_start: 1991-12-26  # first day on which a contact was possible: before it, silence means nothing
relations_start_reason: replace this by the reason for the day above
coded_until: 2025-01-19  # last day that the coding covers: later silence would be work not done
coded_until_reason: replace this by how far the coding goes, and why
series: []  # shipped context series that cover this partner: forecast data sources lists them
"""
_README = """\
# {partner}

Coded official contacts between the United States and {partner}. One row of `contacts.csv` is one contact; each page that
reports it is a row of `media.csv`; a second coder's blind codes of some contacts go to `second_coding.csv`. Files are plain
UTF-8 with commas. Check them with `forecast data check {folder}`, append rows with `forecast data add {folder} rows.csv`.

A row without a source does not exist: `sources` holds the addresses of the pages that were read.

{codebook}"""


def lay_out(directory: Path, name: str, partner: str, iso2: str) -> Path:
    """Make an empty dyad folder; whole or not at all.

    Parameters
    ----------
    directory : Path
        Where the folder goes; made if need be.
    name : str
        Its name and the dyad's label: lower-case letters, digits, single underscores.
    partner, iso2 : str
        Name and two-letter code of the partner state.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        Where the folder exists, or the name or code are malformed.
    """
    folder = directory / name
    if os.path.lexists(folder):  # a link that leads nowhere counts too
        raise InputError([Fault(source=str(folder), where="argument NAME", expected="a new folder", found="one that exists",
                                remedy="Choose another name; rows are added with forecast data add.")])
    if os.sep in name:
        raise InputError([Fault(source="command line", where="argument NAME", expected="a name", found=repr(name),
                                remedy="Give the place with --directory.")])
    try:
        check_directory(folder, "data new")
    except InputError as error:
        raise InputError(replace(fault, where="option --directory") for fault in error.faults) from None
    try:
        sweep_partials(directory)
        with atomic_file(folder) as partial:
            partial.mkdir()
            _fill(partial, folder, name, partner, iso2)
    except OSError as error:
        raise InputError([Fault(source=str(folder), where="option --directory", expected="a place that can be written",
                                found=os.strerror(error.errno) if error.errno else str(error),
                                remedy="Choose another place.")]) from None
    return folder


def _fill(place: Path, folder: Path, name: str, partner: str, iso2: str) -> None:
    """Write every file of a folder that will stand elsewhere."""
    quoted = {"partner": partner, "register": partner.lower().replace(" ", "-")}
    words = {"id": name, "iso2": iso2} | {key: json.dumps(text, ensure_ascii=False) for key, text in quoted.items()}
    (place / "dyad.yaml").write_text(_DYAD.format(**words), encoding="utf-8")
    dyad = _read_back(place)
    for file, columns in FILES.items():
        (place / file).write_text(",".join(columns) + "\n", encoding="utf-8")
    text = _README.format(partner=partner, folder=folder, codebook=codebook(dyad=dyad))
    (place / "README.md").write_text(text, encoding="utf-8")


def _read_back(place: Path) -> Dyad:
    """The dyad as its file says; faults are those of what was typed."""
    typed = {"id": "argument NAME", "partner": "option --partner", "partner_iso2": "option --iso2"}
    try:
        return load_dyad(place)
    except InputError as error:
        raise InputError(replace(fault, source="command line", where=typed.get(fault.where.rpartition("key ")[2], fault.where))
                         for fault in error.faults) from None
