"""What an importer is: it reads a file and gives a plain questionnaire with a list of everything worth saying."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from admin_app.core.errors import InvalidError
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _
from admin_app.surveys.questionnaire import Questionnaire


class Level(StrEnum):
    """How grave a remark is."""

    # The file is wrong; it cannot be imported whatever one asks for.
    ERROR = "error"
    # The file says what Canvass cannot do; it is imported without it only when that was asked for.
    UNSUPPORTED = "unsupported"
    # Nothing that respondents see or that staff count is touched.
    NOTE = "note"


@dataclass(frozen=True)
class Remark:
    """One sentence about one place of the file, such as "survey!H7"."""

    level: Level
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"

    @property
    def cell(self) -> tuple[str, str, str]:
        """The sheet, the row and the letters of the column."""
        sheet, _mark, cell = self.place.rpartition("!")
        letters = cell.rstrip("0123456789")
        return sheet, cell[len(letters) :], letters


@dataclass
class Imported:
    """A questionnaire and what was found on the way. With errors among the remarks it must not be used."""

    questionnaire: Questionnaire
    remarks: list[Remark] = field(default_factory=list)

    def of(self, level: Level) -> list[Remark]:
        """Return the remarks of one level, in the order of the file."""
        return [remark for remark in self.remarks if remark.level is level]

    def check(self, name: str, *, force: bool = False) -> list[Remark]:
        """Return what is to be said beside the import; raise InvalidError when there must be none."""
        if errors := self.of(Level.ERROR):
            both = [*errors, *self.of(Level.UNSUPPORTED)]
            raise InvalidError(_listing(_("“%(name)s” was not imported. Nothing was stored.", name=name), both))
        unsupported = self.of(Level.UNSUPPORTED)
        if unsupported and not force:
            advice = _(
                "“%(name)s” was not imported, for it holds what Canvass cannot carry over. Use --force to import the "
                "rest.",
                name=name,
            )
            raise InvalidError(_listing(advice, unsupported))
        return [*unsupported, *self.of(Level.NOTE)]


def _listing(heading: str, remarks: Iterable[Remark]) -> str:
    return "\n".join([heading, *(f"  {remark}" for remark in remarks)])


class Importer(ABC):
    """One kind of file. It never touches the database."""

    name: ClassVar[str]
    label: ClassVar[str]
    # With the dot, in lower case.
    extensions: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, path: Path) -> Imported:
        """Return what stands in the file; raise InvalidError when it cannot be read at all."""


IMPORTERS: Registry[Importer] = Registry("importers")


def importer_for(path: Path) -> Importer:
    """Return the importer for a file by its extension; raise InvalidError when there is none."""
    for importer in IMPORTERS.values():
        if path.suffix.lower() in importer.extensions:
            return importer
    known = ", ".join(sorted(extension for importer in IMPORTERS.values() for extension in importer.extensions))
    raise InvalidError(
        _("“%(name)s” is not a file that can be imported. These can: %(known)s.", name=path.name, known=known)
    )
