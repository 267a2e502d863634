"""The roles that come with the program, as data. A role names what it reaches as `letters:scope` for each resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from admin_app.core.permissions import ABILITIES, EVERYTHING, Letter, Scope
from admin_app.core.words import mark

ADMINISTRATOR = "administrator"
OWN_SURVEYS = "own_surveys"


@dataclass(frozen=True)
class BuiltinRole:
    """A role of the program: its stored name, what people read (marked), and what it grants."""

    builtin: str
    name: str
    description: str
    grants: Mapping[tuple[str, Letter], Scope]
    abilities: frozenset[str] = field(default_factory=frozenset)


def _spelled(**resources: str) -> Iterator[tuple[tuple[str, Letter], Scope]]:
    """Yield grants from texts such as `survey="CR:all U:shared"`."""
    for resource, text in resources.items():
        for part in text.split():
            letters, _, scope = part.partition(":")
            for letter in letters:
                yield (resource, Letter(letter)), Scope[scope.upper()]


def _role(builtin: str, name: str, description: str, abilities: str = "", **resources: str) -> BuiltinRole:
    return BuiltinRole(builtin, name, description, dict(_spelled(**resources)), frozenset(abilities.split()))


BUILTIN_ROLES: tuple[BuiltinRole, ...] = (
    BuiltinRole(
        ADMINISTRATOR,
        mark("Administrator"),
        mark("Everything, including users, roles and settings."),
        EVERYTHING.grants,
        frozenset(ABILITIES),
    ),
    _role(
        "survey_manager",
        mark("Survey manager"),
        mark("All surveys and their replies, whoever owns them."),
        "survey.publish survey.share reply.export reply.personal_data reply.free_text reply.edit_answers "
        "record.restore",
        user="R:all",
        role="R:all",
        survey="CRUD:all",
        question="CRUD:all",
        reply="CRUD:all",
        invitation="CRUD:all",
        view="C:all R:shared UD:own",
        media="CRUD:all",
    ),
    _role(
        OWN_SURVEYS,
        mark("Own surveys"),
        mark("Makes surveys and works on these and on what others share; sees nothing else."),
        "survey.publish survey.share reply.export reply.personal_data reply.free_text",
        # Whoever shares a survey has to find the person to share it with.
        user="R:all",
        role="R:all",
        survey="C:all RU:shared D:own",
        question="CRUD:shared",
        reply="CD:own R:shared U:shared",
        invitation="CUD:own R:shared",
        view="C:all R:shared UD:own",
        media="C:all R:shared UD:own",
    ),
    _role(
        "editor",
        mark("Editor (shared)"),
        mark("Works on surveys that others share for editing; neither makes nor publishes them."),
        "reply.free_text",
        survey="RU:shared",
        question="CRUD:shared",
        reply="R:shared",
        view="C:all R:shared UD:own",
        media="C:all R:shared UD:own",
    ),
    _role(
        "analyst",
        mark("Analyst"),
        mark("Reads all surveys and replies and downloads them; personal answers stay hidden."),
        "reply.export reply.free_text",
        survey="R:all",
        question="R:all",
        reply="R:all",
        view="C:all R:shared UD:own",
        media="R:all",
    ),
    _role(
        "viewer",
        mark("Viewer"),
        mark("Reads all surveys and counts; what people wrote and personal answers stay hidden."),
        survey="R:all",
        question="R:all",
        reply="R:all",
        view="C:all R:shared UD:own",
        media="R:all",
    ),
    _role(
        "data_protection_officer",
        mark("Data protection officer"),
        mark("Finds, downloads and erases what is stored about a person, and reads the audit log."),
        "reply.export reply.personal_data reply.free_text record.restore record.purge",
        user="R:all",
        role="R:all",
        survey="R:all",
        question="R:all",
        reply="RD:all",
        invitation="RD:all",
        view="C:all R:shared UD:own",
        media="R:all",
        audit="R:all",
    ),
)
