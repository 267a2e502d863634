"""`canvass results` and `canvass reply export`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask.cli import with_appcontext

from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.files import whole_file
from admin_app.core.permissions import SYSTEM
from admin_app.replies.cli import reply_group
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters import EXPORTERS
from admin_app.results.operations import export_replies
from admin_app.results.queries import QuestionResult, Results, summarise
from admin_app.surveys.queries import survey_by_public_id
from admin_app.surveys.question_types.base import Count


@click.command("results")
@click.argument("survey_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON document.")
@with_appcontext
def results_command(survey_id: str, *, as_json: bool) -> None:
    """Print what the replies to a survey say."""
    results = summarise(survey_by_public_id(survey_id))
    if as_json:
        click.echo(json.dumps(results.to_document(), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        click.echo("\n".join(_report(results)))


def _report(results: Results) -> Iterator[str]:
    noun = "reply" if results.replies == 1 else "replies"
    yield f"{results.survey.title}: {results.replies} {noun}"
    for result in results.questions:
        yield from _question(result)


def _question(result: QuestionResult) -> Iterator[str]:
    question, summary = result.question, result.summary
    yield ""
    yield f"{question.key}: {question.label}" + (" (retired)" if result.retired else "")
    yield f"  answered {summary.answered}, skipped {summary.skipped}, not shown {summary.not_shown}"
    yield from _counts(summary.choices, "  ")
    if summary.other:
        yield f"  {summary.other:>7}  (other)"
    for row in summary.rows:
        yield f"  {row.label}"
        yield from _counts(row.choices, "    ")
    yield from (f"  {name}: {value}" for name, value in summary.stats.items() if value is not None)


def _counts(choices: list[Count], indent: str) -> Iterator[str]:
    yield from (f"{indent}{choice.count:>7}  {choice.label}" for choice in choices)


@click.command("export")
@click.argument("survey_id", metavar="ID")
@click.option("--format", "format_name", type=click.Choice(list(EXPORTERS)), required=True, help="Format of the file.")
@click.option("--labels", is_flag=True, help="Write the labels of choices in place of their codes.")
@click.option("--per-choice", is_flag=True, help="Write a column for each choice where several can be taken.")
@click.option("--states", is_flag=True, help="Write [skipped] and [not shown] in place of an empty cell.")
@click.option("--column", "columns", multiple=True, help="A question's key, or a fact such as reply.tags; repeatable.")
@click.option("--filter", "filters", multiple=True, metavar="TOKEN", help="As in the results' address; repeatable.")
@click.option("--zone", default="UTC", show_default=True, help="Where the days of filters begin.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; standard output without it.")
@with_appcontext
def export_command(survey_id: str, *, out: Path | None, **options: Any) -> None:
    """Write the replies that count to a file, one row each."""
    plan = _plan(**options)
    if out is None and _is_terminal() and not plan.exporter.media_type.startswith("text/"):
        raise InvalidError("A terminal cannot show such a file. Name one with --out.")
    with unit_of_work():
        table = export_replies(survey_by_public_id(survey_id), plan, actor=SYSTEM)
    with _opened(out) as file, closing(plan.exporter.render(table)) as pieces:
        for piece in pieces:
            file.write(piece)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _plan(*, format_name: str, columns: tuple[str, ...], **options: Any) -> ExportPlan:
    return ExportPlan(format=format_name, columns=columns or None, **options)


def _opened(path: Path | None) -> AbstractContextManager[BinaryIO]:
    """Return standard output, or a new file that takes the name `path` only when it is whole."""
    return nullcontext(sys.stdout.buffer) if path is None else whole_file(path)


reply_group.add_command(export_command)

COMMANDS: list[click.Command] = [results_command]
