"""`canvass survey ...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import joinedload

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.availability import shown_state
from admin_app.surveys.export_cli import export_command
from admin_app.surveys.findings import Finding, Severity, find_problems
from admin_app.surveys.import_cli import import_command
from admin_app.surveys.importers import Level, importer_for
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire, survey_by_public_id, visible_to
from admin_app.surveys.seams import reply_totals
from admin_app.web.locale import in_english

survey_group = AppGroup("survey", help="List, import, export, check, publish, open and close surveys.")
survey_group.add_command(import_command)
survey_group.add_command(export_command)


@survey_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def list_surveys(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """List all surveys, the newest first."""
    known = visible_to(SYSTEM).options(joinedload(Survey.owner), joinedload(Survey.current_version))
    surveys = db.session.scalars(known.order_by(Survey.id.desc())).all()
    totals = reply_totals([survey.id for survey in surveys])
    moment = now()
    if as_json:
        click.echo(json.dumps([_document(survey, totals[survey.id]) for survey in surveys], ensure_ascii=False))
        return
    for survey in surveys:
        state = shown_state(survey, moment)
        click.echo(f"{survey.public_id}  {state:<9}  {totals[survey.id]:>7,}  {survey.title}")


def _document(survey: Survey, replies: int) -> dict[str, object]:
    return {
        "id": survey.public_id,
        "title": survey.title,
        "state": survey.state.value,
        "owner": survey.owner.username,
        "version": survey.current_version.number if survey.current_version else None,
        "listed": survey.listed,
        "anonymous": survey.anonymous,
        "opens_at": survey.opens_at.isoformat() if survey.opens_at else None,
        "closes_at": survey.closes_at.isoformat() if survey.closes_at else None,
        "reply_limit": survey.reply_limit,
        "replies": replies,
    }


@survey_group.command("publish")
@click.argument("survey_id", metavar="ID")
def publish(survey_id: str) -> None:
    """Freeze the draft as the version that is asked from now on."""
    with unit_of_work():
        version = operations.publish_survey(survey_by_public_id(survey_id), actor=SYSTEM)
    click.echo(f"Version {version.number} is published.")


@survey_group.command("open")
@click.argument("survey_id", metavar="ID")
def open_(survey_id: str) -> None:
    """Take replies."""
    with unit_of_work():
        operations.open_survey(survey_by_public_id(survey_id), actor=SYSTEM)
    click.echo("The survey is open.")


@survey_group.command("pause")
@click.argument("survey_id", metavar="ID")
def pause(survey_id: str) -> None:
    """Take no replies for the time being."""
    with unit_of_work():
        operations.pause_survey(survey_by_public_id(survey_id), actor=SYSTEM)
    click.echo("The survey is paused.")


@survey_group.command("close")
@click.argument("survey_id", metavar="ID")
def close(survey_id: str) -> None:
    """Take no replies any more."""
    with unit_of_work():
        operations.close_survey(survey_by_public_id(survey_id), actor=SYSTEM)
    click.echo("The survey is closed.")


@survey_group.command("lint")
@click.argument("target", metavar="FILE|ID")
@in_english
def lint(target: str) -> None:
    """Say what is wrong with a draft, or with a file before it is imported. Exits 1 when there is an error."""
    path = Path(target)
    lines, bad = _lint_file(path) if path.suffix else _lint_draft(target)
    for text in lines:
        click.echo(text)
    if bad:
        sys.exit(1)
    if not lines:
        click.echo("Nothing to complain about.")


def _lint_draft(public_id: str) -> tuple[list[str], bool]:
    return _told(find_problems(draft_questionnaire(survey_by_public_id(public_id))))


def _told(findings: list[Finding]) -> tuple[list[str], bool]:
    bad = any(finding.severity is Severity.ERROR for finding in findings)
    return [f"{finding.severity.value}: {finding}" for finding in findings], bad


def _lint_file(path: Path) -> tuple[list[str], bool]:
    imported = importer_for(path).read(path)
    remarks = [f"{remark.level.value}: {remark}" for remark in imported.remarks]
    lines, bad = _told(find_problems(imported.questionnaire))
    return remarks + lines, bad or bool(imported.of(Level.ERROR))


COMMANDS: list[click.Command] = [survey_group]
