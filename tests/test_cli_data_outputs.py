"""Every option of `data`, `priors` and `scenario` that writes: over foreign, own and unwritable places it is one refusal."""

import errno
import hashlib
import os

import pytest
from typer.testing import CliRunner

from cli import app
from tests.conftest import some
from tests.contacts.example import contact, page, second, write, write_dyad
from tests.contacts.importing import FILES

FOLDERS = {
    "data show": ("data", "show", "us_xx", "--out"),
    "data completeness": ("data", "completeness", "us_xx", "-q", "--out"),
    "priors show": ("priors", "show", "mine.yaml", "-q", "--out"),
    "priors check": ("priors", "check", "mine.yaml", "--data", "us_xx", "-q", "--out"),
    "priors from-registers": ("priors", "from-registers", "--out", "../new.yaml", "-q", "--figures"),
    "scenario plot": ("scenario", "plot", "trump_ukraine_escalation", "--out"),
}
WRITTEN = {
    "data adjudicate": ("data", "adjudicate", "us_xx", "--out"),
    "data diff": ("data", "diff", "us_xx", "later", "--out"),
    "data events": ("data", "events", "us_xx", "--out"),
    "data import": ("data", "import", "gdelt", "events.CSV", "--code", "SYN", "--as-of", "2018-12-31", "-q", "--out"),
    "data reliability": ("data", "reliability", "us_xx", "-q", "--resamples", "500", "--out"),
    "priors from-registers": ("priors", "from-registers", "-q", "--out"),
    "scenario schema": ("scenario", "schema", "--out"),
}
INPUT = {"data adjudicate": "us_xx/contacts.csv", "data diff": "later/contacts.csv", "data events": "us_xx/contacts.csv",
         "data import": "events.CSV",
         "data reliability": "us_xx/second_coding.csv", "priors from-registers": "mine.yaml", "scenario schema": "scenario.yaml"}
PRIORS = "name: mine\ntitle: Mine\nextends: default\ncomponent: {}\n"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A working folder with one of everything, and no long work behind any command."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    write_dyad(work / "us_xx", [contact()])
    write(work / "us_xx" / "second_coding.csv", [second(contact()["id"])])
    later = write_dyad(work / "later", [contact(), contact("2019-02-03", outcome_note="=1+1")])
    (later / "dyad.yaml").unlink()  # the files alone are a version too
    (work / "mine.yaml").write_text(PRIORS)
    (work / "scenario.yaml").write_text("name: mine\n")
    (work / "events.CSV").write_bytes((FILES / "gdelt2.export.CSV").read_bytes())
    for target in ("forecast.posterior.fit.fit_registers", "forecast.posterior.fit.posteriors",
                   "forecast.pipeline.fits.check_set"):
        monkeypatch.setattr(target, lambda *_, **__: pytest.fail("the work began"))
    return work


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def tree(folder):
    """Everything in a folder: links by their ends, files by their hashes."""
    return {str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder" for path in folder.rglob("*")}


def refused(place, arguments, words):
    before = tree(place)
    found = call(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.stderr
    assert found.stderr.count("error: ") == 1
    assert tree(place) == before


def targets(place, folder):
    """Targets that must be refused, and words of each refusal."""
    (place / "foreign").mkdir()
    (place / "foreign" / "thesis.docx").write_text("years of work")
    (place / "foreign" / "manifest.json").write_text('{"name": "an app"}')
    (place / "closed").mkdir()
    (place / "closed").chmod(0o555)
    (place / "dangling").symlink_to("nowhere/at/all")
    below = {"mine.yaml/x": "the file", "closed/x": "read-only folder", "dangling": "a link that leads nowhere",
             "x" * 300: "File name too long"}
    if folder:
        return below | {"foreign": "files that the program did not write", "us_xx": "a dyad folder", "mine.yaml": "a file",
                        ".": "the folder that the command was started in"}
    return below | {"foreign/thesis.docx": "a file that the program did not write", "us_xx/new.csv": "a place in the dyad folder",
                    "foreign": "a folder"}


@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_that_is_not_the_commands_own_is_refused_before_the_work(place, command):
    for target, words in targets(place, folder=True).items():
        refused(place, (*FOLDERS[command], target), words)


@pytest.mark.parametrize("command", WRITTEN)
def test_a_file_that_is_not_the_commands_own_is_refused_before_the_work(place, command):
    for target, words in targets(place, folder=False).items():
        refused(place, (*WRITTEN[command], target), words)


@pytest.mark.parametrize("command", WRITTEN)
def test_a_command_never_replaces_what_it_reads(place, command):
    words = "did not write" if command.startswith(("scenario", "priors")) else "the command reads"
    refused(place, (*WRITTEN[command], INPUT[command]), words)


def test_the_name_of_a_summary_does_not_replace_coded_pages(place):
    refused(place, ("data", "show", place / "us_xx", "--out", place / "us_xx"), "found a dyad folder")
    (place / "link").symlink_to("us_xx")
    refused(place, ("data", "show", "us_xx", "--out", "link"), "found a dyad folder")


@pytest.mark.parametrize("command", some(["data show", "scenario plot"], ["data show"]))
def test_a_folder_of_the_same_command_is_replaced_and_one_with_notes_is_not(place, command):
    for _ in range(2):
        assert call(*FOLDERS[command], "out").exit_code == 0
    names = {path.name for path in place.iterdir()}
    assert not [name for name in names if name.startswith(".")]
    other = "scenario plot" if command == "data show" else "data show"
    refused(place, (*FOLDERS[other], "out"), f"an output of another command ({command})")
    (place / "out" / "notes.txt").write_text("mine")
    refused(place, (*FOLDERS[command], "out"), "notes.txt")


@pytest.mark.parametrize("command", ["data diff", "data import", "data reliability", "scenario schema"])
def test_a_file_of_the_same_command_is_replaced_and_an_edited_one_is_not(place, command):
    for _ in range(2):
        found = call(*WRITTEN[command], "out")
        assert found.exit_code == 0, found.output
    with (place / "out").open("a") as file:
        file.write("a decision\n")
    refused(place, (*WRITTEN[command], "out"), "changed since")


def test_a_link_to_a_new_file_in_a_folder_is_followed(place):
    assert call(*WRITTEN["scenario schema"], "schema.json").exit_code == 0
    (place / "link.json").symlink_to("schema.json")
    assert call(*WRITTEN["scenario schema"], "link.json").exit_code == 0
    assert (place / "link.json").is_symlink()


def test_a_full_disk_is_one_message_and_leaves_nothing(place, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("forecast.report.style.save_figure", full)
    refused(place, (*FOLDERS["data show"], "out"), "No space left on device")


def test_changes_to_texts_that_look_like_formulas_are_texts(place):
    assert call("data", "diff", "later", "us_xx", "--out", "back.csv").exit_code == 0
    write_dyad(place / "edited", [contact(outcome_note='=HYPERLINK("https://example.org")')])
    assert call("data", "diff", "us_xx", "edited", "--out", "changes.csv").exit_code == 0
    assert '''outcome_note,,"'=HYPERLINK''' in (place / "changes.csv").read_text()


def test_figures_around_the_prior_set_and_a_set_that_extends_itself_are_refused_at_once(place):
    refused(place, ("priors", "from-registers", "--out", "a/x.yaml", "--figures", "a"), "outside of the folder a")
    refused(place, ("priors", "from-registers", "--base", "mine", "--out", "mine.yaml"), "another name than that of the set")


@pytest.mark.parametrize(("arguments", "words"), [
    (("scenario", "new", "fresh", "--out", "mine.yaml"), "the file"),
    (("scenario", "new", "fresh", "--out", "closed"), "read-only"),
    (("scenario", "new", "dangling", "--out", "ends"), "does not exist yet"),
    (("scenario", "new", "x" * 300), "File name too long"),
    (("data", "new", "us_uz", "--partner", "U", "--iso2", "UZ", "--directory", "mine.yaml"), "option --directory"),
    (("data", "new", "dangling", "--partner", "U", "--iso2", "UZ", "--directory", "ends"), "one that exists"),
    (("data", "new", "x" * 300, "--partner", "U", "--iso2", "UZ"), "File name too long"),
    (("data", "new", "us_uz", "--partner", "U", "--iso2", "uz"), "option --iso2"),
    (("data", "new", "a/us_uz", "--partner", "U", "--iso2", "UZ"), "Give the place with --directory."),
])
def test_new_files_are_made_only_where_nothing_is(place, arguments, words):
    (place / "ends").mkdir()
    (place / "closed").mkdir(mode=0o555)
    for name in ("dangling", "dangling.yaml"):
        (place / "ends" / name).symlink_to("nowhere")
    refused(place, arguments, words)


def test_rows_are_added_through_a_link_and_not_to_a_file_that_must_not_be_written(place):
    real = place / "elsewhere.csv"
    os.replace(place / "us_xx" / "contacts.csv", real)
    (place / "us_xx" / "contacts.csv").symlink_to(real)
    write(place / "rows.csv", [contact("2020-02-03")])
    assert call("data", "add", "us_xx", "rows.csv").exit_code == 0
    assert (place / "us_xx" / "contacts.csv").is_symlink()
    assert real.read_text().count("2020-02-03-synthetic") == 1
    real.chmod(0o444)
    write(place / "rows.csv", [contact("2021-02-03")])
    refused(place, ("data", "add", "us_xx", "rows.csv"), "Permission denied")


def test_rows_of_two_at_once_are_not_lost(place, monkeypatch):
    from forecast.contacts import edit

    def meanwhile(*arguments):
        check(*arguments)
        with (place / "us_xx" / "contacts.csv").open("a") as file:
            file.write("of another\n")

    check = edit._check
    monkeypatch.setattr(edit, "_check", meanwhile)
    write(place / "rows.csv", [contact("2020-02-03")])
    found = call("data", "add", "us_xx", "rows.csv")
    assert found.exit_code == 2
    assert "expected the file as it was when the rows were checked" in found.stderr
    assert (place / "us_xx" / "contacts.csv").read_text().endswith("of another\n")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_files_of_any_line_end_grow_by_their_own(place, end):
    for path in (place / "us_xx" / "contacts.csv", place / "rows.csv"):
        if path.name == "rows.csv":
            write(path, [contact("2020-02-03")])
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", end.encode()))
    found = call("data", "add", "us_xx", "rows.csv")
    assert found.exit_code == 0, found.output
    assert (place / "us_xx" / "contacts.csv").read_bytes().count(end.encode()) == 3
    write(place / "pages.csv", [page("2020-02-03-synthetic", "https://example.org/new")])
    assert call("data", "add", "us_xx", "pages.csv").exit_code == 0
