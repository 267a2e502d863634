"""The header of an XLSForm sheet: which column holds what, under all the names that are in use for it."""

from __future__ import annotations

from dataclasses import dataclass

from admin_app.surveys.question_types import QUESTION_TYPES

# What XLSForm has no words for stands in columns of ours, which other programs pass over; our own export writes them.
OWN = "canvass_"
_OWN_SETTINGS = {OWN + name for kind in QUESTION_TYPES.values() for name in kind.known_settings}

SURVEY = {
    "type": "type",
    "command": "type",
    "name": "name",
    "tag": "name",
    "value": "name",
    "label": "label",
    "caption": "label",
    "hint": "hint",
    "required": "required",
    "required_message": "required_message",
    "requiredmsg": "required_message",
    "jr:requiredmsg": "required_message",
    "constraint": "constraint",
    "constraint_message": "constraint_message",
    "constraining_message": "constraint_message",
    "jr:constraintmsg": "constraint_message",
    "appearance": "appearance",
    "relevant": "relevant",
    "relevance": "relevant",
    "calculation": "calculation",
    "calculate": "calculation",
    "choice_filter": "choice_filter",
    "default": "default",
    "read_only": "read_only",
    "readonly": "read_only",
    "guidance_hint": "guidance_hint",
    "repeat_count": "repeat_count",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "parameters": "parameters",
    "trigger": "trigger",
    "image": "image",
    "big-image": "image",
    "audio": "audio",
    "video": "video",
    "autoplay": "autoplay",
    "rows": "rows",
    **{name: name for name in (f"{OWN}description", f"{OWN}personal", f"{OWN}code", *sorted(_OWN_SETTINGS))},
}
CHOICES = {
    "list_name": "list_name",
    "name": "name",
    "value": "name",
    "label": "label",
    "caption": "label",
    "image": "image",
    "big-image": "image",
    "audio": "audio",
    "video": "video",
}
SETTINGS = {
    "form_title": "form_title",
    "set_form_title": "form_title",
    "title": "form_title",
    "form_id": "form_id",
    "set_form_id": "form_id",
    "id_string": "form_id",
    "version": "version",
    "default_language": "default_language",
    "allow_choice_duplicates": "allow_choice_duplicates",
    "clean_text_values": "clean_text_values",
    **{name: name for name in (f"{OWN}introduction", f"{OWN}thanks")},
}
# Columns that can stand once for each language.
TEXTS = frozenset({"label", "hint", "guidance_hint", "required_message", "constraint_message"})
MEDIA = frozenset({"image", "audio", "video"})
TRANSLATED = TEXTS | MEDIA
# Prefixes that say where pyxform puts a column; what counts here is the column.
_PREFIXES = frozenset({"bind", "media", "control", "body"})


@dataclass(frozen=True)
class Header:
    """One column: as it is written, the field it stands for (empty when unknown) and the language of its texts."""

    column: int
    written: str
    field: str
    language: str = ""


def read_header(column: int, written: str, known: dict[str, str]) -> Header:
    """Return what a column holds: `label`, `Label::French (fr)`, `bind:jr:constraintMsg`, `media::audio::French`."""
    whole = _snake(written)
    if whole in known:
        return Header(column, written, known[whole])
    tokens = _tokens(written)
    if len(tokens) > 1 and _snake(tokens[0]) in _PREFIXES:
        tokens = tokens[1:]
    field = known.get(_snake(tokens[0]), "")
    language = "::".join(tokens[1:])
    if language and field not in TRANSLATED:
        field = ""
    return Header(column, written, field, language if field else "")


def _tokens(written: str) -> list[str]:
    """Return the parts between double colons, or between single ones, which older files use."""
    if "::" in written:
        return [token.strip() for token in written.split("::")]
    return [token.strip() for token in written.replace("jr:", "jr\0").split(":")] if ":" in written else [written]


def _snake(text: str) -> str:
    return "_".join(text.replace("\0", ":").split()).lower()
