"""Every text that people read can be translated: none is left out, none is made of parts."""

from __future__ import annotations

import ast
import re

import pytest

from admin_app.console.pages import GROUPS
from tests.house.test_rules import MODULES, TEMPLATES, name_of
from tests.house.texts import Unwrapped, glued, glued_in, texts_of_expressions, texts_of_markup

# Whoever operates the program reads these: what it is given to start with, commands, the doctor's findings. What is
# wrong with a file of replies is told by a command too, with its place; no page imports these yet. The surveys of the
# demo are content, in English.
OPERATORS = re.compile(
    r"admin_app/(?:config|cli|core/mailserver|jobs/(?:doctor|serve|queue|builtin)|(?:console|notify|replies)/doctor|(?:\w+/)+(?:\w+_)?cli"
    r"|replies/importer\w*|(?:replies|surveys)/demo)\.py"
)
# The parts of a workbook are XML, and say nothing to people.
MARKUP = re.compile(r"admin_app/results/exporters/xlsx_parts\.py")
# A fault of the program, a line of the log, a word of a protocol or of the database.
PROGRAM = frozenset(
    {
        "TypeError", "RuntimeError", "ConfigError", "debug", "info", "warning", "error", "exception", "relationship",
        "set_cookie", "delete_cookie", "check_permission", "TypeVar", "Registry", "startswith", "removesuffix",
    }
)  # fmt: skip
# What looks like a text for people and is none, or is the same in every language, by the module that says it.
ALLOWED: dict[str, frozenset[str]] = {
    # Names of products.
    "admin_app/accounts/browsers.py": frozenset(
        {"Edge", "Opera", "Samsung Internet", "Vivaldi", "Firefox", "Chromium", "Chrome", "Safari", "Android",
         "ChromeOS", "Windows", "Linux", "Mozilla"}
    ),
    "admin_app/console/base.py": frozenset({"Canvass"}),
    "admin_app/settings/installation.py": frozenset({"Canvass"}),
    # Each language's name in itself.
    "admin_app/core/readers.py": frozenset({"English", "Deutsch"}),
    # Categories of Unicode.
    "admin_app/accounts/checks.py": frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Cf"}),
    # Words of HTTP and of mail.
    "admin_app/__init__.py": frozenset({"Lax"}),
    "admin_app/classic_api/bearer.py": frozenset(
        {"Authorization", r"Bearer +([\w-]{1,100}\.[\w-]{1,500}\.[\w-]{1,100})"}
    ),
    "admin_app/classic_api/door.py": frozenset({"Bearer"}),
    "admin_app/notify/mail.py": frozenset(
        {"From", "To", "Subject", "Date", "A header of a mail is one line of text."}
    ),
    "admin_app/replies/public.py": frozenset({"Location"}),
    "admin_app/replies/public_pages.py": frozenset({"Vary"}),
    "admin_app/web/errors.py": frozenset({"Allow"}),
    # What a setting in the environment has to be, said by the start that refuses it.
    "admin_app/settings/definitions.py": frozenset(
        {"a whole number from {} to {}", "one line of 1 to {} characters", "one of {}"}
    ),
    # Words of the flaskForms contract.
    "admin_app/classic_api/surveys.py": frozenset({"Add description!", "True"}),
    # Words and signs of XLSForm.
    "admin_app/surveys/importers/expressions.py": frozenset({"“"}),
    "admin_app/surveys/importers/row_types.py": frozenset(
        {r"(?P<command>{})\s+(?P<list>\S+)(?P<other>\s+(?:or specify other|or_other|or other))?"}
    ),
    "admin_app/surveys/exporters/xlsform_cells.py": frozenset({"not(selected(., {}{}{}) and count-selected(.) > 1)"}),
    # Half a day in some clocks.
    "admin_app/surveys/question_types/time.py": frozenset({"Pp"}),
    # Printed when the program first starts.
    "admin_app/accounts/start.py": frozenset({"Open {}/setup/{} to create the first administrator."}),
    # Faults of whoever calls.
    "admin_app/core/db.py": frozenset(
        {"A moment without a time zone cannot be stored.", "A step after a change was given up failed.",
         "A step after the commit failed."}
    ),
    "admin_app/media/storage.py": frozenset({"That cannot be the name of a stored file."}),
    "admin_app/core/registry.py": frozenset({"There are two members of {} named {}."}),
    "admin_app/replies/operations.py": frozenset(
        {"A survey with a limit counts its replies in the transaction that stores them."}
    ),
    "admin_app/surveys/questionnaire.py": frozenset({"This snapshot was written by another version of Canvass."}),
    "admin_app/surveys/ranks.py": frozenset(
        {"The ranks are not in order.", "There is no room left between these ranks."}
    ),
}  # fmt: skip
# Not texts: classes that blocks put into an attribute, the program's name, attributes that macros and blocks make.
ALLOWED_MARKUP = re.compile(
    r"(?:cvb?-[\w-]+ ?)+|[· ]*(?:Canvass[· ]*)+"
    r"|(?:(?!aria-label|title|placeholder|alt)[\w-]+=\"[\w -]*\" ?)+"
)

SHOWN_MODULES = [
    path for path in MODULES if not (OPERATORS.fullmatch(name_of(path)) or MARKUP.fullmatch(name_of(path)))
]


@pytest.mark.parametrize("path", SHOWN_MODULES, ids=name_of)
def test_what_python_says_goes_through_gettext(path):
    allowed = ALLOWED.get(name_of(path), frozenset()) | frozenset(GROUPS)
    found = Unwrapped(ast.parse(path.read_text())).found
    assert [one for one in found if one[2] not in allowed and PROGRAM.isdisjoint(one[1])] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_python_glues_no_sentences(path):
    """Word order differs from language to language: a translator needs the whole sentence, with names for its gaps."""
    assert list(glued(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_what_templates_say_goes_through_gettext(path):
    source = path.read_text()
    assert [one for one in texts_of_markup(source) if not ALLOWED_MARKUP.fullmatch(one[1])] == []
    assert texts_of_expressions(source) == []
    assert glued_in(source) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise InvalidError("Enter a title.")',
        'raise InvalidError(f"The {name} is wrong.", fields={})',
        'raise InvalidError(_("No."), fields={"title": "Enter a title."})',
        'flash("It was saved.")',
        'title = StringField("Title", description=_("Short."))',
        'column_labels = {"title": "Title"}',
        'def f():\n    return f"{count} rows were skipped"',
    ],
)
def test_a_text_without_gettext_is_found(source):
    assert len(Unwrapped(ast.parse(source)).found) == 1


@pytest.mark.parametrize(
    "source",
    ['_(f"{name} is wrong.")', '_("It " + word)', '_("%s" % word)', '_("{}".format(word))', '_("One.") + more',
     'f"{_(\'One.\')} {more}"'],
)  # fmt: skip
def test_a_text_of_parts_is_found(source):
    assert len(list(glued(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{{ name }} is here</p>", ["is here"]),
        ('<a title="Open it" href="x">{{ _("Open") }}</a>', ["title=Open it"]),
        ('<p>{{ _("Hello %(name)s", name=name) }}</p>', []),
        ("{{ ui.button('Save it', icon='check') }}", ["Save it"]),
        ("{% call ui.card(title='Texts') %}{% endcall %}", ["Texts"]),
    ],
)
def test_a_text_of_a_template_is_found(source, found):
    assert [text for _, text in (*texts_of_markup(source), *texts_of_expressions(source))] == found


def test_nothing_is_allowed_that_nobody_says():
    said = {name_of(path): {one[2] for one in Unwrapped(ast.parse(path.read_text())).found} for path in MODULES}
    assert {
        name: words - said.get(name, set()) for name, words in ALLOWED.items() if words - said.get(name, set())
    } == {}


def forms_of(tree: ast.AST) -> list[str]:
    """The classes that derive from WTForms' own `Form`."""
    bare = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"wtforms", "wtforms.form", "flask_wtf"}
        for alias in node.names
        if alias.name in {"Form", "FlaskForm"}
    }
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [one.name for one in classes if any(ast.unparse(base) in bare | {"wtforms.Form"} for base in one.bases)]


def test_every_form_has_our_words():
    """What a field says is wrong comes from WTForms, in English, unless the form is told otherwise."""
    found = {name_of(path): forms_of(ast.parse(path.read_text())) for path in MODULES}
    assert {name: forms for name, forms in found.items() if forms} == {"admin_app/web/forms.py": ["Form"]}
