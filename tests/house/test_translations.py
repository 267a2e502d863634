"""The catalogues are complete, compiled, and what the code and the templates say now."""

from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import wtforms
import wtforms_sqlalchemy
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from admin_app.core.readers import LANGUAGES
from tests.house.test_rules import MODULES, ROOT, TEMPLATES, name_of
from tests.house.texts import gettext_calls

FOLDER = ROOT / "admin_app" / "translations"
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
GAP = re.compile(r"%\((\w+)\)([a-z])")
MARKUP = re.compile(r"<[^>]*>|&\w+;")
# How a language quotes: where it opens and where it closes.
QUOTES = {"de": "„“"}

# A message's context and its text in English.
Key = tuple[str | None, str]


def catalogue(language: str, folder: Path = FOLDER) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The forms of a message in English and in the other language."""
    many = isinstance(message.id, list | tuple)
    return (tuple(message.id), tuple(message.string)) if many else ((message.id,), (message.string,))


def known(catalog: Catalog) -> dict[Key, tuple[str, ...]]:
    return {(message.context, forms(message)[0][0]): forms(message)[0] for message in catalog if message.id}


def _has_text(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)


@pytest.fixture(scope="module")
def made_anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make translations` makes of the catalogues as they are."""
    folder = tmp_path_factory.mktemp("made") / "translations"
    shutil.copytree(FOLDER, folder)
    # Nothing is installed for it: what runs this test has all it needs.
    command = ["make", "--silent", "--assume-old=.venv/.runs", "translations"]
    variables = [f"TRANSLATIONS={folder}", f"BIN={Path(sys.executable).parent}"]
    subprocess.run([*command, *variables], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("language", TRANSLATED)
class TestLanguage:
    def test_it_has_every_text_and_no_other(self, language, made_anew):
        """`make translations` brings the catalogues up to date; what is new is then to be translated."""
        assert known(catalogue(language)) == known(catalogue(language, made_anew))

    def test_no_file_is_passed_over(self, language, made_anew):
        """Babel leaves out folders whose names begin with an underscore, unless it is told otherwise."""
        read = {place for message in catalogue(language, made_anew) for place, _ in message.locations}
        says = {name_of(path) for path in TEMPLATES if re.search(r"_\(['\"]", path.read_text())}
        says |= {name_of(path) for path in MODULES if any(map(_has_text, gettext_calls(ast.parse(path.read_text()))))}
        assert says - read == set()

    def test_everything_is_translated(self, language):
        catalog = catalogue(language)
        assert [message.id for message in catalog if message.id and not all(forms(message)[1])] == []
        assert [message.id for message in catalog if message.id and message.fuzzy] == []
        assert list(catalog.obsolete) == []

    def test_every_form_of_the_plural_is_there(self, language):
        catalog = catalogue(language)
        counted = [message for message in catalog if isinstance(message.id, list | tuple)]
        assert counted
        assert [one.id for one in counted if len(one.string) != catalog.num_plurals] == []

    def test_gaps_and_markup_are_those_of_the_original(self, language):
        """A gap that is missing says too little; one that nobody fills is an error on the page."""
        wrong = []
        for message in catalogue(language):
            original, translated = forms(message)
            gaps = {gap for text in original for gap in GAP.findall(text)}
            for text in translated if message.id else ():
                if not set(GAP.findall(text)) <= gaps or (len(translated) == 1 and set(GAP.findall(text)) != gaps):
                    wrong.append(message.id)
                if MARKUP.findall(text) != MARKUP.findall(original[0]) or (gaps and "%" in GAP.sub("", text)):
                    wrong.append(message.id)
        assert wrong == []

    def test_a_sentence_stays_a_sentence(self, language):
        """It ends as the original does, has no space at its ends, and quotes as the language does."""
        opens, closes = QUOTES[language]
        wrong = []
        for message in catalogue(language):
            original, translated = forms(message)
            for text in translated if message.id else ():
                same_end = all(text.endswith(end) == original[-1].endswith(end) for end in ".?!:…")
                quoted = text.count(opens) == text.count(closes) and not re.search('["”]', text)
                if not same_end or text != text.strip() or not quoted:
                    wrong.append(text)
        assert wrong == []

    def test_what_is_served_is_what_was_translated(self, language):
        """The compiled file is committed, so that a clone needs Python alone."""
        compiled = io.BytesIO()
        write_mo(compiled, catalogue(language))
        compiled.seek(0)
        with (FOLDER / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
            served = read_mo(file)
        assert [(one.context, one.id, one.string) for one in served if one.id] == [
            (one.context, one.id, one.string) for one in read_mo(compiled) if one.id
        ]


# What only a fault of the program, or a kind of protection that we have in another place, would say.
UNSAID = ("CSRF", "Choices cannot be None", "Invalid field name", "ISO currency")


def test_every_sentence_of_wtforms_is_known():
    """A field says what is wrong in WTForms' words; those of a new release come to light here."""
    keywords = {"gettext": None, "ngettext": (1, 2)}
    said = {
        text[0] if isinstance(text, tuple) else text
        for package in (wtforms, wtforms_sqlalchemy)
        for _, _, text, _, _ in extract_from_dir(
            Path(package.__file__).parent, [("**.py", "python")], keywords=keywords
        )
    }
    ours = {key[1] for key in known(catalogue(TRANSLATED[0]))}
    assert {text for text in said - ours if not any(word in text for word in UNSAID)} == set()
