"""Records for tests, made through the operations or straight in the database where that is the point."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.accounts import sessions
from admin_app.accounts.models import Role, RoleAbility, RoleGrant, User, UserStatus
from admin_app.accounts.passwords import hash_password
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM, Scope
from admin_app.replies.models import Reply
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Survey
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from tests.every_type import choices as choices
from tests.every_type import every_type_questionnaire as every_type_questionnaire

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


def builtin_role(name: str) -> Role:
    """The role that the program calls `name`, such as "viewer"."""
    role = db.session.scalar(select(Role).where(Role.builtin == name))
    if role is None:
        with unit_of_work():
            ensure_builtin_roles()
        role = db.session.scalars(select(Role).where(Role.builtin == name)).one()
    return role


def make_role(name: str = "Custom", abilities: str = "", **grants: str) -> Role:
    """A role of one's own: `make_role("Reader", survey="R:all CU:own", abilities="survey.publish")`."""
    role = Role(name=name)
    for resource, text in grants.items():
        for part in text.split():
            letters, _, scope = part.partition(":")
            for letter in letters:
                role.grants.append(RoleGrant(resource=resource, letter=letter, scope=Scope[scope.upper()].value))
    role.ability_rows = [RoleAbility(ability=ability) for ability in abilities.split()]
    with unit_of_work() as session:
        session.add(role)
    return role


def make_user(username: str = "anna", role: str | Role | None = "administrator", **fields: Any) -> User:
    """A user with the password PASSWORD and one role (the name of a built-in one, a Role, or None)."""
    chosen = builtin_role(role) if isinstance(role, str) else role
    values = {
        "username": username,
        "username_key": username.casefold(),
        "email": f"{username}@example.org",
        "email_key": f"{username}@example.org".casefold(),
        "password_hash": password_hash(),
        "status": UserStatus.ACTIVE,
        "roles": [] if chosen is None else [chosen],
        **fields,
    }
    user = User(**values)
    with unit_of_work() as session:
        session.add(user)
    return user


def login(client: FlaskClient, user: User, **visit: Any) -> str:
    """Log `user` in without the work of a password; return the session's token."""
    with unit_of_work():
        token = sessions.start_session(user, **{"hours": 12, **visit})
    with client.session_transaction("/admin/") as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return token


def sample_questionnaire(title: str = "Working here") -> Questionnaire:
    """Ten questions, one of each type, in two sections."""
    often = choices(never="Never", sometimes="Sometimes", often="Often")
    tools = (*choices(python="Python", r="R"), ChoiceSpec("", "none", "None of these", exclusive=True))
    first = (
        QuestionSpec("", "welcome", "statement", "Before you start", description="<p>Take your time.</p>"),
        QuestionSpec("", "name", "text", "Your name", personal=True, settings={"max_length": 80}),
        QuestionSpec("", "age", "integer", "Your age", required=True, settings={"min": 16, "max": 120}),
        QuestionSpec("", "height", "decimal", "Your height in metres", hint="Such as 1.75"),
        QuestionSpec("", "started", "date", "First day here", settings={"min": "1950-01-01"}),
    )
    second = (
        QuestionSpec("", "happy", "yes_no", "Are you happy here?", required=True),
        QuestionSpec("", "team", "single_choice", "Your team", required=True, settings={"other": True},
                     choices=choices(dev="Development", ops="Operations")),
        QuestionSpec("", "tools", "multiple_choice", "Your tools", settings={"other": True}, choices=tools),
        QuestionSpec("", "habits", "matrix_single", "How often do you", choices=often,
                     rows=choices(remote="work from home", late="work late")),
        QuestionSpec("", "comment", "long_text", "What else?"),
    )  # fmt: skip
    sections = (SectionSpec("", "About you", questions=first), SectionSpec("", "Your work", questions=second))
    return Questionnaire(title, "<p>Hello.</p>", "<p>Thank you.</p>", sections=sections)


# A full answer to each question of `sample_questionnaire()`, as it is stored.
SAMPLE_ANSWERS: dict[str, Any] = {
    "name": "Ada",
    "age": 36,
    "height": 1.75,
    "started": "2020-02-29",
    "happy": True,
    "team": "dev",
    "tools": ["python", "r"],
    "habits": {"remote": "often", "late": "never"},
    "comment": "All well.",
}


def make_survey(
    owner: User | None = None,
    *,
    published: bool = False,
    opened: bool = False,
    questionnaire: Questionnaire | None = None,
    **fields: Any,
) -> Survey:
    """A survey, by default a draft of the sample questionnaire; `fields` such as `reply_limit=3` are set afterwards."""
    owner = owner or db.session.scalar(select(User).where(User.username == "owner")) or make_user("owner")
    with unit_of_work():
        survey = surveys.build_survey(questionnaire or sample_questionnaire(), owner=owner, actor=SYSTEM)
    if fields:
        with unit_of_work():
            surveys.update_survey(survey, fields, actor=SYSTEM)
    if published or opened:
        with unit_of_work():
            surveys.publish_survey(survey, actor=SYSTEM)
    if opened:
        with unit_of_work():
            surveys.open_survey(survey, actor=SYSTEM)
    return survey


def make_reply(survey: Survey, answers: dict[str, Any] | None = None, **columns: Any) -> Reply:
    """A stored reply to a published survey, by default with the sample's answers; `columns` such as `test=True`."""
    values = {"survey_id": survey.id, "version_id": survey.current_version_id, "answers": answers or SAMPLE_ANSWERS}
    reply = Reply(**values | columns)
    with unit_of_work() as session:
        session.add(reply)
    return reply
