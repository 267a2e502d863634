"""Search behind lists: by indexes on both databases, by one folding rule, however the rows were written."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from sqlalchemy import delete, inspect, select, text, update

from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.console.base import console_of
from admin_app.console.doctor import check_list_search
from admin_app.core.db import Base, db, unit_of_work
from admin_app.core.search import has_words, searched_columns
from admin_app.core.text import words_of
from admin_app.surveys.models import Question, Section, Survey
from tests import factories


def titles(term: str) -> list[str]:
    """The titles that are found."""
    return sorted(db.session.scalars(select(Survey.title).where(has_words(Survey, term))))


def in_database(words: str) -> str:
    """What the database makes of a text."""
    found: str = db.session.scalar(text("SELECT canvass_words(:words)"), {"words": words})
    return found


def ask(survey: Survey, *labels: str) -> None:
    """Add questions to a survey."""
    with unit_of_work() as session:
        section = Section(survey_id=survey.id, rank="zz")
        session.add(section)
        session.flush()
        for number, label in enumerate(labels):
            session.add(Question(survey_id=survey.id, section_id=section.id, key=f"soup{number}", type="text",
                                 label=label, rank=f"z{number}"))  # fmt: skip


@pytest.fixture
def surveys(app):
    anna = factories.make_user("anna")
    for title in ("Café in Überlingen", "İstanbul ve ILGIN", "STRASSE", "100% of a_b", 'say "hello"', "Πάσχα ЁЛКА"):
        survey = factories.make_survey(owner=anna, title=title)
        # They are searched as well, and begin with any letter.
        with unit_of_work():
            survey.public_id = f"zz{survey.id}"
    return anna


class TestWords:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("CAFE", ["Café in Überlingen"]),
            ("berling", ["Café in Überlingen"]),
            ("ÜBER", ["Café in Überlingen"]),
            ("uber", ["Café in Überlingen"]),
            ("istanbul", ["İstanbul ve ILGIN"]),
            ("ISTANBUL", ["İstanbul ve ILGIN"]),
            ("ılgın", ["İstanbul ve ILGIN"]),
            ("straße", ["STRASSE"]),
            ("πασχα", ["Πάσχα ЁЛКА"]),
            ("елк", ["Πάσχα ЁЛКА"]),
            # One letter or two: the beginning of a word.
            ("u", ["Café in Überlingen"]),
            ("üb", ["Café in Überlingen"]),
            ("be", []),
            ("v", ["İstanbul ve ILGIN"]),
            # What means something to a pattern or to an index means itself here.
            ("100%", ["100% of a_b"]),
            ("%", []),
            ("a_b", ["100% of a_b"]),
            ("axb", []),
            ("___", []),
            ('"hello"', ['say "hello"']),
            ('"" OR ""', []),
            ("hel*", []),
            ("NOT", []),
            ("words:hello", []),
            ("\N{COMBINING DIAERESIS}", []),
            ("x" * 10_000, []),
        ],
    )
    def test_are_found(self, surveys, term, found):
        assert titles(term) == found

    def test_after_a_change_by_whatever_way(self, surveys):
        with unit_of_work() as session:
            session.execute(update(Survey).where(Survey.title == "STRASSE").values(title="Gäßchen"))
        assert titles("strasse") == []
        assert titles("gassch") == ["Gäßchen"]
        with unit_of_work() as session:
            session.execute(text("UPDATE survey SET title = title || ' neu'"))
        assert titles("neu") == sorted(db.session.scalars(select(Survey.title)))
        with unit_of_work() as session:
            session.execute(delete(Survey).where(has_words(Survey, "gassch")))
        assert titles("gassch") == []

    def test_the_two_rules_are_one(self, app):
        """Every letter there is, as Python folds it and as the database does."""
        letters = [
            chr(number)
            for number in range(1, sys.maxunicode + 1)
            if not 0xD800 <= number < 0xE000 and unicodedata.category(chr(number)) not in {"Cn", "Co"}
        ]
        # In pieces: one long text would hide where the two differ.
        for start in range(0, len(letters), 500):
            piece = "x".join(letters[start : start + 500])
            assert in_database(piece) == words_of(piece), hex(ord(letters[start]))


class TestLists:
    def test_every_list_is_searched_by_an_index(self, app):
        """A text that must be read from all rows is no search for many of them."""
        for view in console_of(app)._views:
            # The sample of the tests has no migration.
            fields = () if view.endpoint == "sample" else getattr(view, "_search_fields", None)
            for column, path in fields or ():
                owner = path[-1].property.mapper.class_ if path else view.model
                known = column.key in searched_columns(owner) or view.resource == "reply"
                assert known, f"{view.endpoint}: {column}"

    def test_nothing_that_is_searched_can_be_empty(self, app):
        """Of a text and nothing PostgreSQL makes nothing."""
        for mapper in Base.registry.mappers:
            for name in searched_columns(mapper.class_):
                assert not inspect(mapper.class_).columns[name].nullable

    def test_a_survey_is_found_once_by_its_questions(self, surveys, client):
        survey = factories.make_survey(owner=surveys, title="Lunch")
        ask(survey, *(f"Which gazpacho, {number}?" for number in range(3)))
        factories.login(client, surveys)
        page = client.get("/admin/survey/?search=GAZPACHO").text
        assert page.count(">Lunch</a>") == 1
        assert 'id="list-count">1<' in page
        with unit_of_work() as session:
            session.execute(
                update(Question).where(Question.survey_id == survey.id).values(deleted_at=surveys.created_at)
            )
        assert ">Lunch</a>" not in client.get("/admin/survey/?search=gazpacho").text

    def test_by_questions_only_for_those_who_see_them(self, surveys, client):
        survey = factories.make_survey(owner=surveys, title="Lunch")
        ask(survey, "Which gazpacho?")
        role = factories.make_role("Titles", survey="R:all")
        factories.login(client, factories.make_user("titus", role))
        assert ">Lunch</a>" not in client.get("/admin/survey/?search=gazpacho").text
        assert ">Lunch</a>" in client.get("/admin/survey/?search=lunch").text

    def test_short_words_are_told_what_they_find(self, surveys, client):
        factories.login(client, surveys)
        assert "“üb” is short" in client.get("/admin/survey/?search=üb").text
        assert "is short" not in client.get("/admin/survey/?search=über").text

    def test_the_doctor_names_an_index_that_is_missing(self, app, database):
        assert check_list_search().well
        if database.name == "postgresql":
            with unit_of_work() as session:
                session.execute(text("DROP INDEX ix_role_trigrams"))
            result = check_list_search()
            assert not result.well
            assert "CREATE INDEX ix_role_trigrams ON role USING gin" in result.line
            assert "ix_survey_trigrams" not in result.line
            # What it says to run is all that has to be run.
            command = result.line.partition("run: ")[2]
            with unit_of_work() as session:
                session.execute(text(command))
            assert check_list_search().well

    def test_the_audit_log_by_record_and_by_person(self, surveys, client):
        factories.login(client, surveys)
        with unit_of_work() as session:
            for name, actor in (("Plan for the Äcker", None), ("Something", surveys.id)):
                session.add(AuditEntry(action="survey.update", resource="survey", record_id=1, record_name=name,
                                       actor_id=actor, actor_name="x"))  # fmt: skip
        page = client.get("/admin/audit/?search=acker").text
        assert "Plan for the Äcker" in page
        assert ">Something<" not in page
        page = client.get("/admin/audit/?search=anna").text
        assert "Something" in page
        assert "Plan for the Äcker" not in page


@pytest.mark.parametrize("term", ["gaz", "ga", "gazpacho"])
def test_the_index_is_used(app, database, term):
    """With enough rows the planner takes it by itself."""
    with unit_of_work() as session:
        columns = "username, username_key, email, email_key, name, status, public_id, must_change_password, notes, origin, created_at, updated_at, lock_version"  # noqa: E501
        series = (
            "SELECT value AS n FROM generate_series(1, 20000) AS value"
            if database.name == "postgresql"
            else "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) SELECT n FROM s"
        )
        false = "false" if database.name == "postgresql" else "0"
        session.execute(
            text(
                f"INSERT INTO user_account ({columns}) SELECT 'u' || n, 'u' || n, 'm' || n || '@x', 'm' || n || '@x',"
                f" CASE WHEN n = 77 THEN 'Gazpacho' ELSE 'Name' END, 'new', 'p' || n, {false}, '', 'console',"
                f" CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 1 FROM ({series}) AS many"
            )
        )
    if database.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE user_account"))
    statement = select(User.id).where(has_words(User, term)).order_by(User.id).limit(20)
    assert len(list(db.session.scalars(statement))) == 1
    explain = "EXPLAIN " if database.name == "postgresql" else "EXPLAIN QUERY PLAN "
    compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(str(tuple(row)) for row in db.session.connection().exec_driver_sql(explain + str(compiled)))
    assert ("ix_user_account_trigrams" if database.name == "postgresql" else "search_user_account") in plan
    assert "Seq Scan" not in plan
    assert "SCAN user_account" not in plan
