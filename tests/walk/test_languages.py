"""Whoever reads German meets no English sentence, on any page of the console, the login page or the public side."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Message

from admin_app.settings.queries import fixed_settings
from tests.factories import make_survey, make_user, sample_questionnaire
from tests.helpers import send
from tests.house.test_translations import GAP, catalogue, forms
from tests.walk.test_every_address import rules_of

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
# Shorter parts of a sentence stand by chance in data and in addresses too.
PART = 15
# What the records of these tests are called.
DATA = frozenset({question.label for question in sample_questionnaire().questions()}) | {"Never"}


# These have no end tag.
VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})


class Texts(HTMLParser):
    """What a page says in its own language, in its texts and in the attributes that people meet."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.language: str | None = None
        self._tag = ""
        # The tag of an element in another language, and how many of its name are open inside it.
        self._foreign = ("", 0)
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        given = dict(attrs).get("lang")
        if tag == "html":
            self.language = given
        if tag == self._foreign[0]:
            self._foreign = (tag, self._foreign[1] + 1)
        elif not self._foreign[1] and given not in {None, self.language} and tag not in VOID:
            self._foreign = (tag, 1)
        for name, value in attrs:
            # Scripts find sentences in data-*; a single word there is a name between them and the template. What is
            # copied stands on the page too.
            sentence = name.startswith("data-") and name != "data-copy" and " " in (value or "")
            if value and (name in {"aria-label", "title", "placeholder", "alt"} or sentence):
                self._add(value)

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""
        if tag == self._foreign[0]:
            self._foreign = (tag, self._foreign[1] - 1) if self._foreign[1] > 1 else ("", 0)

    def handle_data(self, data: str) -> None:
        # What stands on a key of the keyboard is no word.
        if self._tag != "kbd":
            self._add(data)

    def _add(self, text: str) -> None:
        text = " ".join(text.split())
        if text and text not in DATA and not self._foreign[1]:
            self.found.append(text)


class English:
    """The English of the catalogue, as far as it differs from the German."""

    def __init__(self) -> None:
        self.whole: set[str] = set()
        self.parts: set[str] = set()
        for message in catalogue("de"):
            # Roles are named once, in the language that the installation has then.
            if message.id and {place for place, _ in message.locations} != {"admin_app/accounts/builtin_roles.py"}:
                self._add(message)
        # "Name" or "Status" is German too.
        self.parts -= {part for part in self.parts if any(part in text for text in self.german)}

    german: set[str]

    def _add(self, message: Message) -> None:
        english, german = forms(message)
        self.german = getattr(self, "german", set()) | set(german)
        for text in english:
            if not GAP.search(text):
                self.whole.add(text)
            self.parts |= {part.strip() for part in GAP.split(text) if len(part.strip()) >= PART}

    def in_page(self, page: str) -> set[str]:
        texts = Texts(page).found
        whole = (self.whole - self.german) & set(texts)
        joined = "\n".join(texts)
        return whole | {part for part in self.parts if part in joined}


@pytest.fixture(scope="module")
def english() -> English:
    return English()


# The document of these is the respondent's, in the language of the questions.
IN_THE_LANGUAGE_OF_THE_QUESTIONS = frozenset({"survey_preview.index", "survey_preview.version", "survey_tests.form"})
# A part of a page, which says for all of it what language it is in.
PARTS = frozenset({"search.found"})


def check(english: English, answer: Any, *about: Any) -> None:
    endpoint = getattr(about[0] if about else None, "endpoint", "")
    # Facets are a part of a page, and say no language of their own.
    if endpoint not in IN_THE_LANGUAGE_OF_THE_QUESTIONS | PARTS and not endpoint.endswith(".facets_view"):
        assert Texts(answer.text).language == "de", about
    assert english.in_page(answer.text) == set(), about


def is_page(answer: Any) -> bool:
    """Whether it is a page of ours; it is no file and leads nowhere else."""
    found = answer.mimetype == "text/html" and answer.status_code not in {301, 302, 303, 308}
    answer.close()
    return found


@pytest.fixture
def admin(world):
    return world.as_user(make_user("administrator_of_tests", role="administrator"))


def test_the_pages_of_the_console(world, admin, english):
    assert len(english.in_page(admin.get("/admin/survey/").text)) > 10, "an English page is not seen to be one"
    seen = 0
    for rule in rules_of(world.app):
        if "GET" not in rule.methods or rule.endpoint.startswith(("public.", "static", "ckeditor")):
            continue
        answer = admin.get(world.address(rule), headers=GERMAN)
        if is_page(answer):
            check(english, answer, rule)
            seen += 1
    assert seen > 20


def test_what_the_console_says_when_something_is_wrong(world, admin, english):
    for path in ("/admin/nothing", "/admin/survey/details/?id=999999", "/admin/survey/?search=nothing+like+this",
                 "/admin/user/?g1.status=gone", "/admin/survey/?g1.opens_at_from=tomorrow"):  # fmt: skip
        check(english, admin.get(path, headers=GERMAN), path)
    for rule in rules_of(world.app):
        if rule.endpoint.endswith(("create_view", "edit_view")):
            path = world.address(rule)
            wrong = {"email": "x", "title": "", "name": "x" * 999, "status": "gone", "owner": "0", "lock_version": "0"}
            check(english, send(admin, path, wrong, headers=GERMAN), rule)


def test_questions_before_something_is_done(world, admin, english):
    for resource in ("user", "survey", "role"):
        data = {"id": world.ids[resource]}
        check(english, send(admin, f"/admin/{resource}/delete/", data, headers=GERMAN, follow_redirects=True), resource)
    for action in ("open", "pause", "close", "delete"):
        data = {"action": action, "rowid": [world.ids["survey"]]}
        check(english, send(admin, "/admin/survey/action/", data, headers=GERMAN, follow_redirects=True), action)


def test_the_login_page_and_what_it_refuses(world, english):
    client = world.as_nobody()
    check(english, client.get("/login", headers=GERMAN))
    for data in ({}, {"username": "nobody", "password": "wrong"}):
        check(english, send(client, "/login", data, page="/login", headers=GERMAN), data)
    check(english, client.post("/login", data={}, headers=GERMAN))


def test_respondents_read_the_language_of_the_installation(world, english, monkeypatch):
    """Whatever their browser asks for: what surrounds the questions is one language for all."""
    client = world.as_nobody()
    paused, closed = (make_survey(opened=True) for _ in range(2))
    address = f"/s/{world.public_id}"
    assert "Send your answers" in client.get(address, headers=GERMAN).text
    monkeypatch.setitem(fixed_settings(), "language", "de")  # type: ignore[call-overload]
    for path in ("/", address, "/s/nothing", f"/s/{paused.public_id}", f"/s/{closed.public_id}"):
        page = client.get(path).text
        assert english.in_page(page) == set(), path
    key = re.search(r'name="submission_key" value="([^"]+)"', client.get(address).text)
    assert key is not None
    wrong = {"submission_key": key[1], "age": "many", "height": "1,234", "started": "soon", "tools": ["none", "r"],
             "team": "__other", "happy": "perhaps", "habits__remote": "x", "name": "x" * 99}  # fmt: skip
    answer = client.post(address, data=wrong)
    assert answer.status_code == 422
    assert english.in_page(answer.text) == set()
    good = {"submission_key": key[1], "age": "33", "happy": "yes", "team": "dev"}
    assert english.in_page(client.post(address, data=good, follow_redirects=True).text) == set()
