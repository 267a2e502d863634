"""The form of a role: its name, the matrix of records and letters, and what it allows beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field, StringField, TextAreaField

from admin_app.accounts.models import RoleGrant
from admin_app.accounts.rights_phrases import phrase_of
from admin_app.accounts.rights_words import LETTER_WORDS, RESOURCE_WORDS, SCOPE_WORDS
from admin_app.accounts.role_checks import Grants, scopes_for
from admin_app.core.permissions import ABILITIES, EVERYTHING, RESOURCES, Actor, Letter, Rights, Scope
from admin_app.web.forms import Form

# In the middle of a label: "Surveys: change".
VERBS: Mapping[Letter, Any] = {
    Letter.CREATE: _("create"),
    Letter.READ: _("see"),
    Letter.UPDATE: _("change"),
    Letter.DELETE: _("delete"),
}
_SEPARATOR = "-"


def scope_word(letter: Letter, offered: Collection[Scope], scope: Scope) -> Any:
    """Return how far a letter reaches, in a word: "yes" for what is created and is nobody's before that."""
    return _("yes") if letter is Letter.CREATE and len(offered) == 1 else SCOPE_WORDS[scope]


@dataclass(frozen=True)
class Option:
    """One choice of a cell."""

    value: str
    label: Any
    chosen: bool
    # Beyond what the actor may do himself.
    beyond: bool


@dataclass(frozen=True)
class Cell:
    """How far one letter reaches on one kind of record."""

    name: str
    label: str
    verb: Any
    options: tuple[Option, ...]

    @property
    def locked(self) -> bool:
        """Whether there is nothing to choose, for the actor may do none of it himself."""
        return all(option.beyond for option in self.options if option.value)

    @property
    def curtailed(self) -> bool:
        """Whether the actor may give some of it, but not all."""
        return not self.locked and any(option.beyond for option in self.options)


class GrantsField(Field):
    """The matrix: a select named `grants-survey-R` in each cell. Its data is {(resource, letter): scope}.

    None where nothing of it was sent, so that a form without a matrix takes nothing away. What was sent is not judged
    here: the operation knows what there is.
    """

    held = Rights()
    kept: Grants = {}

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read the cells from what was sent, else from the role."""
        super().process(None, data, extra_filters)
        if formdata is None:
            return
        prefix = self.name + _SEPARATOR
        sent = {name.removeprefix(prefix): formdata[name] for name in formdata if name.startswith(prefix)}
        self.data = {_key(name): _value(text) for name, text in sent.items()} if sent else None

    def process_data(self, value: Any) -> None:
        """Take the grants of a role as its rows or as a mapping."""
        rows = value or ()
        if not isinstance(rows, Mapping):
            rows = {(row.resource, Letter(row.letter)): Scope(row.scope) for row in rows if isinstance(row, RoleGrant)}
        self.data = dict(rows)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield what a browser sends of the matrix untouched; what cannot be chosen there is not sent."""
        for _resource, cells in self.rows():
            for cell in cells:
                if not cell.locked:
                    yield cell.name, next(option.value for option in cell.options if option.chosen)

    def words(self) -> str:
        """Return what the matrix allows, one kind of record a line."""
        lines = []
        for resource, cells in self.rows():
            reaches = [
                gettext("%(what)s: %(reach)s", what=cell.verb, reach=option.label)
                for cell in cells
                for option in cell.options
                if option.chosen and option.value
            ]
            if reaches:
                lines.append(gettext("%(records)s – %(what)s", records=resource, what=", ".join(reaches)))
        return "\n".join(lines)

    def curtailed(self) -> bool:
        """Whether there is anything that the actor may not give."""
        return not self.held.covers(EVERYTHING)

    def rows(self) -> Iterator[tuple[Any, list[Cell]]]:
        """Yield each kind of record with its cells."""
        for resource in RESOURCES:
            yield RESOURCE_WORDS[resource], [self._cell(resource, letter) for letter in Letter]

    def _cell(self, resource: str, letter: Letter) -> Cell:
        scopes = scopes_for(resource, letter)
        kept, chosen = self.kept.get((resource, letter)), (self.data or {}).get((resource, letter))
        offered = sorted({*scopes, kept} - {None}) if kept else list(scopes)
        held = self.held.grants.get((resource, letter), 0)
        if chosen not in offered or chosen > held:
            # A forged one: nothing can be chosen there, so it could not be taken back either.
            chosen = None
        options = [Option("", _("no"), chosen is None, beyond=False)]
        options += [
            Option(str(scope.value), scope_word(letter, offered, scope), chosen == scope, beyond=scope > held)
            for scope in offered
        ]
        label = gettext("%(records)s: %(what)s", records=RESOURCE_WORDS[resource], what=VERBS[letter])
        return Cell(_SEPARATOR.join((self.name, resource, letter)), label, LETTER_WORDS[letter], tuple(options))


def _key(name: str) -> tuple[str, str]:
    resource, _dash, letter = name.rpartition(_SEPARATOR)
    return resource, letter


def _value(text: str) -> Any:
    """Return the scope that a select sent, None for none; what no select sends goes on as it is, to be refused."""
    if not text:
        return None
    return int(text) if text in {"1", "2", "3"} else text


@dataclass(frozen=True)
class AbilityBox:
    """A box for one ability."""

    name: str
    sentence: str
    # The letter without which it does nothing, in words; empty where it stands for itself.
    needs: str
    checked: bool
    beyond: bool


class AbilitiesField(Field):
    """A box for each ability; its data are the names of those that are checked."""

    held = Rights()

    def process_data(self, value: Any) -> None:
        """Take the names that a role holds."""
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the names that were checked; what is no ability is refused by the operation."""
        self.data = list(valuelist)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield what a browser sends of the boxes untouched."""
        return ((self.name, box.name) for box in self.boxes() if box.checked and not box.beyond)

    def words(self) -> str:
        """Return what the boxes allow, one a line."""
        return "\n".join(box.sentence for box in self.boxes() if box.checked)

    def boxes(self) -> Iterator[AbilityBox]:
        """Yield a box for each ability."""
        for name, ability in ABILITIES.items():
            needs = phrase_of((ability.resource, ability.letter)) if ability.resource else ""
            yield AbilityBox(
                name, gettext(ability.sentence), needs, name in self.data, beyond=name not in self.held.abilities
            )


class RoleForm(Form):
    """A role, as somebody with the right makes and changes it."""

    name = StringField(_("Name"), description=_("Such as “Survey desk”. Everybody who gives roles reads it."))
    description = TextAreaField(
        _("What it is for"),
        description=_("In a sentence, for whoever chooses between roles."),
        render_kw={"rows": 2},
    )
    grants = GrantsField(_("What it allows"))
    abilities = AbilitiesField(_("Further rights"))


def fit_role_form(form: RoleForm, rights: Rights, *, actor: Actor) -> None:
    """Let the form offer what `actor` may give; `rights` are what the role allows now."""
    form.grants.held = form.abilities.held = actor.rights
    form.grants.kept = rights.grants


def role_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form sent, for the operation; without the matrix nothing is said of rights at all."""
    if data.get("grants") is not None:
        return dict(data)
    return {name: value for name, value in data.items() if name not in {"grants", "abilities"}}
