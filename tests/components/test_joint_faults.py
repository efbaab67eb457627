"""What a prior file with a joint normal may get wrong: each fault by key, all of them in one pass."""

import re

import pytest

from forecast.components.prior_file import load_priors
from forecast.components.registry import needs
from forecast.errors import InputError

GOOD = {"unit": "log_rate_ratio", "against": "democratic", "mean": "{republican: 0.1, republican_trumpist: -0.1, Trump: 0.2}",
        "sd": "{republican: 0.2, republican_trumpist: 0.2, Trump: 0.3}", "correlation": "{Trump: {republican_trumpist: -0.5}}"}
KEY = "key component.frequency.administration_effects: "


def written(tmp_path, distribution="joint_normal", **changed):
    arguments = {key: value for key, value in (GOOD | changed).items() if value is not None}
    lines = [f"      {key}: {value}" for key, value in arguments.items()]
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join(["name: mine", "title: Mine", "extends: default", "component:", "  frequency:",
                               "    administration_effects:", f"      distribution: {distribution}",
                               "      reason: A value of the test.", *lines]) + "\n", encoding="utf-8")  # fmt: skip
    return path


def faults(path) -> list[str]:
    with pytest.raises(InputError, match=r": line 6, .*: expected ") as caught:
        load_priors(path, needs())
    assert all(fault.source == str(path) and fault.where.startswith("line 6, ") for fault in caught.value.faults)
    return [str(fault).partition("line 6, ")[2] for fault in caught.value.faults]


def test_a_good_one_is_read(tmp_path):
    prior = load_priors(written(tmp_path), needs()).component["frequency"]["administration_effects"]
    assert prior.mean == {"republican": 0.1, "republican_trumpist": -0.1, "Trump": 0.2}
    assert load_priors(written(tmp_path, correlation="{}"), needs()).component["frequency"]["administration_effects"]


@pytest.mark.parametrize(("changed", "said"), [
    ({"against": "democrat"}, "expected against: a type, found 'democrat'. Did you mean 'democratic'?"),
    ({"mean": "{republican: 0.1, Trump: 0.2}", "sd": "{republican: 0.2, Trump: 0.3}", "correlation": "{}"},
     "expected mean: every type but democratic, found no republican_trumpist. Add its log rate ratio."),
    ({"mean": "{democratic: 0, republican: 0.1, republican_trumpist: -0.1, Trump: 0.2}",
      "sd": "{democratic: 1, republican: 0.2, republican_trumpist: 0.2, Trump: 0.3}"},
     "expected mean: log rate ratios to democratic, found 'democratic'. Remove it: its ratio to itself is zero."),
    ({"mean": "{republican: 0.1, republican_trumpist: -0.1, Trumpp: 0.2}",
      "sd": "{republican: 0.2, republican_trumpist: 0.2, Trumpp: 0.3}", "correlation": "{}"},
     "expected mean: types and presidents, found 'Trumpp'. Did you mean 'Trump'?"),
    ({"sd": "{republican: 0.2, republican_trumpist: 0.2}"},
     "expected sd: the names of mean, found 'Trump' in one of them. Name the same in both."),
    ({"correlation": "{Trump: {republican_trumpst: -0.5}}"},
     "expected correlation: names of mean, found 'republican_trumpst'. Did you mean 'republican_trumpist'?"),
    ({"correlation": "{Trump: {Trump: 0.5}}"}, "expected correlation: pairs of two, found 'Trump' with itself. Remove it."),
    ({"correlation": "{Trump: {republican: 0.5}, republican: {Trump: 0.4}}"},
     "expected correlation: every pair once, found Trump with republican 2 times. Keep one of them."),
    ({"correlation": "{Trump: {republican: 0.9, republican_trumpist: 0.9}, republican: {republican_trumpist: -0.9}}"},
     "expected correlation: a positive definite covariance, found correlations with the eigenvalue -0.8. Bring the correlations "
     "closer to zero: together they contradict each other, or leave a sum without variance."),
    ({"correlation": "{Trump: {republican: 1.0}}"},
     "expected correlation: a positive definite covariance, found correlations with the eigenvalue"),
])  # fmt: skip
def test_each_fault_with_its_remedy(tmp_path, changed, said):
    found = faults(written(tmp_path, **changed))
    assert len(found) == 1
    assert found[0].startswith(KEY + said)


@pytest.mark.parametrize(("changed", "said"), [
    ({"unit": "percent"}, "expected 'log_rate_ratio', found 'percent'"),
    ({"sd": "{republican: 0.2, republican_trumpist: 0.0, Trump: 0.3}"}, "expected joint_normal with sd above zero"),
    ({"correlation": "{Trump: {republican: 1.5}}"}, "expected correlation of at most 1 in size"),
    ({"mean": "{republican: 0.1, republican_trumpist: 30, Trump: 0.2}"}, "expected mean of at most 20 in size"),
    ({"correlation": None}, "expected joint_normal with exactly against, correlation, mean, sd, unit"),
    ({"mean": "{republican: many, republican_trumpist: 0.1, Trump: 0.2}"}, "expected a number, found 'many'"),
    ({"distribution": "independent"}, "expected independent with no number"),
])  # fmt: skip
def test_arguments_of_another_kind(tmp_path, changed, said):
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        load_priors(written(tmp_path, **changed), needs())
    assert len(caught.value.faults) == 1
    assert said in str(caught.value)


def test_all_faults_are_told_in_one_pass(tmp_path):
    found = faults(written(tmp_path, against="republican", sd="{republican: 0.2, Nixxon: 0.2}",
                           correlation="{Trump: {Trump: 0.5, Obamma: 0.1}}"))  # fmt: skip
    assert [one.removeprefix(KEY).partition(",")[0] for one in found] == [
        "expected mean: every type but republican", "expected mean: log rate ratios to republican",
        "expected sd: the names of mean", "expected correlation: names of mean", "expected correlation: pairs of two"]
