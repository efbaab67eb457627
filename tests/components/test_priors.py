"""Prior sets: each fault is reported with file, key and remedy."""

import re

import numpy as np
import pytest
from scipy.stats import kstest

from forecast import shipped
from forecast.components.prior_file import lineage, load_priors
from forecast.components.priors import ARGUMENT, SUPPORT, Prior, assumed
from forecast.components.registry import needs
from forecast.errors import InputError
from tests.components.example import DEFAULT

REASON = "A value of the test."


@pytest.fixture
def faults_of(tmp_path):
    """Faults of the default priors after one replacement in the text."""

    def _faults(old: str, new: str) -> list[str]:
        text = DEFAULT.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "mine.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(InputError, match=r": expected .*, found ") as caught:
            load_priors(path, needs())
        assert all(fault.source == str(path) for fault in caught.value.faults)
        return [f"{fault.where}: {str(fault).split(': ', 2)[2]}" for fault in caught.value.faults]

    return _faults


DRIFT_LOWER = """    drift_lower:
      distribution: normal
      mu: 0.0
      sigma: 0.35
      reason: Extra growth per decade below the cabinet, where both contacts and their traces on the web may have grown; centred on none.
"""  # noqa: E501
LINES = DEFAULT.read_text(encoding="utf-8").split("\n")
LINE = DEFAULT.read_text(encoding="utf-8").split("\n").index("    base:") + 1  # of frequency


def test_the_default_priors_are_read_with_all_arguments():
    priors = load_priors(DEFAULT, needs())
    assert priors.name == "default"
    base = priors.component["frequency"]["base"]
    assert base.arguments() == {"mu": 0.0, "sigma": 1.5}
    assert priors.component["media"]["tone_share"].arguments() == {"concentration": (1.0, 4.0, 4.0)}


def test_who_changes_a_set_changes_his_own():
    priors = load_priors(DEFAULT, needs())
    part = priors.component["frequency"]
    part["base"] = part["base"].model_copy(update={"sigma": 150.0})
    assert load_priors(DEFAULT, needs()).component["frequency"]["base"].sigma < 10


def test_a_missing_prior(faults_of):
    assert faults_of(DRIFT_LOWER, "") == [
        f"line {LINES.index('  frequency:') + 1}, "
        "key component.frequency.drift_lower: expected a prior (normal), found nothing. Add it with a reason."
    ]


def test_an_unknown_parameter_with_the_nearest_name(faults_of):
    assert faults_of(DRIFT_LOWER, DRIFT_LOWER + DRIFT_LOWER.replace("drift_lower", "drift_lowr")) == [
        f"line {LINES.index('    drift_lower:') + 6}, "
        "key component.frequency.drift_lowr: expected a parameter of this component, found 'drift_lowr'. "
        "Did you mean 'drift_lower'?"
    ]


def test_an_unknown_component(faults_of):
    line = LINES.index("  agenda:") + 1
    assert f"line {line}, key component.diplomacy: expected a registered component, found 'diplomacy'. Remove it." in faults_of(
        "  agenda:\n", "  diplomacy:\n"
    )


def test_a_missing_component_lists_all_its_priors(faults_of):
    found = faults_of("  agenda:\n", "  diplomacy:\n")
    missing = [text for text in found if text.startswith("line 1, key component.agenda.")]
    assert len(missing) == len(needs()["agenda"])


def test_a_distribution_of_the_wrong_support(faults_of):
    old = "type_scale:\n      distribution: half_normal\n"
    assert faults_of(old, "type_scale:\n      distribution: normal\n      mu: 0.0\n") == [
        f"line {LINES.index('    type_scale:') + 1}, "
        "key component.frequency.type_scale: expected half_normal (support: positive), found normal. "
        "Choose a distribution with that support."
    ]


def test_a_trend_may_be_fixed_and_a_level_may_not(faults_of):
    priors = load_priors(DEFAULT, needs())
    assert priors.component["media"]["pages_drift"].arguments() == {"value": 0.0}
    assert priors.component["media"]["tone_drift"].distribution == "normal"
    level = "elsewhere:\n      distribution: normal\n      mu: 0.0\n      sigma: 1.5\n"
    (fault,) = faults_of(level, "elsewhere:\n      distribution: fixed\n      value: 0.0\n")
    assert "key component.media.elsewhere: expected normal (support: real), found fixed" in fault


@pytest.mark.parametrize("sigma", ["0.0", "-1.5"])
def test_a_sigma_that_is_not_positive(faults_of, sigma):
    (fault,) = faults_of("sigma: 1.5", f"sigma: {sigma}")
    assert fault.startswith(f"line {LINE}, key component.frequency.base: expected normal with sigma above zero")
    assert fault.endswith("Correct the value.")


def test_a_missing_reason(faults_of):
    text = DEFAULT.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines(keepends=True) if "one a year, give or take" in row)
    assert faults_of(line, "") == [
        f"line {LINE}, key component.frequency.base.reason: expected this key to be given, found nothing. "
        "Add 'reason'."
    ]


def test_a_reason_too_short_to_be_one(faults_of):
    text = DEFAULT.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines(keepends=True) if "one a year, give or take" in row)
    (fault,) = faults_of(line, "      reason: guess\n")
    assert "component.frequency.base.reason" in fault
    assert "at least 10 characters" in fault


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("      mu: 0.0\n      sigma: 1.5\n", "      sigma: 1.5\n", "normal with exactly mu, sigma"),
        ("sigma: 1.5", "sigma: 1.5\n      alpha: 1.0", "normal with exactly mu, sigma"),
        ("sigma: 1.5", "sigma: wide", "expected a number, found 'wide'"),
        ("distribution: normal", "distribution: gaussian", "'half_normal'"),
    ],
)
def test_arguments_that_do_not_fit_the_distribution(faults_of, old, new, expected):
    (fault,) = faults_of(old, new)
    assert expected in fault
    assert "key component.frequency.base" in fault


@pytest.mark.parametrize(("value", "expected"), [
    ("true", "a number, found true"),
    ('"0.1"', "a number, found '0.1'. Write it without quotes."), ("1e308", "sigma of at most 20"),
    ("1:30", "a number, found '1:30'"),
    ("9" * 400, "a number of at most 18 digits"), ("9" * 5000, "a number of at most 18 digits"),
    ("0x1F", "a number in plain decimal digits"), ("017", "a number in plain decimal digits"), ("[1.0]", "a number, found [1.0]"),
    ("2024-11-04", "a number, found 2024-11-04"), ("1e999", "a finite number in plain decimal digits, found 1e999"),
    ("&x true", "a number, found true"),
])
def test_a_sigma_of_another_kind(faults_of, value, expected):
    (fault,) = faults_of("sigma: 1.5", f"sigma: {value}")
    assert "key component.frequency.base" in fault
    assert f"expected {expected}" in fault
    assert "Input should" not in fault


@pytest.mark.parametrize("value", ["[]", "[true, 1.0, 1.0, 1.0]", "[[1.0], 2.0, 1.0, 1.0]", "{a: 1.0}", "[1e300, 1.0, 1.0, 1.0]"])
def test_concentrations_of_another_kind(faults_of, value):
    """An empty list reached numpy's "zero-size array to reduction operation" before."""
    (fault,) = faults_of("[6.0, 2.0, 1.0, 1.0]", value)
    assert "line " in fault
    assert any(words in fault for words in ("above zero", "a number", "a list", "at most 1e+06"))
    assert "zero-size" not in fault


@pytest.mark.parametrize("value", [".nan", ".inf"])
def test_numbers_that_are_not_finite(faults_of, value):
    (fault,) = faults_of("sigma: 1.5", f"sigma: {value}")
    assert "component.frequency.base.sigma" in fault
    assert "a finite number" in fault


@pytest.mark.parametrize("value", ["[6.0, 2.0, 1.0]", "[6.0, 2.0, 1.0, 1.0, 1.0]", "2.0"])
def test_concentrations_that_do_not_fit_the_codes(faults_of, value):
    (fault,) = faults_of("[6.0, 2.0, 1.0, 1.0]", value)
    assert "component.effectiveness.outcome_share" in fault


@pytest.mark.parametrize("value", ["[6.0, 2.0, 1.0, 0.0]", "[6.0, -2.0, 1.0, 1.0]"])
def test_concentrations_that_are_not_positive(faults_of, value):
    (fault,) = faults_of("[6.0, 2.0, 1.0, 1.0]", value)
    assert "dirichlet with concentration above zero" in fault


@pytest.mark.parametrize("value", ["1.0", "-1.2", "3.0"])
def test_a_persistence_outside_the_stationary_range(faults_of, value):
    (fault,) = faults_of("value: 0.7", f"value: {value}")
    assert "component.frequency.term_persistence" in fault


def test_all_faults_are_found_in_one_pass(faults_of):
    assert len(faults_of(DRIFT_LOWER, DRIFT_LOWER.replace("drift_lower", "draft_lower"))) == 2


def test_every_distribution_has_a_support_and_arguments():
    assert set(ARGUMENT) == {name for names in SUPPORT.values() for name in names}


@pytest.mark.parametrize(
    ("prior", "law", "arguments"),
    [
        (Prior(distribution="beta", alpha=12.0, beta=4.0, reason=REASON), "beta", (12.0, 4.0)),
        (Prior(distribution="half_normal", sigma=0.25, reason=REASON), "halfnorm", (0, 0.25)),
    ],
)
def test_assumed_parameters_follow_their_prior(prior, law, arguments):
    draws = assumed(prior, (4, 500), np.random.default_rng(1))
    assert draws.shape == (4, 500)
    assert kstest(draws.ravel(), law, args=arguments).pvalue > 0.001
    wrong = (arguments[0], arguments[1] * 1.5)
    assert kstest(draws.ravel(), law, args=wrong).pvalue < 0.001


def extending(tmp_path, extends: str, name="mine", body="component: {}"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"name: {name}\ntitle: Mine\nextends: {extends}\n{body}\n", encoding="utf-8")
    return path


OWN = """component:
  frequency:
    type_scale: {distribution: half_normal, sigma: 0.05, reason: A value of the test.}"""


def test_a_set_that_extends_another_differs_in_the_named_parameters_only(tmp_path):
    mine = load_priors(extending(tmp_path, "default", body=OWN), needs())
    parent = load_priors(DEFAULT, needs())
    assert mine.component["frequency"]["type_scale"].sigma == 0.05
    changed = {(section, key) for section, part in mine.component.items() for key, prior in part.items()
               if prior != parent.component[section][key]}  # fmt: skip
    assert changed == {("frequency", "type_scale")}
    assert [path.stem for path in lineage(tmp_path / "mine.yaml")] == ["mine", "default"]


@pytest.mark.parametrize(("extends", "message"), [
    ("defualt", "line 3, key extends: expected a file beside this one, or a shipped set, found 'defualt'"),
    ("mine", "line 3, key extends: expected a set that does not lead back to this one, found 'mine'"),
])  # fmt: skip
def test_extends_that_leads_nowhere_or_in_a_circle_is_a_fault(tmp_path, extends, message):
    with pytest.raises(InputError, match=re.escape(message)) as error:
        load_priors(extending(tmp_path, extends), needs())
    assert message in str(error.value)


@pytest.mark.parametrize("name", shipped.shipped_priors())
def test_every_shipped_set_loads_and_no_reason_stands_beside_two_numbers(name):
    priors = load_priors(shipped.shipped_priors()[name], needs())
    assert priors.name == name
    by_reason = {}
    for part in priors.component.values():
        for prior in part.values():
            by_reason.setdefault(prior.reason, set()).add(str(prior.arguments()))
    assert {reason: len(numbers) for reason, numbers in by_reason.items() if len(numbers) > 1} == {}


def test_the_sceptic_gives_administrations_less_room_and_wide_more():
    scale = {name: load_priors(shipped.shipped_priors()[name], needs()) for name in ("sceptical", "default", "wide")}
    for section in ("agenda", "effectiveness"):
        sigma = [scale[name].component[section]["administration_scale"].sigma for name in scale]
        assert sigma == sorted(set(sigma))


@pytest.mark.parametrize(("values", "message"), [
    ({"democratic": 0.1, "republican": 0.0, "republican_trumpist": 0.0}, "expected values that sum to zero, found 0.1"),
    ({"democratic": 0.0, "republican": 0.0}, "expected one value for each of democratic, republican, republican_trumpist"),
])  # fmt: skip
def test_the_centre_of_types_has_a_value_for_each_and_sums_to_zero(tmp_path, values, message):
    body = ("component:\n  frequency:\n    type_centre:\n      distribution: fixed_by_type\n"
            f"      values: {values}\n      reason: A value of the test.").replace("'", "")  # fmt: skip
    with pytest.raises(InputError, match=re.escape(message)) as error:
        load_priors(extending(tmp_path, "default", body=body), needs())
    assert message in str(error.value)
