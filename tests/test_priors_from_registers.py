"""What `forecast priors from-registers` refuses before it fits anything."""

import pytest
from typer.testing import CliRunner

from cli import app


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--region", "central_asa"], "Did you mean 'central_asia'?"),
        (["--as-of", "1985-01-01"], "a region that had states by 1985-01-01, kazakhstan aside"),
        (["--partner", "kazakstan"], "a state as the registers name it, found 'kazakstan'. Did you mean 'kazakhstan'?"),
        (["--partner", "india", "--region", "southern"], "a region that had states by 2024-11-04, india aside, found 'southern'"),
        (["--base", "nowhere"], "a shipped prior set, or one beside OUT"),
        (["--as-of", "2012-11-05", "--figures", "figures"], "a date in or after a term of the type republican_trumpist"),
    ],
)
def test_bad_input_is_refused_with_code_2(tmp_path, monkeypatch, options, said):
    monkeypatch.setattr("forecast.posterior.fit.fit_registers", lambda *_, **__: pytest.fail("it began to fit"))
    result = CliRunner().invoke(app, ["priors", "from-registers", "--out", str(tmp_path / "out.yaml"), *options])
    assert result.exit_code == 2
    assert said in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("base", "said"), [
    ("elsewhere/default.yaml", "a shipped prior set, or one beside OUT, found 'elsewhere/default.yaml'"),
    ("nowhere/default", "a shipped prior set, or one beside OUT, found 'nowhere/default'"),
    ("half", "half.yaml"),
])
def test_a_set_that_the_new_one_could_not_extend_is_refused(tmp_path, monkeypatch, base, said):
    """A file elsewhere was taken for the shipped set of its name, and a broken one was found after minutes of fitting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("forecast.posterior.fit.fit_registers", lambda *_, **__: pytest.fail("it began to fit"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "default.yaml").write_text("name: default\n")
    (tmp_path / "half.yaml").write_text("name: half\ntitle: Half of a file\ncomponent:\n  frequency:\n    drift:\n")
    result = CliRunner().invoke(app, ["priors", "from-registers", "--out", "out.yaml", "--base", base])
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not (tmp_path / "out.yaml").exists()
