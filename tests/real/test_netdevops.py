"""A real survey with real replies, through the commands, against a count of its own."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter

import pytest
from pyxform.xls2json import parse_file_to_json
from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.surveys.importers import importer_for
from tests.factories import make_user


@pytest.fixture
def folder(data):
    return data / "netdevops"


@pytest.fixture
def survey(cli, folder) -> str:
    """The survey of 2016, open for replies."""
    make_user()
    done = cli("survey", "import", folder / "questions-2016.xlsx", "--publish", "--open")
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()[-1]


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Reply)) or 0


def rows_of(folder) -> list[dict[str, str]]:
    with (folder / "replies-2016.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


class TestReplies:
    def test_without_unknown_exactly_eight_rows_are_reported_and_nothing_is_stored(self, cli, survey, folder):
        for flags in ([], ["--dry-run"]):
            done = cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", *flags)
            assert (done.exit_code, done.stdout) == (1, "")
            *faults, summary, last = done.stderr.splitlines()
            assert len({re.match(r"row (\d+): env_type: ", line)[1] for line in faults}) == len(faults) == 8
            assert summary == "8 rows of 307 cannot be taken: env_type (8)."
            assert last == "Nothing was stored."
            assert stored() == 0

    def test_skipping_the_bad_ones_stores_the_others(self, cli, survey, folder):
        done = cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", "--skip-bad")
        assert (done.exit_code, stored()) == (0, 299)

    def test_with_unknown_all_are_stored_and_the_counts_are_those_of_the_file(self, cli, survey, folder):
        done = cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", "--unknown", "other")
        assert (done.exit_code, done.stderr, stored()) == (0, "", 307)
        results = json.loads(cli("results", survey, "--json").stdout)
        rows = rows_of(folder)
        assert results["replies"] == len(rows) == 307
        compared = sum(compare(question, rows) for question in results["questions"])
        assert compared > 200
        stars = {question["key"]: question["other"] for question in results["questions"]}
        assert stars["env_type"] == 8

    def test_times_are_those_of_the_file(self, cli, survey, folder):
        cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", "--unknown", "other")
        replies = db.session.scalars(select(Reply.submitted_at).order_by(Reply.id))
        ours = [f"{at.month}/{at.day}/{at:%y} {at.hour}:{at:%M}" for at in replies]
        assert ours == [row["Timestamp"] for row in rows_of(folder)]

    def test_every_word_is_somewhere(self, cli, survey, folder):
        """What people wrote is a choice or stands among the "other" words; nothing is gone."""
        cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", "--unknown", "other")
        questions = {one.key: one for one in importer_for(folder / "a.xlsx").read(folder / "questions-2016.xlsx")
                     .questionnaire.questions() if one.type == "multiple_choice"}  # fmt: skip
        answers = list(db.session.scalars(select(Reply.answers).order_by(Reply.id)))
        for row, reply in zip(rows_of(folder), answers, strict=True):
            for key, question in questions.items():
                labels = " ".join(question.labels[code] for code in reply[key] or [])
                kept = words(f"{labels} {reply.get(f'{key}__other', '')}")
                assert words(row[key.replace("_", "-")]) <= kept


def compare(question: dict, rows: list[dict[str, str]]) -> int:
    """Compare one question's counts with the file; return how many were compared."""
    column = question["key"].replace("_", "-")
    if question["type"] == "multiple_choice":
        labels = [choice["label"] for choice in question["choices"]]
        expected = Counter(label for row in rows for label in named(row[column], labels))
        answered = sum(bool(row[column].strip()) for row in rows)
    elif question["type"] == "single_choice":
        labels = {plain(choice["label"]): choice["label"] for choice in question["choices"]}
        expected = Counter(labels.get(plain(row[column])) for row in rows)
        answered = sum(bool(row[column].strip()) for row in rows)
    elif question["rows"]:
        return sum(compare({**one, "key": one["code"], "type": "single_choice", "rows": []}, rows)
                   for one in question["rows"])  # fmt: skip
    else:
        assert question["answered"] == sum(bool(row[column].strip()) for row in rows)
        return 1
    assert question.get("answered", answered) == answered
    for choice in question["choices"]:
        assert choice["count"] == expected[choice["label"]], (question["key"], choice["label"])
    return len(question["choices"])


def named(cell: str, labels: list[str]) -> set[str]:
    """The labels in a cell: each is taken out of the text once, the longest ones first, written out or cut short."""
    text, found = f",{plain(cell)},", set()
    forms = [(plain(label), label) for label in labels] + [(plain(label.split("(")[0]), label) for label in labels]
    for form, label in sorted(forms, key=lambda pair: -len(pair[0])):
        while f",{form}," in text:
            text = text.replace(f",{form},", ",", 1)
            found.add(label)
    return found


def plain(text: str) -> str:
    """Letters and digits that matter in a comparison."""
    text = re.sub(r"\s*,\s*", ",", text.replace("’", "'"))
    return " ".join(text.split()).rstrip(".… ").lower()


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.replace("’", "'").lower()))


class TestQuestionnaires:
    @pytest.mark.parametrize(("name", "questions"), [("questions-2016.xlsx", 20), ("questions-2020.xlsx", 33)])
    def test_they_import_without_force(self, cli, folder, name, questions):
        make_user()
        done = cli("survey", "import", folder / name, "--publish", "--open")
        assert done.exit_code == 0
        assert "unsupported" not in done.stderr
        results = json.loads(cli("results", done.stdout.strip().splitlines()[-1], "--json").stdout)
        assert (len(results["questions"]), results["replies"]) == (questions, 0)

    @pytest.mark.parametrize("name", ["questions-2016.xlsx", "questions-2020.xlsx"])
    def test_they_are_what_pyxform_reads(self, folder, name):
        """The same names, labels, lists and groups as the reference reader finds, which has no cells to report."""
        ours = importer_for(folder / name).read(folder / name).questionnaire
        theirs = parse_file_to_json(str(folder / name), default_name="data")
        assert ours.title == theirs["title"]
        assert [title(section.title) for section in ours.sections] == [
            title(group["label"])
            for group in theirs["children"]
            if group["type"] == "group" and group["name"] != "meta"
        ]
        assert {leaf: kind for question in ours.questions() for leaf, kind in leaves(question)} == {
            leaf: kind for child in theirs["children"] for leaf, kind in their_leaves(child, theirs["choices"])
        }


def leaves(question):
    """((key, label), choices) of everything that takes an answer, tables row by row."""
    options = tuple((choice.code, title(choice.label)) for choice in question.choices)
    for key, label in [(row.code, row.label) for row in question.rows] or [(question.key, question.label)]:
        yield (key, title(label)), (question.type == "multiple_choice", options)


def their_leaves(node, lists):
    if node["type"] == "group":
        for child in node.get("children", []):
            yield from their_leaves(child, lists)
    elif node.get("bind", {}).get("calculate") or node["name"].startswith(("generated", "reserved", "instance")):
        return
    elif not node["name"].endswith("_other") or "relevant" not in node.get("bind", {}):
        # pyxform turns or_other into a choice and a question of their own.
        options = [(one["name"], title(one["label"])) for one in lists.get(node.get("itemset", ""), [])]
        several = node["type"] == "select all that apply"
        yield (
            (node["name"], title(node["label"])),
            (several, tuple(one for one in options if one != ("other", "Other"))),
        )


def title(text) -> str:
    return " ".join(str(text).replace("’", "'").replace("“", '"').replace("”", '"').split())
