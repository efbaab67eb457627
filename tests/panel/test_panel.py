"""The cut at the as-of date, on the frozen record and on synthetic rows."""

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.contacts import codes, load_contacts
from forecast.errors import InputError
from forecast.panel import DEFAULT_AS_OF, load_panel
from forecast.panel.calendar import DAYS_PER_YEAR, month_days
from tests.contacts.example import DYAD as SYNTHETIC
from tests.contacts.example import contact, page, write_dyad
from tests.fixture.record import RECORD
from tests.fixture.record import frozen_panel as at

START = date(1991, 12, 16)
AS_OF = st.dates(START, date(2025, 1, 19))
ALL = load_contacts(RECORD)
WHOLE = at(date(2025, 1, 19))
AT_EACH = settings(max_examples=12, deadline=None)


def equal(first, second):
    pd.testing.assert_frame_equal(first.contact, second.contact)
    pd.testing.assert_frame_equal(first.media, second.media)
    pd.testing.assert_frame_equal(first.year, second.year)
    assert first.count.identical(second.count)
    assert first.exposure.identical(second.exposure)
    for name in ("topic", "reported", "month_count", "month_exposure", "pages"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@AT_EACH
@given(AS_OF)
def test_nothing_later_than_the_as_of_date_enters(as_of):
    panel, day = at(as_of), pd.Timestamp(as_of)
    admitted = ALL.contact[ALL.contact["date"] <= day]
    assert panel.contact["id"].tolist() == admitted["id"].tolist()
    assert (panel.contact["date"] <= day).all()
    assert not (panel.media["date"] > day).any()
    assert set(panel.media["contact_id"]) <= set(admitted["id"])
    dated = ALL.media[ALL.media["contact_id"].isin(admitted["id"]) & ~(ALL.media["date"] > day)]
    assert len(panel.media) == len(dated)
    assert {len(panel.contact)} == {len(panel.topic), len(panel.reported), len(panel.pages)}
    assert panel.count.sum() == panel.month_count.sum() == len(admitted)


@AT_EACH
@given(AS_OF)
def test_exposure_ends_with_the_as_of_date(as_of):
    panel = at(as_of)
    span = ((as_of - START).days + 1) / DAYS_PER_YEAR
    assert panel.exposure.sum().item() == pytest.approx(span)
    assert panel.month_exposure.sum() == pytest.approx(span)
    assert (panel.exposure > 0).all()
    assert panel.administration[-1].start <= as_of < panel.administration[-1].end
    assert panel.year["midpoint"].is_monotonic_increasing


@AT_EACH
@example(START)
@given(AS_OF)
def test_an_earlier_panel_is_the_beginning_of_a_later_one(as_of):
    early = at(as_of)
    n, closed = len(early.contact), early.year.index[:-1]
    pd.testing.assert_frame_equal(early.contact, WHOLE.contact.iloc[:n])
    np.testing.assert_array_equal(early.topic, WHOLE.topic[:n])
    pd.testing.assert_frame_equal(early.year.loc[closed], WHOLE.year.loc[closed])
    np.testing.assert_array_equal(early.count[..., closed], WHOLE.count[..., closed])


@AT_EACH
@given(st.dates(date(2000, 1, 1), date(2025, 1, 18)), st.integers(1, 2000))
def test_rows_after_the_as_of_date_change_nothing(tmp_path_factory, as_of, lag):
    early = [contact("2000-01-01", "a"), contact("2000-01-01", "b", us_rank="president")]
    media = [page(row["id"], date="2000-01-01") for row in early]
    later = min(as_of + timedelta(days=lag), date(2025, 1, 19)).isoformat()
    more = contact(later, "later", us_rank="cabinet")
    folder = tmp_path_factory.mktemp("dyads")
    short = write_dyad(folder / "short", early, media)
    late_page = page(early[0]["id"], "https://example.org/later", date=later)
    long = write_dyad(folder / "long", [more, *early], [page(more["id"]), *media, late_page])
    equal(load_panel(short, as_of=as_of), load_panel(long, as_of=as_of))
    beyond = load_panel(long, as_of=date(2025, 1, 19))
    assert (len(beyond.contact), len(beyond.media)) == (3, 4)  # otherwise the cut above cut nothing


def test_default_panel():
    panel = load_panel()
    assert panel.as_of == DEFAULT_AS_OF == date(2024, 11, 4)
    assert (panel.dyad, panel.partner) == (("us_kz",), ("Kazakhstan",))
    assert panel.count.dims == ("dyad", "rank", "year")
    assert panel.exposure.dims == ("dyad", "year")
    assert panel.count.shape == (1, len(codes.RANK), len(panel.year))
    assert tuple(panel.count["rank"].values) == codes.RANK.labels
    assert panel.count.sel(dyad="us_kz").sum("year").values.tolist() == [
        (panel.contact["us_rank"] == rank).sum() for rank in codes.RANK]


def test_no_cell_straddles_an_inauguration():
    for row in WHOLE.year.itertuples():
        term = WHOLE.administration[row.term]
        assert term.start <= row.start.date() < row.end.date() <= term.end
        assert (row.start.month, row.start.day) == (row.end.month, row.end.day) == (1, 20)
        assert (row.administration, row.type, row.president) == (term.name, term.type, term.president)
        assert row.year_of_term == row.start.year - term.start.year
    assert (WHOLE.year["end"].iloc[:-1].values == WHOLE.year["start"].iloc[1:].values).all()


def test_each_contact_lies_in_its_year_and_term():
    panel = at()
    year = panel.year.iloc[panel.contact["year"]]
    assert (year["start"].values <= panel.contact["date"].values).all()
    assert (panel.contact["date"].values < year["end"].values).all()
    for column in ("administration", "type", "president", "term"):
        assert (year[column].values == panel.contact[column].values).all()


@pytest.mark.parametrize(("day", "administration", "year_of_term"), [
    ("2017-01-19", "Obama 2", 3), ("2017-01-20", "Trump 1", 0),
    ("2021-01-19", "Trump 1", 3), ("2021-01-20", "Biden", 0),
])
def test_inauguration_day_belongs_to_the_new_president(tmp_path, day, administration, year_of_term):
    panel = load_panel(write_dyad(tmp_path / "d", [contact(day)]))
    assert panel.contact["administration"].tolist() == [administration]
    assert panel.year["year_of_term"].iloc[panel.contact["year"]].tolist() == [year_of_term]


def test_topics_and_reporting(tmp_path):
    rows = [contact("2018-01-16", agenda="trade;mideast"), contact("2018-01-17", agenda="")]
    panel = load_panel(write_dyad(tmp_path / "d", rows))
    assert panel.reported.tolist() == [True, False]
    assert [list(np.array(codes.TOPIC.labels)[row]) for row in panel.topic] == [["trade", "mideast"], []]


def test_pages_of_each_side_leave_out_official_sites(tmp_path):
    row = contact()
    kinds = [("XX", "news"), ("XX", "analysis"), ("XX", "official"), ("US", "news"), ("RU", "news")]
    pages = [page(row["id"], f"https://example.org/{n}", outlet_country=country, kind=kind)
             for n, (country, kind) in enumerate(kinds)]
    panel = load_panel(write_dyad(tmp_path / "d", [row], pages))
    assert panel.pages.tolist() == [[2, 1]]
    assert panel.media["side"].tolist() == ["partner", "partner", "partner", "home", "other"]


def test_several_dyads_share_the_years_and_keep_their_own_exposure(tmp_path):
    row = contact("2018-01-16", us_rank="president")
    other = write_dyad(tmp_path / "other", [row], [page(row["id"])])
    panel, alone = load_panel([RECORD, other]), at()
    assert (panel.dyad, panel.partner) == (("us_kz", "us_xx"), ("Kazakhstan", "Synthetic Partner"))
    np.testing.assert_array_equal(panel.count.sel(dyad="us_kz"), alone.count.sel(dyad="us_kz"))
    assert panel.count.sel(dyad="us_xx").sum() == 1
    assert panel.count.sel(dyad="us_xx", rank="president", year=26) == 1
    xx = panel.exposure.sel(dyad="us_xx")
    assert xx.sum().item() == pytest.approx(((DEFAULT_AS_OF - date(2000, 1, 1)).days + 1) / DAYS_PER_YEAR)
    assert xx[0] == 0
    assert (panel.month_exposure > alone.month_exposure).all()
    mine = panel.media[panel.media["dyad"] == "us_xx"]
    assert panel.contact["dyad"].iloc[mine["contact"]].tolist() == ["us_xx"]


def test_a_repeated_dyad_is_refused():
    with pytest.raises(InputError, match="expected each dyad once, found us_kz 2 times"):
        load_panel([RECORD, RECORD])


def test_covid_share_counts_observed_days_only():
    whole = at().year.set_index("start")["covid"]
    assert whole["2020-01-20"] == pytest.approx(310 / 366)
    assert whole["2021-01-20"] == pytest.approx(345 / 365)
    assert whole.drop(["2020-01-20", "2021-01-20"]).eq(0).all()
    cut = at(date(2020, 3, 31)).year["covid"]
    assert cut.iloc[-1] == pytest.approx(16 / 72)


def test_midpoint_is_that_of_the_observed_part():
    year = at(date(2020, 3, 31)).year
    assert year["midpoint"].iloc[0] == pytest.approx((1991 + 349 / 365 + 1992 + 19 / 366) / 2)
    assert year["midpoint"].iloc[-1] == pytest.approx(2020 + (19 + 91) / 2 / 366)


def test_month_counts_follow_the_calendar(tmp_path):
    rows = [contact(f"20{year}-{month:02d}-10") for year, month in ((10, 1), (11, 1), (12, 12))]
    panel = load_panel(write_dyad(tmp_path / "d", rows), as_of=date(2012, 12, 31))
    assert panel.month_count.tolist() == [2, *[0] * 10, 1]
    span = (date(2000, 1, 1), date(2013, 1, 1))
    np.testing.assert_allclose(panel.month_exposure, month_days(span) / DAYS_PER_YEAR)


@pytest.mark.parametrize(("as_of", "message"), [
    (date(1991, 12, 15), "expected a day from 1991-12-16, the start of us_kz, on, found 1991-12-15"),
    (date(2025, 1, 20), "expected a day up to 2025-01-19, to which us_kz is coded, found 2025-01-20"),
])
def test_a_date_without_coding_is_refused(as_of, message):
    with pytest.raises(InputError, match=message):
        at(as_of)


def test_a_date_without_administration_is_refused(tmp_path):
    later = SYNTHETIC.replace("coded_until: 2025-01-19", "coded_until: 2025-02-01")
    folder = write_dyad(tmp_path / "d", [contact()], dyad=later)
    with pytest.raises(InputError, match=r"Add the missing terms to administrations\.csv"):
        load_panel(folder, as_of=date(2025, 1, 20))


def test_faults_of_several_dyads_come_together(tmp_path):
    folders = [write_dyad(tmp_path / name, [contact(outcome="9")]) for name in ("a", "b")]
    with pytest.raises(InputError, match="column outcome: expected ") as caught:
        load_panel(folders)
    sources = [fault.source for fault in caught.value.faults]
    assert sources == [str(folder / "contacts.csv") for folder in folders]


def test_the_panel_starts_without_heavy_imports():
    script = "import sys, forecast.panel; print([m for m in ('scipy', 'pymc', 'arviz') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
