"""What is estimated from the records of a region: by the region's own file, and by a prior set that asks for more."""

from shutil import copytree

import pytest

from forecast import shipped
from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, needs
from forecast.errors import InputError
from forecast.panel import load_panel
from forecast.pipeline import Request, read
from forecast.pipeline.fits import applying, estimated_together, panels_of
from forecast.shipped import CASE, find_priors

REGION = ("us_kz", "us_uz", "us_kg", "us_tj", "us_tm")


def prior_set(folder, text, name="mine"):
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\ntitle: Of the test\nextends: default\n{text}component: {{}}\n")
    return path


def test_by_default_contacts_alone_and_nothing_alone():
    assert set(read(Request()).elsewhere) == {"frequency"}
    assert not read(Request(alone=True)).elsewhere


def test_the_shipped_set_asks_for_three_more_with_the_dyad_first(tmp_path):
    found = read(Request(priors="neighbours"))
    assert list(found.elsewhere) == ["frequency", "agenda", "effectiveness", "setting"]
    assert found.elsewhere["agenda"].dyad == REGION
    assert found.elsewhere["frequency"].dyad == (*REGION, CASE.region)
    assert len(found.estimated) == 1
    assert "frequency, agenda, effectiveness, setting. Everything else" in found.estimated[0]
    assert not read(Request(priors="neighbours", alone=True)).elsewhere


def test_whichever_dyad_is_forecast_comes_first_and_no_occasion_twice():
    found = read(Request(priors="neighbours", data=shipped.dyad("us_tm")))
    panel = found.elsewhere["agenda"]
    assert panel.dyad[0] == "us_tm"
    assert found.elsewhere["frequency"].dyad[0] == REGION[0]
    alone = found.panel.contact["id"]
    assert panel.contact.loc[panel.contact["dyad"] == "us_tm", "id"].tolist() == alone.tolist()
    shared = panel.contact[panel.contact["occasion_id"] != ""]
    assert shared.groupby("occasion_id")["dyad"].nunique().value_counts().idxmax() == 1
    assert len(panel.contact) < sum(len(load_panel(shipped.dyad(name), as_of=panel.as_of).contact) for name in REGION)
    assert found.estimated == (
        "Estimated from the records of us_kz, us_uz, us_kg, us_tj, us_tm: frequency, agenda, effectiveness, setting. Everything "
        "else, or all with --alone: from us_tm.",)


def test_a_set_that_asks_for_a_region_says_where_there_is_none(tmp_path):
    copied = copytree(shipped.dyad("us_kz"), tmp_path / "us_kz")
    found = read(Request(priors="neighbours", data=copied))
    assert not found.elsewhere
    assert found.silent == ("Prior set neighbours asks for the records of a region; estimated from that of us_kz alone all the "
                            "same: agenda, effectiveness, setting.",)
    assert not read(Request(priors="neighbours")).silent


def test_a_comparison_of_prior_sets_has_no_set_twice():
    assert "neighbours" in applying(Request())
    assert "neighbours" not in applying(Request(alone=True))


def test_a_set_that_extends_one_asks_for_the_same_unless_it_says_otherwise(tmp_path):
    def sections(text):
        path = prior_set(tmp_path, text)
        path.write_text(path.read_text().replace("extends: default", "extends: neighbours"))
        return load_priors(path, needs()).from_region

    assert sections("") == load_priors(find_priors("neighbours"), needs()).from_region != ()
    assert sections("from_region: [setting]\n") == ("setting",)
    assert sections("from_region: []\n") == ()


@pytest.mark.parametrize(("asked", "fault"), [
    ("media", r"mine\.yaml: line 4, key from_region: expected sections that are fitted to several dyads: frequency, agenda, "
              "effectiveness, setting, found 'media'"),
    ("agend", r"found 'agend'.*Did you mean 'agenda'"),
    ("poles", "found 'poles'"),
])
def test_a_section_that_knows_one_dyad_alone_is_refused(tmp_path, asked, fault):
    with pytest.raises(InputError, match=fault):
        read(Request(priors=str(prior_set(tmp_path, f"from_region: [setting, {asked}]\n"))))


def test_every_component_is_calibrated_on_the_panel_that_it_is_fitted_to():
    found = read(Request(priors="neighbours"))
    names = estimated_together(found)
    assert {"frequency_drift", "agenda", "effectiveness", "setting"} <= set(names)
    panel = panels_of(found, names, CASE.region)
    for name in names:
        assert panel[name] is found.elsewhere[COMPONENT[name].section]
        assert len(COMPONENT[name].data(panel[name]).coord["dyad"]) > 1
    with pytest.raises(InputError, match="components that are estimated from"):
        panels_of(found, ["media"], CASE.region)
    assert panels_of(found, ["media"], None)["media"] is found.panel
