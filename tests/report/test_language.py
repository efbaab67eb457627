"""Catalogues are whole, forms and places agree with their English, the font has the letters, what is drawn is in the language."""

import re
import string
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from typer.testing import CliRunner

from forecast.cli.app import app
from forecast.errors import InputError
from forecast.report import words
from forecast.report.language import ENGLISH, FOLDER, coverage, day, known, local, speaking, spoken, tr, trn
from forecast.report.page import _given, plates
from forecast.report.run import draw_in, write_report
from forecast.report.style import RC, figure_style, save_figure
from forecast.report.tables import contact_table, latex_table
from tests.conftest import drawn_in_no_form
from tests.report.messages import messages, of_code, of_source, update

OTHERS = [code for code in known() if code != ENGLISH]
WHOLE = ["ru"]
"""Languages of which every message has a translation."""
SPACE = "\N{NO-BREAK SPACE}"


def catalogue(code):
    return read_po(BytesIO((FOLDER / f"{code}.po").read_bytes()), locale=code)


def entries(code):
    """Key and translation of every message, forms one by one."""
    for one in catalogue(code):
        if one.id:
            keys = one.id if isinstance(one.id, tuple) else (one.id,)
            for place, text in enumerate(one.string if isinstance(one.string, tuple) else (one.string,)):
                yield keys[min(place, len(keys) - 1)], text


def places(text):
    """Places for values: names in braces, positions, names of templates; {partner} and {home} are filled in wherever they are."""
    named = [name or "" for _, name, _, _ in string.Formatter().parse(text) if name is not None] if "%(" not in text else []
    numbered = [name if name else str(place) for place, name in enumerate(named)]
    return sorted({*numbered, *re.findall(r"%\((\w+)\)s", text)} - {"partner", "home"})


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_has_what_is_said_and_nothing_else(code):
    there = {one.id if isinstance(one.id, str) else tuple(one.id) for one in catalogue(code) if one.id}
    assert there == set(messages())


@pytest.mark.parametrize("code", WHOLE)
def test_every_message_is_translated(code):
    assert [key for key, text in entries(code) if not text] == []
    assert not any(one.fuzzy for one in catalogue(code) if one.id)


@pytest.mark.parametrize("code", OTHERS)
def test_places_for_values_are_those_of_the_english(code):
    assert [(key, text) for key, text in entries(code) if text and places(text) != places(key)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_spaces_at_the_ends_are_kept(code):
    def ends(text):
        return text[:1].isspace(), text[-1:].isspace()

    assert [key for key, text in entries(code) if text and ends(text) != ends(key)] == []


def test_messages_are_found_wherever_they_stand():
    assert set(of_code('tr("a", b=tr("c {d}", d=later("e")))\ntrn("one", "many", n)\ntr(named)\nother("f")')) == {
        "a", "c {d}", "e", ("one", "many")}
    assert {"What is talked about", "How to read it.", ("term", "terms")} <= set(of_source())


def test_an_update_keeps_translations_and_drops_what_nobody_says(tmp_path):
    path = tmp_path / "ru.po"
    path.write_bytes((FOLDER / "ru.po").read_bytes() + b'\nmsgid "said no more"\nmsgstr "..."\n')
    update(path)
    assert path.read_bytes() == (FOLDER / "ru.po").read_bytes()


@pytest.mark.parametrize(("count", "told"), [(1, "1 месяц"), (2, "2 месяца"), (5, "5 месяцев"), (11, "11 месяцев"),
                                             (21, "21 месяц"), (22, "22 месяца")])
def test_forms_follow_the_number(count, told):
    wait = {"kind": "fixed", "parameters": [float(count)]}
    with speaking("ru"):
        assert words.months(wait) == told
    assert words.months(wait) == f"{count} {'month' if count == 1 else 'months'}"


def test_numbers_and_days_follow_the_language():
    assert (local("1,234.5"), words.number(-1234.5, 1), day(date(2018, 1, 16))) == ("1,234.5", "−1,234.5", "16 January 2018")
    with speaking("ru"):
        assert (words.number(-1234.5, 1), words.share(0.051)) == (f"−1{SPACE}234,5", "5,1 %")
        assert day(date(2018, 1, 16)) == "16 января 2018"
    with speaking("kk"):
        assert day(date(2018, 1, 16)) == "2018 ж. 16 қаңтар"
    assert 'value="1234.5"' in str(words.datum(1234.5, 1))


def test_a_language_is_spoken_for_a_while_and_in_one_thread_alone():
    with speaking("ru"):
        assert tr("year") == "год"
        with ThreadPoolExecutor(1) as other:
            assert other.submit(tr, "year").result() == "year"
        with speaking(ENGLISH):
            assert tr("year") == "year"
    assert (spoken(), tr("year")) == (ENGLISH, "year")


def test_what_has_no_term_stays_english_and_is_counted():
    with speaking("kk"):
        assert (tr("President"), tr("drift goes on in full")) == ("Президент", "drift goes on in full")
        assert re.fullmatch(r"Kazakh: \d+ of \d+ texts have a settled term; the other \d+ are in English\.", coverage())
    with speaking("ru"):
        assert coverage() == ""
    assert coverage() == ""
    assert trn("term", "terms", 2) == "terms"


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match=r"option --lang.*one of en, kk, ru"), speaking("uz"):
        pass


@pytest.mark.parametrize("command", [["run", "--lang", "xx"], ["paper", "nowhere", "--out", "new", "--lang", "xx"]])
def test_a_command_refuses_an_unknown_language_before_all_else(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert result.output.count("--lang") == 1
    assert "one of en, kk, ru" in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


# Letters.

def lacking(text):
    """Characters that the font of figures, plain or bold, has no glyph for."""
    with figure_style():
        fonts = {weight: [get_font(findfont(FontProperties(family=family, weight=weight))) for family in RC["font.family"]]
                 for weight in ("normal", "bold")}
    return {sign for sign in text if not sign.isspace() for family in fonts.values()
            if not any(font.get_char_index(ord(sign)) for font in family)}


@pytest.mark.parametrize("code", OTHERS)
def test_the_font_has_every_letter_of_a_catalogue(code):
    assert lacking("".join(text for _, text in entries(code))) == set()
    assert lacking("".join(chr(sign) for sign in range(0x410, 0x450)) + "ЁёӘәҒғҚқҢңӨөҰұҮүҺһІі") == set()


def test_a_letter_that_the_font_lacks_is_found():
    assert lacking("год 年") == {"年"}


@pytest.mark.usefixtures("every_form")
@pytest.mark.parametrize(("text", "warned"), [("Қазақстан: ғылым, өнер, үміт, һәм", False), ("年", True)])
def test_letters_reach_pdf_files(text, warned, tmp_path):
    figure = Figure(figsize=(3, 1))
    FigureCanvasAgg(figure)
    with figure_style():
        figure.text(0.1, 0.5, text, family=RC["font.family"])
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            save_figure(figure, tmp_path, "letters")
    assert any("missing from" in str(one.message) for one in told) is warned
    assert warned or b"DejaVuSans" in (tmp_path / "letters.pdf").read_bytes()


# What is drawn and written.

LATIN = re.compile(r"[A-Za-z]{2,}")
ABBREVIATIONS = {"PNTR"}


def english_in(texts, kept):
    """Words of Latin letters that are in no text that stays as it is."""
    return {word for text in texts for word in LATIN.findall(text) if word not in kept}


@pytest.fixture(scope="module")
def russian(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("russian")
    with speaking("ru"), drawn_in_no_form():
        write_report(content, folder)
        every = plates(content)
    return folder, every


def test_figures_have_no_english_words(content):
    made_up = [*content.questions["text"], words.plain(content.relation.main), "{base}"]
    kept = {word for text in made_up for word in LATIN.findall(text)} | ABBREVIATIONS
    with speaking("ru"):
        for plate in plates(content):
            texts = [text.get_text() for text in plate.draw(content).findobj(Text)]
            assert english_in([*texts, plate.heading, plate.alt(content), plate.reading], kept) <= {"doi"}, plate.name


def test_the_page_says_its_language_and_tables_follow(russian, content):
    folder, every = russian
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="ru">' in page
    for told in ("Кратко", "Что допускается", "США и Казахстан", *(plate.heading for plate in every)):
        assert told in page
    table = (folder / "tables" / "contact.tex").read_text(encoding="utf-8")
    assert "Примечание." in table
    assert "медиана" in table
    assert (folder / "tables" / "contact.csv").read_text(encoding="utf-8").startswith("key,harris_q50")
    assert latex_table(contact_table(content).printed, "a", "b", "c").count("median")


def test_another_process_draws_in_the_language_that_it_is_told(content, tmp_path):
    with speaking("ru"):
        plate = next(one for one in plates(content) if one.name == "drift")
    drawn = draw_in("ru", plate, content, tmp_path)
    assert spoken() == ENGLISH
    with speaking("ru"):
        again = plate.draw(content)
        assert save_figure(again, tmp_path / "..", "again")[1].read_bytes() == drawn[1].read_bytes()


def test_what_the_template_is_given_knows_the_language(content):
    with speaking("kk"):
        assert _given(content, {})["lang"] == "kk"
