"""The page on which the columns of a file of replies are put to questions: what it shows, and what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict

from admin_app.core.errors import InvalidError
from admin_app.core.text import excerpt, shorten
from admin_app.replies.importer_columns import ABOUT_REPLIES, ColumnNames, other_column
from admin_app.replies.importer_file import ENCODINGS, UTF_8, WINDOWS
from admin_app.replies.importer_plan import DATE_ORDERS, Plan, samples
from admin_app.replies.importer_tables import Table
from admin_app.replies.upload_reading import UploadedReplies
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import clean_text
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# Beyond these nobody chooses from lists, and browsers get slow.
MOST_COLUMNS, MOST_OPTIONS = 1_000, 100_000

_ABOUT = dict(
    zip(
        ABOUT_REPLIES,
        (
            lazy_gettext("Sent"),
            lazy_gettext("Form opened"),
            lazy_gettext("Language"),
            lazy_gettext("Kind"),
            lazy_gettext("Test"),
            lazy_gettext("Review"),
        ),
        strict=True,
    )
)
WRITTEN = {
    UTF_8: lazy_gettext("UTF-8"),
    "utf-8-sig": lazy_gettext("UTF-8, with a byte order mark"),
    "utf-16": lazy_gettext("UTF-16, by its byte order mark"),
    WINDOWS: lazy_gettext("Windows-1252"),
}
DIVIDED = {",": lazy_gettext("Comma"), ";": lazy_gettext("Semicolon"), "\t": lazy_gettext("Tab")}

Group = tuple[str, list[tuple[str, str]]]


@dataclass
class Chosen:
    """What a form says: the plan, and what is wrong with it by the name of its field ("" for the whole)."""

    plan: Plan
    faults: dict[str, str] = field(default_factory=dict)


def read_form(form: MultiDict[str, str], uploaded: UploadedReplies) -> Chosen:
    """Return what was chosen for the columns; a target that the survey does not have is a fault."""
    table, names = uploaded.table, uploaded.names
    targets = tuple(form.get(f"target-{index}", "") for index in range(len(table.header)))
    chosen = Chosen(
        replace(
            uploaded.plan,
            targets=targets,
            labels=form.get("cells") == "labels",
            keep_unknown=form.get("unknown") == "keep",
            dates=form.get("dates", "") if form.get("dates", "") in DATE_ORDERS else "",
        )
    )
    for name in form:
        number = name.removeprefix("target-")
        if name.startswith("target-") and not (number.isdecimal() and int(number) < len(targets)):
            chosen.faults[""] = gettext(
                "The file has no column “%(name)s”. Look at the columns again.", name=excerpt(number)
            )
    for index, target in enumerate(targets):
        if target and not names.is_target(target):
            chosen.faults[f"target-{index}"] = gettext(
                "The survey asks nothing with the key “%(key)s” any more. Choose again.",
                key=excerpt(clean_text(target)),
            )
    if form.get("version") != str(uploaded.version.id):
        chosen.faults[""] = gettext("A new version was published meanwhile. Look at the columns again.")
    return chosen


def check_columns(chosen: Chosen, table: Table, names: ColumnNames) -> None:
    """Add to the faults what is wrong with the columns together."""
    try:
        names.find(table.header, dict(enumerate(chosen.plan.targets)))
    except InvalidError as error:
        for index in error.fields:
            target = chosen.plan.targets[int(index)]
            first = chosen.plan.targets.index(target) + 1
            sentence = gettext("Column %(number)s goes there already. Choose one of the two.", number=first)
            chosen.faults.setdefault(f"target-{index}", sentence)
        if not error.fields and not chosen.faults:
            chosen.faults[""] = gettext("No column belongs to a question. Choose one for at least one column.")


def read_encoding(form: MultiDict[str, str], plan: Plan) -> Plan:
    """Return the plan with how the file is read at all, as the form says."""
    encoding = form.get("encoding", plan.encoding)
    return Plan(encoding=encoding if encoding in ENCODINGS else UTF_8, sheet=form.get("sheet", "")[:100])


def fit_plan(plan: Plan, table: Table, names: ColumnNames) -> Plan:
    """Return the plan without targets that the survey does not have any more."""
    kept = [target if not target or names.is_target(target) else "" for target in plan.targets]
    # A file does not change; a plan that was made before it could be read has no targets.
    return replace(plan, targets=tuple(kept[: len(table.header)] + [""] * (len(table.header) - len(kept))))


def column_values(uploaded: UploadedReplies, chosen: Chosen) -> dict[str, Any]:
    """Return what the page shows of a file that can be read; InvalidError for one with too many columns for a page."""
    table, groups = uploaded.table, target_groups(uploaded.questionnaire)
    number = len(table.header)
    if number > MOST_COLUMNS or number * sum(len(options) for _title, options in groups) > MOST_OPTIONS:
        raise InvalidError(
            gettext(
                "The file has %(number)s columns, too many for a page. Name them by the keys of the questions, and "
                "import the file by the command line.",
                number=number,
            )
        )
    return {
        "columns": [
            {
                "number": index + 1,
                "header": clean_text(header),
                "samples": [shorten(text, 60) for text in seen],
                "target": chosen.plan.targets[index],
                "fault": chosen.faults.get(f"target-{index}"),
            }
            for index, (header, seen) in enumerate(zip(table.header, samples(table), strict=True))
        ],
        "groups": groups,
        "missing": missing_required(uploaded.questionnaire, chosen.plan),
        "written": WRITTEN.get(table.encoding),
        "divided": DIVIDED.get(table.delimiter),
        "sheets": table.sheets,
        "sheet": table.sheet,
    }


def target_groups(questionnaire: Questionnaire) -> list[Group]:
    """Return where a column can be put, by sections, with the words for it."""
    groups: list[Group] = [
        (
            section.title or gettext("Section %(number)s", number=number),
            [one for question in section.questions for one in _targets_of(question)],
        )
        for number, section in enumerate(questionnaire.sections, 1)
    ]
    about = (gettext("About the reply"), [(name, str(words)) for name, words in _ABOUT.items()])
    return [about, *((title, options) for title, options in groups if options)]


def _targets_of(question: QuestionSpec) -> list[tuple[str, str]]:
    kind = QUESTION_TYPES[question.type]
    label = shorten(question.label, 60)
    rows = {question.row_key(row): row.label for row in question.rows} if kind.has_rows else {}
    found = []
    for name in dict.fromkeys([*kind.field_names(question), *filter(None, [other_column(question)])]):
        if name in rows:
            # What differs comes first: a list shows the beginning.
            words = gettext("%(row)s – %(question)s", question=label, row=shorten(rows[name], 40))
        elif name == question.other_key:
            words = gettext("%(question)s (other)", question=label)
        else:
            words = label
        found.append((name, words))
    return found


def missing_required(questionnaire: Questionnaire, plan: Plan) -> list[str]:
    """Return the required questions that no column goes to."""
    placed = Counter(plan.targets)
    return [
        shorten(question.label, 80)
        for question in questionnaire.questions()
        if question.required and not any(placed[name] for name in QUESTION_TYPES[question.type].field_names(question))
    ]


def words_of_columns(questionnaire: Questionnaire) -> Mapping[str, str]:
    """Return the words for every place of a column."""
    return {name: words for _title, options in target_groups(questionnaire) for name, words in options}
