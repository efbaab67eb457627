"""What `forecast priors from-registers` refuses before it fits anything."""

import pytest
from typer.testing import CliRunner

from cli import app


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--region", "central_asa"], "Did you mean 'central_asia'?"),
        (["--as-of", "1985-01-01"], "a region that had states by 1985-01-01"),
        (["--base", "nowhere"], "a shipped prior set, or one beside OUT"),
        (["--as-of", "2012-11-05", "--figures", "figures"], "a date in or after a Trump term"),
    ],
)
def test_bad_input_is_refused_with_code_2(tmp_path, monkeypatch, options, said):
    monkeypatch.setattr("forecast.posterior.register_fit.fit_registers", lambda *_, **__: pytest.fail("it began to fit"))
    result = CliRunner().invoke(app, ["priors", "from-registers", "--out", str(tmp_path / "out.yaml"), *options])
    assert result.exit_code == 2
    assert said in result.output
    assert list(tmp_path.iterdir()) == []
