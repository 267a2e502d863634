"""What an exporter of questionnaires is: it makes a file of one, and says what the file cannot hold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

from admin_app.core.registry import Registry
from admin_app.surveys.importers import Level, Remark
from admin_app.surveys.questionnaire import Questionnaire


@dataclass(frozen=True)
class Exported:
    """A file, and what is to be said beside it: UNSUPPORTED stays behind, NOTE is read by Canvass alone."""

    content: bytes
    remarks: list[Remark] = field(default_factory=list)

    def of(self, level: Level) -> list[Remark]:
        """Return the remarks of one level, in the order of the questionnaire."""
        return [remark for remark in self.remarks if remark.level is level]


class Exporter(ABC):
    """One kind of file. It never touches the database."""

    name: ClassVar[str]
    label: ClassVar[str]
    media_type: ClassVar[str]
    extension: ClassVar[str]

    @abstractmethod
    def write(self, questionnaire: Questionnaire) -> Exported:
        """Return the questionnaire as a file, also one that cannot be published yet."""


EXPORTERS: Registry[Exporter] = Registry("exporters of questionnaires")
