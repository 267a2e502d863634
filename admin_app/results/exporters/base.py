"""What a format of files is: a label, a media type, an extension and an iterator of bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from admin_app.core.registry import Registry


class Exporter(ABC):
    """One format. Instances hold no state; the header and the rows come with every call."""

    name: ClassVar[str]
    label: ClassVar[str]
    media_type: ClassVar[str]
    extension: ClassVar[str]

    @abstractmethod
    def render(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
        """Yield the file in pieces, never holding more than a block of rows.

        A cell is None (no value), a text, a number, a boolean, a moment in UTC, or a list of texts. Text from people
        must come out so that no program which opens the file takes it for a formula.
        """


EXPORTERS: Registry[Exporter] = Registry("exporters")
