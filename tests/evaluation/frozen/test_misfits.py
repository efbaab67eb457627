"""What does not fit together in a frozen forecast, key by key in full; and how such a file is written and refused."""

import hashlib
import json
from datetime import date

import pytest

from forecast.config import LONGEST_NAME
from forecast.contacts.codes import RANK
from forecast.errors import Fault, InputError
from forecast.evaluation import frozen as frozen_of
from forecast.evaluation.frozen import REMEDY, FrozenQuestion, expected_and_found, laid, misfits, read_frozen, write_frozen
from forecast.simulation.scenario import Question
from tests.evaluation.frozen.example import RANKS, frozen, scenario
from tests.simulation.conftest import question

TRUMP = {"trump": 1.0}


def asked(name="visit", window=("2025-01", "2025-02"), **changed):
    return Question.model_validate(question(name, window=window, rank=["president"]) | changed)


def with_one(**changed):
    """The first scenario changed; the baselines of its outcome alone."""
    return frozen(scenario={"one": scenario(TRUMP) | changed}, baseline={"trump": frozen().baseline["trump"]})


def months(number, first="2025-01"):
    year, month = map(int, first.split("-"))
    return tuple(f"{year + (month - 1 + one) // 12:04}-{(month - 1 + one) % 12 + 1:02}" for one in range(number))


def of_months(*names):
    """A forecast of these months, its scenarios as long as they are."""
    one = scenario(TRUMP)
    one["month"] = {key: [[0, 4]] * len(names) for key in one["month"]}
    one["draws"] = [[[0, 1]] * len(names)] * 4
    return frozen(month=names, scenario={"one": one}, baseline={"trump": frozen().baseline["trump"]}, questions=[asked()])


def test_what_fits_has_no_misfit():
    assert [*misfits(frozen())] == []
    assert [*misfits(with_one())] == []
    assert [*misfits(of_months(*months(14)))] == []
    one = of_months("2025-01").model_copy(update={"questions": (asked(window=("2025-01", "2025-01")),)})
    assert [*misfits(one)] == []


def test_months_follow_one_another_from_the_beginning_of_the_term_on():
    gap = (*months(11), "2026-01", "2026-02")
    assert [*misfits(of_months(*gap))] == [("month", "months that follow one another", ", ".join(gap)[:80])]
    assert len(", ".join(gap)) > 81
    late = of_months("2025-01", "2025-02").model_copy(update={"term_start": date(2025, 2, 1)})
    assert [*misfits(late)] == [("month.0", "2025-02, when the term begins, or later", "2025-01")]
    early = of_months("2025-01", "2025-02").model_copy(update={"term_start": date(2024, 12, 31)})
    assert [*misfits(early)] == []


@pytest.mark.parametrize(("day", "first", "fits"), [
    (date(1799, 12, 31), "1799-12", False), (date(1800, 1, 1), "1800-01", True), (date(8999, 12, 31), "8999-12", True),
    (date(9000, 1, 1), "9000-01", False),
])
def test_terms_begin_where_there_are_calendars(day, first, fits):
    one = of_months(*months(2, first)).model_copy(update={"term_start": day, "questions": (), })
    one = one.model_copy(update={"scenario": {"one": one.scenario["one"].model_copy(update={"question": {}})}})
    assert [*misfits(one)] == ([] if fits else [("term_start", "a year from 1800 on", str(day))])


@pytest.mark.parametrize(("window", "fits"), [
    (("2025-01", "2025-01"), True), (("2025-02", "2025-02"), True), (("2024-12", "2025-01"), False),
    (("2025-02", "2025-03"), False), (("2026-01", "2026-02"), False),
])
def test_windows_of_questions_lie_within_the_months(window, fits):
    first, last = window
    assert [*misfits(frozen(questions=[asked(window=window)]))] == ([] if fits else [
        ("questions.visit.window", "months within 2025-01 to 2025-02", f"{first} to {last}")])


def test_windows_may_last_to_the_last_of_many_months():
    many = of_months(*months(5))
    assert [*misfits(many.model_copy(update={"questions": (asked(window=("2025-02", "2025-05")),)}))] == []
    assert [*misfits(many.model_copy(update={"questions": (asked(window=("2025-05", "2025-06")),)}))] == [
        ("questions.visit.window", "months within 2025-01 to 2025-05", "2025-05 to 2025-06")]


def test_levels_ranks_and_questions_stand_once_and_in_order():
    assert [*misfits(frozen(level=(0.25, 0.5, 0.5)))] == [("level", "levels that increase", "0.25, 0.5, 0.5")]
    assert [*misfits(frozen(level=(0.5, 0.25)))] == [("level", "levels that increase", "0.5, 0.25")]
    assert [*misfits(frozen(questions=[asked(), asked()]))] == [("questions", "each entry once", "repetitions")]
    assert ("rank", "each entry once", "repetitions") in misfits(frozen(rank=("cabinet", "president", "cabinet")))
    strange = tuple(f"{'king' * 15}{number}" for number in range(4))
    found = next(one for one in misfits(frozen(rank=(*RANKS, *strange))) if one[0] == "rank")
    assert found == ("rank", f"some of {', '.join(RANK.labels)}", ", ".join(strange)[:200])
    assert len(", ".join(strange)) > 201


def test_questions_are_of_the_dyad():
    assert [*misfits(frozen(questions=[asked(dyad="us_kz")]))] == []
    assert [*misfits(frozen(questions=[asked(dyad="us_uz")]))] == [("questions.visit.dyad", "us_kz, or none", "us_uz")]


def test_scenarios_have_as_many_paths_and_draws():
    """Paths are what most histograms add up to."""
    other = scenario({"harris": 1.0})
    other["draws"] = other["draws"][:3]
    other["question"] = {}
    found = [*misfits(frozen(scenario={"one": scenario(TRUMP), "other": other}))]
    assert found == [("scenario", "as many paths and draws in every scenario", "4 and 3, 4 and 4")]


def test_probabilities_of_outcomes_add_up():
    found = [*misfits(with_one(outcome={"trump": 0.3}))]
    assert found == [("scenario.one.outcome", "probabilities that add up to 1", "0.3")]
    assert [*misfits(with_one(outcome={"trump": 1 - 1e-10}))] == []


def test_histograms_are_of_every_rank_and_month_and_of_all_paths():
    month = scenario(TRUMP)["month"]
    assert [*misfits(with_one(month=month | {"king": [[4], [4]]}))] == [
        ("scenario.one.month", "the keys all, cabinet, president", "all, cabinet, king, president")]
    assert [*misfits(with_one(term={"all": [0, 4]}))] == [("scenario.one.term", "the keys all, cabinet, president", "all")]
    assert [*misfits(with_one(term={}))] == [("scenario.one.term", "the keys all, cabinet, president", "none")]
    assert [*misfits(with_one(term={"all": [0, 4], "cabinet": [4], "president": [1, 2]}))] == [
        ("scenario.one.term.president", "4 paths in all", "3")]
    assert [*misfits(with_one(month=month | {"cabinet": [[4]]}))] == [
        ("scenario.one.month.cabinet", "2 entries, one for each month", "1")]
    assert [*misfits(with_one(month=month | {"cabinet": [[4], [1, 2]]}))] == [
        ("scenario.one.month.cabinet.1", "4 paths in all", "3")]


def test_a_scenario_without_paths_is_told_so():
    empty = {key: [[0], [0]] for key in scenario(TRUMP)["month"]}
    found = [*misfits(with_one(month=empty, term={key: [0] for key in empty}))]
    assert found[:6] == [(f"scenario.one.month.{key}.{place}", "some paths in all", "0") for key in empty for place in (0, 1)]
    assert found[6:9] == [(f"scenario.one.term.{key}", "some paths in all", "0") for key in empty]
    assert found[9:] == [("scenario.one.draws", "at most 0 paths", "4")]
    without = [*misfits(with_one(month={}))]
    assert without[0] == ("scenario.one.month", "the keys all, cabinet, president", "none")
    assert without[1:] == [(f"scenario.one.term.{key}", "some paths in all", "4") for key in empty] + found[9:]


def test_draws_are_paths_of_months_and_ranks():
    draws = scenario(TRUMP)["draws"]
    assert [*misfits(with_one(draws=[*draws, draws[0]], question={}))] == [("scenario.one.draws", "at most 4 paths", "5")]
    for shape in ([[0, 1]], [[0, 1], [0]], [[0, 1, 2], [0, 1]]):
        assert [*misfits(with_one(draws=[draws[0], shape], question={}))] == [
            ("scenario.one.draws.1", "2 months of 2 ranks", "another shape")]


def test_answers_are_those_of_questions_that_are_asked():
    answer = scenario(TRUMP)["question"]["visit"]
    found = [*misfits(with_one(question={"visit": answer | {"draws": [0]}}))]
    assert found == [("scenario.one.question.visit.draws", "4 entries, one for each path of draws", "1")]
    one = with_one(question={"other": answer})
    assert [*misfits(one)] == [("scenario.one.question.other", "the id of a question (visit)", "'other'")]
    assert [*misfits(one.model_copy(update={"questions": ()}))] == [
        ("scenario.one.question.other", "the id of a question (none is asked)", "'other'")]
    many = [asked("a" * 60 + str(number)) for number in range(4)]
    known = f"the id of a question ({', '.join(asking.id for asking in many)})"
    assert [*misfits(one.model_copy(update={"questions": tuple(many)}))][0][1] == known[:200]
    two = one.model_copy(update={"questions": (asked("b"), asked("a"))})
    assert [*misfits(two)][0][1] == "the id of a question (a, b)"


def test_scoring_needs_a_bounded_grid(monkeypatch):
    """Three scenarios, two ranks and all of them together, two months, the longest histogram of six counts."""
    monkeypatch.setattr(frozen_of, "LARGEST_GRID", 3 * 3 * 2 * 6)
    assert [*misfits(frozen())] == []
    monkeypatch.setattr(frozen_of, "LARGEST_GRID", 3 * 3 * 2 * 6 - 1)
    assert [*misfits(frozen())] == [("scenario", "histograms that need at most 107 probabilities", "108")]


def test_baselines_are_the_same_for_the_outcomes_of_the_scenarios():
    rates = frozen().baseline["trump"]["steady"]
    base = {outcome: {"steady": dict(rates)} for outcome in ("trump", "harris")}
    assert [*misfits(frozen(baseline=base))] == []
    assert [*misfits(frozen(baseline={"trump": base["trump"]}))] == [("baseline", "the keys harris, trump", "trump")]
    assert [*misfits(frozen(baseline=base | {"harris": {"steady": rates, "busy": rates}}))] == [
        ("baseline", "the same baselines for every outcome", "busy, steady; steady")]
    long = {f"{'a' * 60}{number}": rates for number in range(4)}
    found = [*misfits(frozen(baseline=base | {"harris": long}))]
    assert found == [("baseline", "the same baselines for every outcome", "; ".join([", ".join(sorted(long)), "steady"])[:200])]
    assert [*misfits(frozen(baseline=base | {"trump": {"steady": {"all": (1.0, 1.0)}}}))] == [
        ("baseline.trump.steady", "the keys all, cabinet, president", "all")]


def test_baselines_expect_what_histograms_have_room_for():
    base = {outcome: {"steady": dict.fromkeys(("all", *RANKS), (36_000.0, 1.0))} for outcome in ("trump", "harris")}
    assert [*misfits(frozen(baseline=base))] == []
    base["harris"]["steady"]["cabinet"] = (72_002.0, 2.0)
    assert [*misfits(frozen(baseline=base))] == [("baseline.harris.steady.cabinet", "at most 36000 contacts a year", "36001")]


def test_long_lists_of_keys_are_cut():
    names = [f"{'a' * 70}{number}" for number in range(6)]
    assert [*frozen_of._misfit_keys("key", names[:3], names)] == [
        ("key", f"the keys {', '.join(names)}"[:300], ", ".join(names[:3])[:200])]


# How a file is written and refused.

def test_a_file_is_compact_utf8_with_the_hash_of_its_ordered_content(tmp_path):
    one = scenario(TRUMP) | {"title": "Türkçe"}
    given = frozen(scenario={"one": one}, baseline={"trump": frozen().baseline["trump"]})
    digest = write_frozen(given, tmp_path / "a" / "b" / "one.json")
    text = (tmp_path / "a" / "b" / "one.json").read_bytes().decode("utf-8")
    content = json.loads(text)["forecast"]
    ordered = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert digest == hashlib.sha256(ordered.encode()).hexdigest()
    assert text == json.dumps({"sha256": digest, "forecast": content}, ensure_ascii=False, separators=(",", ":")) + "\n"
    assert content["scenario"]["one"]["title"] == "Türkçe"
    assert (content["format"], content["home"], content["level"]) == (2, given.home, list(given.level))
    write_frozen(given, tmp_path / "a" / "b" / "one.json")  # the folder is there
    assert read_frozen(tmp_path / "a" / "b" / "one.json") == (given, digest)


def test_what_is_too_large_or_does_not_fit_is_not_written(tmp_path, monkeypatch):
    path = tmp_path / "one.json"
    write_frozen(frozen(), path)
    size = path.stat().st_size
    monkeypatch.setattr(frozen_of, "LARGEST", size)
    write_frozen(frozen(), path)
    path.unlink()
    monkeypatch.setattr(frozen_of, "LARGEST", size - 1)
    with pytest.raises(InputError, match="whole file") as caught:
        write_frozen(frozen(), path)
    assert caught.value.faults == (Fault(source=str(path), where="whole file", expected=f"at most {size - 1:,} bytes",
                                         found=f"{size:,}", remedy="Freeze fewer scenarios."),)
    long = "s" * 60
    with pytest.raises(InputError, match="add up to 1") as caught:
        write_frozen(frozen(scenario={long: scenario({"trump": 0.5, "harris": 0.4})}), path)
    assert caught.value.faults[0] == Fault(
        source=str(path), where=f"key forecast.scenario.{long}.outcome", expected="probabilities that add up to 1", found="0.9",
        remedy="Freeze a run of fewer scenarios, or with fewer contacts a month.")
    assert not path.exists()


@pytest.mark.parametrize(("text", "found"), [
    ("[]", "a list"), ("{}", "no key"), ('{"sha256": 1}', "sha256"), ('{"sha256": "x", "forecast": [1]}', "sha256, forecast"),
    ('{"sha256": "x", "forecast": {}, "more": 1}', "sha256, forecast, more"), ("1", "a int"),
    (json.dumps({"k" * 60: 1, "l" * 60: 2}), f"{'k' * 60}, {'l' * 60}"[:100]),
])
def test_a_file_of_another_kind_is_told_by_its_keys(tmp_path, text, found):
    path = tmp_path / "one.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:  # noqa: PT011 - the whole fault is compared
        read_frozen(path)
    assert caught.value.faults == (Fault(source=str(path), where="whole file", found=found, remedy=REMEDY,
                                         expected="a file of forecast freeze, with the keys sha256 and forecast"),)


def test_a_wrong_hash_is_told_with_the_right_one(tmp_path):
    path = tmp_path / "one.json"
    right = hashlib.sha256(b"{}").hexdigest()
    path.write_text(json.dumps({"sha256": "9" * 150, "forecast": {}}))
    with pytest.raises(InputError, match="key sha256") as caught:
        read_frozen(path)
    assert caught.value.faults == (Fault(source=str(path), where="key sha256", expected=f"{right}, the hash of its content",
                                         found="9" * 100, remedy=REMEDY),)


def test_a_text_that_is_no_json_is_refused_with_what_to_name(tmp_path):
    (tmp_path / "one.json").write_text("{")
    with pytest.raises(InputError, match="valid JSON") as caught:
        read_frozen(tmp_path / "one.json")
    assert caught.value.faults[0].remedy == "Name a file of forecast freeze, as it was written."


def test_a_file_of_more_than_16_megabytes_is_not_read(tmp_path):
    with (tmp_path / "one.json").open("wb") as file:
        file.truncate(frozen_of.LARGEST + 1)
    with pytest.raises(InputError, match="expected at most 16,777,216 bytes, found 16,777,217"):
        read_frozen(tmp_path / "one.json")


def test_keys_of_all_mappings_are_counted(tmp_path, monkeypatch):
    assert frozen_of._keys({"a": {"b": [{"c": 1}, 2, [{"d": {"e": 1}}]]}, "f": "g"}) == 6
    assert (frozen_of._keys([]), frozen_of._keys("abc"), frozen_of._keys([1, {"a": 1}])) == (0, 0, 1)
    path = tmp_path / "one.json"
    path.write_text('{"sha256": "x", "other": {"a": 1}}')
    monkeypatch.setattr(frozen_of, "MOST_KEYS", 3)
    with pytest.raises(InputError, match="with the keys sha256 and forecast"):
        read_frozen(path)
    monkeypatch.setattr(frozen_of, "MOST_KEYS", 2)
    with pytest.raises(InputError, match="keys") as caught:
        read_frozen(path)
    assert caught.value.faults == (
        Fault(source=str(path), where="whole file", expected="at most 2 keys", found="3", remedy=REMEDY),)


def forge(path, **changed):
    """A file whose hash is that of its changed content."""
    content = json.loads(frozen().model_dump_json()) | changed
    ordered = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    path.write_text(json.dumps({"sha256": hashlib.sha256(ordered.encode()).hexdigest(), "forecast": content}))


@pytest.mark.parametrize(("changed", "where", "expected", "found"), [
    ({"election": "US 2024"}, "election", "lower-case letters, digits and underscores", "'US 2024'"),
    ({"election": "_us"}, "election", "lower-case letters, digits and underscores", "'_us'"),
    ({"as_of": "2024-11-4"}, "as_of", "a day written YYYY-MM-DD", "'2024-11-4'"),
    ({"as_of": 20241104}, "as_of", "a day written YYYY-MM-DD", "20241104"),
    ({"as_of": "٢٠٢٤-11-04"}, "as_of", "a day written YYYY-MM-DD", "'٢٠٢٤-11-04'"),
    ({"month": ["2025-01", "2025-2"]}, "month.1", "a month written YYYY-MM", "'2025-2'"),
    ({"format": 3}, "format", "1 or 2, the forms that this version reads", "3"),
    ({"format": 1}, "", "no key 'level' in format 1", "a mapping of 15"),
    ({"k" * 250: 1}, "k" * 191, "no such key", "1"),
])
def test_a_value_of_another_kind_is_told_with_its_key(tmp_path, changed, where, expected, found):
    path = tmp_path / "one.json"
    forge(path, **changed)
    with pytest.raises(InputError) as caught:  # noqa: PT011 - the whole fault is compared
        read_frozen(path)
    key = f"key forecast.{where}" if where else "key forecast"
    assert caught.value.faults == (Fault(source=str(path), where=key, expected=expected, found=found, remedy=REMEDY),)


def test_days_may_be_days_already():
    assert frozen(as_of=date(2024, 11, 3)).as_of == date(2024, 11, 3)


def test_a_misfit_is_told_with_its_key_when_it_is_read(tmp_path):
    path = tmp_path / "one.json"
    forge(path, level=[0.5, 0.25])
    with pytest.raises(InputError, match="increase") as caught:
        read_frozen(path)
    assert caught.value.faults == (Fault(source=str(path), where="key forecast.level", expected="levels that increase",
                                         found="0.5, 0.25", remedy=REMEDY),)


def test_long_keys_are_cut_where_they_are_told(tmp_path):
    name = "n" * LONGEST_NAME
    path, baseline = tmp_path / "one.json", {outcome: {name: {"all": (1.0, 1.0)}} for outcome in ("trump", "harris")}
    with pytest.raises(InputError, match="the keys all, cabinet, president") as caught:
        write_frozen(frozen(baseline=baseline), path)
    wanted = [f"key forecast.baseline.{outcome}.{name}"[:200] for outcome in baseline]
    assert [fault.where for fault in caught.value.faults] == wanted


def test_parts_made_of_what_was_read_elsewhere_are_refused_by_their_key():
    assert laid(FrozenQuestion, "a file", "Mend it.", probability=0.5, mcse=0.1, draws=(1,)).draws == (1,)
    with pytest.raises(InputError, match="a file") as caught:
        laid(FrozenQuestion, "a file", "Mend it.", probability=0.5, mcse=0.1, draws=(1, -1))
    assert caught.value.faults == (Fault(source="a file", where="key draws.1", expected="a number of at least 0", found="-1",
                                         remedy="Mend it."),)
    with pytest.raises(InputError, match="no such key") as caught:
        laid(FrozenQuestion, "a file", "Mend it.", probability=0.5, mcse=0.1, draws=(), **{"k" * 250: 1})
    assert caught.value.faults[0].where == f"key {'k' * 200}"


def test_errors_are_told_in_words():
    month = {"type": "string_pattern_mismatch", "input": "x", "ctx": {"pattern": "[0-9]"}}
    assert expected_and_found(month) == ("a month written YYYY-MM", "'x'")
    assert expected_and_found({"type": "missing", "input": {}}) == ("this key", "nothing")
    assert expected_and_found({"type": "literal_error", "input": 3, "ctx": {"expected": "1 or 2"}})[0] == (
        "1 or 2, the forms that this version reads")
