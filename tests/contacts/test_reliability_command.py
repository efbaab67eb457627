import typer
from typer.testing import CliRunner

from forecast.cli.coding import reliability
from tests.contacts.test_reliability_coding import IDS, change, coding, folder

__all__ = ["folder"]


def call(*arguments):
    app = typer.Typer()
    app.command()(reliability)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_two_codings_are_compared_and_the_differences_written(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    change(b, 0, outcome="1")
    result = call(a, b, "--out", tmp_path / "out.csv", "--resamples", 500, "--topics")
    assert result.exit_code == 0, result.output
    assert "\nnonproliferation\t" in result.stdout
    assert "\n1 cell of 1 contact differs.\n" in result.stdout
    assert f"Written: {tmp_path / 'out.csv'}" in result.stdout
    assert (tmp_path / "out.csv").read_text().count("\n") == 2


def test_a_folder_is_compared_with_its_own_second_coding(folder):
    coding(folder / "second_coding.csv", IDS[:6])
    result = call(folder, "--resamples", 500)
    assert result.exit_code == 0, result.output
    assert "us_xx/second_coding.csv" in result.stdout


def test_the_shipped_data_are_compared_where_nothing_is_named():
    first, again = (call("--resamples", 500) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout


def test_faults_end_with_exit_code_2_and_write_nothing(tmp_path):
    a, b = coding(tmp_path / "A.csv"), coding(tmp_path / "B.csv")
    assert "Name the other coding as well." in call(a).stderr
    change(b, 0, outcome="x")
    change(b, 1, us_rank="y")
    result = call(a, b, "--out", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert result.stderr.count("error: ") == 2
    assert not (tmp_path / "out.csv").exists()
