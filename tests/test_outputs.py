"""What a command writes: nothing of a user's is replaced, everything is there or nothing, and killed processes leave nothing."""

import errno
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from forecast import outputs, placement
from forecast.errors import InputError
from forecast.outputs import output_directory, output_file, read_manifest
from forecast.placement import PREFIX, SUFFIX, atomic_file, sweep_partials

ENVIRONMENT = {"PYTHONPATH": str(Path(outputs.__file__).parent.parent)}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The folder that a user works in; the notes of what was written lie elsewhere."""
    monkeypatch.setenv("FORECAST_CACHE", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def tree(folder):
    """Every name below a folder, hidden ones too, with its content."""
    return {path.relative_to(folder).as_posix(): path.readlink() if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in folder.rglob("*")}


def write(target, kind="run", **files):
    with output_directory(target, kind) as folder:
        for name, text in (files or {"table": "1\n"}).items():
            (folder / f"{name}.csv").write_text(text)


def refused(target, words, kind="run", inputs=()):
    """The work is never begun, nothing is changed, and the message says why."""
    before = tree(Path.cwd())
    with pytest.raises(InputError, match=words) as caught, output_directory(target, kind, inputs):
        pytest.fail("the work was begun")
    assert len(caught.value.faults) == 1
    assert tree(Path.cwd()) == before


def refused_file(target, words, inputs=(), **more):
    before = tree(Path.cwd())
    with pytest.raises(InputError, match=words), output_file(target, inputs, **more):
        pytest.fail("the work was begun")
    assert tree(Path.cwd()) == before


def fail(writing, work):
    """Work that fails after its first part."""
    with writing as place:
        work(place)
        raise ZeroDivisionError


def test_a_folder_is_written_whole_and_says_what_is_in_it(place):
    with output_directory(Path("out/deep/run"), "run") as folder:
        (folder / "figures").mkdir()
        (folder / "figures" / "a.svg").write_text("<svg/>")
        (folder / "left_empty").mkdir()
        (folder / "manifest.json").write_text('{"seed": 1}')
        assert not (place / "out/deep/run").exists()
    digest = hashlib.sha256(b"<svg/>").hexdigest()
    assert json.loads(Path("out/deep/run/manifest.json").read_text()) == {
        "program": "bilateral-forecast", "kind": "run", "seed": 1, "files": {"figures/a.svg": digest}}
    assert sorted(tree(place / "out/deep")) == ["run", "run/figures", "run/figures/a.svg", "run/manifest.json"]


def test_an_earlier_output_of_the_kind_is_replaced_whole(place):
    write(Path("run"), old="1")
    (place / "run" / ".DS_Store").write_bytes(b"\x00")
    write(Path("run"), new="2")
    assert sorted(tree(place)) == ["run", "run/manifest.json", "run/new.csv"]
    refused(Path("run"), r"an output of another command \(run\)", kind="check")


def test_where_the_work_fails_nothing_is_left(place):
    with pytest.raises(ZeroDivisionError):
        fail(output_directory(Path("a/b/run"), "run"), lambda folder: (folder / "half.csv").write_text("1"))
    assert tree(place) == {}


def test_the_folder_of_another_program_with_a_manifest_survives(place):
    folder = place / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"name": "app", "files": {}}')
    (folder / "src" / "main.js").write_text("code")
    (folder / "thesis.docx").write_text("years of work")
    refused(Path("app"), r"files that the program did not write \(manifest.json, src/main.js, thesis.docx\)")
    (folder / "manifest.json").write_text('{"program": "bilateral-forecast", "kind": "run", "files": ["thesis.docx"]}')
    refused(Path("app"), "files that the program did not write")


def test_a_note_laid_into_a_run_is_named_and_survives(place):
    write(Path("run"))
    (place / "run" / "note.txt").write_text("call the ministry")
    refused(Path("run"), r"did not write, or that were changed since \(note.txt\)")
    (place / "run" / "note.txt").unlink()
    (place / "run" / "table.csv").write_text("mine now")
    refused(Path("run"), r"\(table.csv\)")


@pytest.mark.parametrize("lay", [
    lambda folder: (folder / "plan" / "part").mkdir(parents=True), lambda folder: os.mkfifo(folder / "pipe"),
    lambda folder: (folder / "link").symlink_to("table.csv"), lambda folder: (folder / "table.csv").unlink() or os.mkfifo(
        folder / "table.csv")])
def test_what_is_no_file_counts_too(place, lay):
    """Empty folders that someone laid out, pipes (which would hang who opens them), links."""
    write(Path("run"))
    lay(place / "run")
    refused(Path("run"), "files that the program did not write, or that were changed")


def test_many_foreign_files_are_counted(place):
    (place / "many").mkdir()
    for number in range(9):
        (place / "many" / f"{number}.txt").touch()
    refused(Path("many"), r"\(0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more\)")


def test_what_is_laid_there_while_the_work_goes_on_survives(place):
    write(Path("run"))
    with pytest.raises(InputError, match=r"\(note.txt\)"), output_directory(Path("run"), "run"):
        (place / "run" / "note.txt").write_text("call")
    assert sorted(tree(place)) == ["run", "run/manifest.json", "run/note.txt", "run/table.csv"]


@pytest.mark.parametrize("target", [".", "", "..", "../work", "/"])
def test_the_folder_one_works_in_is_not_replaced(target):
    refused(Path(target), "the folder that the command was started in, or one around it")


def test_links_are_followed_and_dangling_ones_refused(place):
    (place / "real").mkdir()
    (place / "link").symlink_to("real")
    write(Path("link"))
    assert (place / "link").is_symlink()
    assert sorted(path.name for path in (place / "real").iterdir()) == ["manifest.json", "table.csv"]
    (place / "astray").symlink_to("nowhere")
    refused(Path("astray"), "a link that leads nowhere")
    refused_file(Path("astray"), "a link that leads nowhere")
    refused(Path("astray/deep/run"), r"a link that leads nowhere \(astray\)")
    (place / "round").symlink_to("round")
    refused(Path("round"), "link")


def test_places_that_cannot_be_written_are_told_before_the_work(place):
    (place / "file").write_text("text")
    refused(Path("file"), "found a file")
    refused(Path("file/run"), "the file .*file on the way")
    refused_file(Path("file/deep/x.csv"), "the file .*file on the way")
    refused(Path("n" * 256), os.strerror(errno.ENAMETOOLONG))
    refused_file(Path("n" * 256), os.strerror(errno.ENAMETOOLONG))
    refused(Path("zero\0byte"), "null")
    refused(Path("/proc/run"), "read-only folder|Permission|No such file")


@pytest.mark.parametrize("below", ["", "run", "deep/run"])
def test_a_read_only_folder_is_refused_also_to_the_superuser(place, below):
    (place / "closed").mkdir()
    (place / "closed").chmod(0o555)
    refused(Path("closed", below), "the read-only folder .*closed")
    refused_file(Path("closed", below, "x.csv"), "the read-only folder .*closed")


def test_dyad_folders_are_never_written_into(place):
    (place / "us_uz").mkdir()
    (place / "us_uz" / "dyad.yaml").write_text("id: us_uz")
    refused(Path("us_uz"), "found a dyad folder")
    refused(Path("us_uz/record"), "a place in the dyad folder .*us_uz")
    refused(Path("us_uz/deep/record"), "a place in the dyad folder .*us_uz")
    refused_file(Path("us_uz/contacts.csv"), "a place in the dyad folder")
    refused_file(Path("us_uz/deep/series.csv"), "a place in the dyad folder")


def test_what_a_command_reads_is_not_its_output(place):
    write(Path("run"))
    refused(Path("run"), "a folder with run/table.csv, which the command reads", inputs=[None, Path("run/table.csv")])
    refused(Path("run"), "which the command reads", inputs=[place / "run"])
    with output_file(Path("x.csv")) as file:
        file.write_text("1")
    refused_file(Path("x.csv"), "a file that the command reads", inputs=[None, place / ".." / "work" / "x.csv"])


def test_a_file_is_replaced_only_where_it_is_as_the_program_wrote_it(place):
    for text in ("1", "2"):
        with output_file(Path("x.csv")) as file:
            file.write_text(text)
    assert (place / "x.csv").read_text() == "2"
    refused_file(Path("x.csv"), "found one that exists", replace=False)
    (place / "x.csv").write_text("mine")
    refused_file(Path("x.csv"), "did not write, or that was changed since")
    (place / "other.csv").write_text("mine")
    refused_file(Path("other.csv"), "did not write, or that was changed since")
    refused_file(Path(), "found a folder")
    os.mkfifo(place / "pipe")
    refused_file(Path("pipe"), "a device, pipe or socket")
    assert [name for name in tree(place) if name.startswith(".")] == []


def test_without_its_notes_the_program_replaces_no_file(place, monkeypatch):
    with output_file(Path("x.csv")) as file:
        file.write_text("1")
    monkeypatch.setenv("FORECAST_CACHE", str(place.parent / "another"))
    refused_file(Path("x.csv"), "did not write")


def test_a_manifest_vouches_for_every_file(place):
    write(Path("run"), one="1", two="2")
    assert set(read_manifest(Path("run"), "run")["files"]) == {"one.csv", "two.csv"}
    with pytest.raises(InputError, match="of the kind 'check'"):
        read_manifest(Path("run"), "check")
    (place / "run" / "one.csv").write_text("altered")
    (place / "run" / "two.csv").unlink()
    with pytest.raises(InputError, match="found another content") as caught:
        read_manifest(Path("run"), "run")
    assert [fault.found for fault in caught.value.faults] == ["another content", "no file"]


def test_where_folders_cannot_be_exchanged_it_takes_two_steps(place, monkeypatch):
    monkeypatch.setattr(placement, "exchange_folders", lambda *_: False)
    write(Path("run"), old="1")
    write(Path("run"), new="2")
    assert sorted(tree(place)) == ["run", "run/manifest.json", "run/new.csv"]


def test_the_exchange_is_one_step_where_the_system_has_it(place):
    for name in ("one", "other"):
        (place / name).mkdir()
        (place / name / name).touch()
    if not placement.exchange_folders(place / "one", place / "other"):
        pytest.skip("no renameat2 here")
    assert sorted(tree(place)) == ["one", "one/other", "other", "other/one"]


def test_a_system_without_the_call_falls_back(place, monkeypatch):
    monkeypatch.setattr(placement.ctypes, "CDLL", lambda *_, **__: object())
    assert placement.exchange_folders(place, place) is False
    write(Path("run"), old="1")
    write(Path("run"), new="2")
    assert (place / "run" / "new.csv").exists()


def killed(place, code):
    """A process that is killed at the point that the code names."""
    head = "import os, signal\nfrom pathlib import Path\nfrom forecast import outputs, placement\n"
    done = subprocess.run([sys.executable, "-c", head + code], cwd=place, env=os.environ | ENVIRONMENT)
    assert done.returncode == -signal.SIGKILL


BETWEEN = """
placement.exchange_folders = lambda *_: False
rename = Path.rename
def once(self, target):
    if self.name == 'content': os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = once
with outputs.output_directory(Path('run'), 'run') as folder: (folder / 'new.csv').write_text('2')
"""


def test_a_kill_between_the_two_steps_is_mended_at_the_next_start(place):
    write(Path("run"), old="1")
    last = tree(place / "run")
    killed(place, BETWEEN)
    assert not (place / "run").exists()
    found = []
    with pytest.raises(ZeroDivisionError):
        fail(output_directory(Path("run"), "run"), lambda _: found.append(tree(place / "run")))
    assert found == [last]
    assert sorted(tree(place)) == ["run", "run/manifest.json", "run/old.csv"]


def test_the_last_output_is_brought_back_into_an_empty_folder_and_never_removed_for_a_users(place):
    write(Path("run"), old="1")
    killed(place, BETWEEN)
    (place / "run").mkdir()
    (place / "run" / "mine.txt").write_text("mine")
    refused(Path("run"), r"\(mine.txt\)")
    assert len(list(place.glob(f"{PREFIX}*.old"))) == 1
    (place / "run" / "mine.txt").unlink()
    write(Path("run"), new="2")
    assert sorted(tree(place)) == ["run", "run/manifest.json", "run/new.csv"]


def test_what_killed_processes_left_is_swept_and_what_living_ones_hold_is_not(place):
    killed(place, "with outputs.output_directory(Path('run'), 'run') as folder:\n"
                  "    (folder / 'half.csv').write_text('1')\n    os.kill(os.getpid(), signal.SIGKILL)")
    left = {path.name for path in place.iterdir()}
    assert len(left) == 1
    code = ("from pathlib import Path\nfrom forecast import outputs, placement\nimport time\n"
            "with outputs.output_directory(Path('other'), 'run') as folder:\n    print('ready', flush=True)\n    time.sleep(60)")
    living = subprocess.Popen([sys.executable, "-c", code], cwd=place, stdout=subprocess.PIPE, env=os.environ | ENVIRONMENT)
    try:
        assert living.stdout.readline() == b"ready\n"
        held = {path.name for path in place.iterdir()} - left
        assert len(held) == 1  # the other's own; that of the killed one is gone
        assert not left & {path.name for path in place.iterdir()}
        write(Path("run"))
        assert {path.name for path in place.iterdir()} == {*held, "run"}
    finally:
        living.kill()
        living.wait()
    sweep_partials(place)
    assert {path.name for path in place.iterdir()} == {"run"}


def test_two_at_once_write_one_after_the_other(place):
    """Two programs: one and the same keeps each place for one of its outputs."""
    other = ("from pathlib import Path\nfrom forecast.outputs import output_directory\n"
             "with output_directory(Path('run'), 'run') as folder:\n    (folder / 'second.csv').write_text('2')")
    with output_directory(Path("run"), "run") as first:
        (first / "first.csv").write_text("1")
        subprocess.run([sys.executable, "-c", other], cwd=place, env=os.environ | ENVIRONMENT, check=True)
        assert (place / "run" / "second.csv").exists()
    assert sorted(tree(place)) == ["run", "run/first.csv", "run/manifest.json"]


def test_a_file_of_the_cache_appears_whole_or_not_at_all(place):
    target = place / "cache" / "fit.nc"
    with atomic_file(target) as path:
        path.write_text("whole")
    with pytest.raises(ZeroDivisionError):
        fail(atomic_file(target), lambda path: path.write_text("half"))
    assert tree(place / "cache") == {"fit.nc": hashlib.sha256(b"whole").hexdigest()}


def test_an_end_on_request_takes_the_hidden_folders_along(place, own_end):
    found = []
    with pytest.raises(ZeroDivisionError):
        fail(output_directory(Path("a/b/run"), "run"), lambda _: (placement.discard_partials(), found.append(tree(place))))
    assert found == [{}]


def test_a_folder_that_is_the_root_of_a_disk_is_refused(place, monkeypatch):
    (place / "disk").mkdir()
    monkeypatch.setattr(outputs.os.path, "ismount", lambda path: Path(path).name == "disk")
    refused(Path("disk"), "the root of a disk, which cannot be exchanged")


def test_new_folders_have_the_rights_that_the_user_gives(place):
    before = os.umask(0o077)
    try:
        write(Path("private"))
    finally:
        os.umask(before)
    assert (place / "private").stat().st_mode & 0o777 == 0o700


def test_a_socket_in_a_folder_is_foreign(place, monkeypatch):
    write(Path("run"))
    monkeypatch.chdir(place / "run")  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
    monkeypatch.chdir(place)
    refused(Path("run"), r"\(s\)")


def test_locks_last_as_long_as_the_work(place):
    with output_directory(Path("run"), "run"):
        (folder,) = place.glob(f"{PREFIX}*{SUFFIX}")
        sweep_partials(place)
        assert folder.exists()


@pytest.mark.parametrize("input", ["leads_nowhere", "a_circle", "x" * 300])
def test_what_is_wrong_with_an_input_is_no_fault_of_the_target(tmp_path, monkeypatch, input):
    """The reader of the input tells it, under the input's own name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leads_nowhere").symlink_to("nowhere")
    (tmp_path / "a_circle").symlink_to("a_circle")
    before = sorted(tmp_path.iterdir())
    outputs.check_directory(Path("new"), "run", [Path(input)])
    outputs.check_file(Path("new.csv"), [Path(input)])
    assert sorted(tmp_path.iterdir()) == before  # nor do the checks leave anything


def test_after_the_end_has_begun_nothing_new_is_half_written(tmp_path, own_end):
    def begin():
        with placement.hidden(tmp_path) as folder:
            begun.append(folder.exists())

    begun = []
    with placement.hidden(tmp_path):
        placement.discard_partials()
        late = threading.Thread(target=begin, daemon=True)
        late.start()
        late.join(0.2)
        assert late.is_alive()
        assert not begun
        assert not list(tmp_path.glob(f"{PREFIX}*"))
    placement._MAKING.release()
    late.join(5)
    assert begun == [True]
