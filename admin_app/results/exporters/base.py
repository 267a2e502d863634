"""What a format of files is: a label, a media type, an extension and an iterator of bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from admin_app.core.registry import Registry

Cells = Sequence[Any]
# Rows that are written at a time. Each column of a block is looked at as a whole, which is much faster than each cell.
BLOCK_ROWS = 250


@dataclass(frozen=True)
class Table:
    """A header, and rows that are read while they are taken.

    A cell is None (no value), a text, a number, a boolean, a moment in UTC, or a list of texts. `moments` names the
    columns, by their place, whose texts are days or times: "date", "time" or "datetime".
    """

    header: Sequence[str]
    rows: Iterable[Cells]
    moments: Sequence[str] = ()

    def blocks(self) -> Iterator[list[Cells]]:
        """Yield the rows, some at a time."""
        rows = iter(self.rows)
        while block := list(islice(rows, BLOCK_ROWS)):
            yield block


class Exporter(ABC):
    """One format. Instances hold no state; the table comes with every call."""

    name: ClassVar[str]
    label: ClassVar[str]
    media_type: ClassVar[str]
    extension: ClassVar[str]
    # As many cells are written in a few seconds: a file with more of them is made in the background.
    cells_at_once: ClassVar[int]
    # No program reads a file with more; None for no limit.
    most_columns: ClassVar[int | None] = None

    @abstractmethod
    def render(self, table: Table) -> Generator[bytes, None, None]:
        """Yield the file in pieces, never holding more than a block of rows.

        Text from people must come out so that no program which opens the file takes it for a formula.
        """


def kinds_of(column: Sequence[Any]) -> set[type]:
    """Return the types of the values that are there in a column."""
    return set(map(type, column)) - {type(None)}


def each_once(write: Callable[[Any], Any], column: Sequence[Any]) -> dict[Any, Any]:
    """Return what `write` makes of each different value: there are few where one chooses.

    All are of one type, which a set takes.
    """
    return {value: write(value) for value in set(column)}


EXPORTERS: Registry[Exporter] = Registry("exporters")
