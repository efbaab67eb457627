"""An empty dyad folder with every column explained, ready to be filled."""

import os
import shutil
import tempfile
from pathlib import Path

from forecast.contacts.codebook import FILES, codebook
from forecast.errors import Fault, InputError

_DYAD = """\
# One partner of the United States; contacts.csv, media.csv and second_coding.csv stand beside this file.
id: {id}  # label in every output
version: "1"  # of the data: raise it with every change, so that a forecast can be traced to its record
partner: {partner}  # its name as figures print it
partner_iso2: {iso2}  # its code in `place` and `outlet_country`
register_country: {register}  # its identifier in the registers of the Office of the Historian, e.g. kazakhstan, korea-south
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
    from forecast.contacts.dyad import load_dyad

    folder = directory / name
    if folder.exists():
        raise InputError([Fault(source=str(folder), where="argument NAME", expected="a new folder", found="one that exists",
                                remedy="Choose another name; rows are added with forecast data add.")])
    directory.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{name}-" if os.sep not in name else None, dir=directory))
    try:
        words = {"id": name, "partner": partner, "iso2": iso2, "register": partner.lower().replace(" ", "-")}
        (partial / "dyad.yaml").write_text(_DYAD.format(**words), encoding="utf-8")
        load_dyad(partial)
        for file, columns in FILES.items():
            (partial / file).write_text(",".join(columns) + "\n", encoding="utf-8")
        text = _README.format(partner=partner, folder=folder, codebook=codebook())
        (partial / "README.md").write_text(text, encoding="utf-8")
        partial.chmod(0o755)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder
