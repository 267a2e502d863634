"""What can be set while the installation runs. Each domain adds its own settings; here is what all of them have.

A value is read by the same rule wherever it comes from: a form, the environment, or a row that an older program wrote.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admin_app.core.registry import Registry
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LISTED = 10


@dataclass(frozen=True)
class SettingGroup:
    """A section of the settings page. Its words are marked, and translated where they are shown."""

    name: str
    heading: str
    lead: str = ""
    # Its place on the page: the lowest first.
    place: int = 0


@dataclass(frozen=True, kw_only=True)
class SettingDefinition(ABC):
    """One setting: where it stands, what it is called and good for, and what it may be."""

    name: str
    group: SettingGroup
    label: str
    help: str
    default: Any
    # What a number counts, such as "hours".
    unit: str = ""

    @property
    def variable(self) -> str:
        """The variable of the environment that fixes this setting."""
        return f"CANVASS_{self.name.upper()}"

    @property
    @abstractmethod
    def demand(self) -> str:
        """What a value must be, for whoever runs the process: the end of "CANVASS_X must be ..."."""

    @abstractmethod
    def expected(self) -> str:
        """Return the sentence that says what to enter."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """Return the value that `text` stands for; raise ValueError with `expected()`."""

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return `value` as it is stored, if it is one of this setting; raise ValueError with `expected()`."""

    def shown(self, value: Any) -> str:
        """Return `value` as people read it."""
        return _("%(value)s %(unit)s", value=value, unit=_(self.unit)) if self.unit else str(value)


@dataclass(frozen=True, kw_only=True)
class WholeNumber(SettingDefinition):
    """A whole number within limits."""

    least: int
    most: int

    @property
    def demand(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def expected(self) -> str:
        return _("Enter a whole number from %(least)s to %(most)s.", least=figure(self.least), most=figure(self.most))

    def parse(self, text: str) -> int:
        text = text.strip()
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise ValueError(self.expected())
        return self.check(int(text))

    def check(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise ValueError(self.expected())
        return value


@dataclass(frozen=True, kw_only=True)
class Line(SettingDefinition):
    """One line of text that is not empty."""

    longest: int

    @property
    def demand(self) -> str:
        return f"one line of 1 to {self.longest} characters"

    def expected(self) -> str:
        return _("Enter one line of 1 to %(most)s characters.", most=self.longest)

    def parse(self, text: str) -> str:
        return self.check(text)

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or _CONTROL.search(value):
            raise ValueError(self.expected())
        text = unicodedata.normalize("NFC", " ".join(value.split()))
        if not 0 < len(text) <= self.longest:
            raise ValueError(self.expected())
        return text


@dataclass(frozen=True, kw_only=True)
class Choice(SettingDefinition):
    """One of a list: `options` returns what is stored, each with its words."""

    options: Callable[[], Mapping[str, str]]

    @property
    def demand(self) -> str:
        codes = list(self.options())
        listed = ", ".join(codes[:_LISTED])
        return f"one of {listed}" + (f" and {len(codes) - _LISTED} others" if len(codes) > _LISTED else "")

    def expected(self) -> str:
        return _("Choose one of the list.")

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.options():
            raise ValueError(self.expected())
        return value

    def shown(self, value: Any) -> str:
        return self.options().get(value, str(value))


SETTINGS_REGISTRY: Registry[SettingDefinition] = Registry("settings")


def add_settings(*definitions: SettingDefinition) -> None:
    """Add the settings of one domain."""
    for definition in definitions:
        SETTINGS_REGISTRY.add(definition.name, definition)
