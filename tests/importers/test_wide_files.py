"""A file with a million columns is refused with one sentence, not with a million."""

from __future__ import annotations

import pytest

from admin_app.core.errors import InvalidError
from admin_app.replies.importer_file import MAX_COLUMNS, DelimitedFile


@pytest.mark.parametrize(
    "header", [",".join(f"c{number}" for number in range(MAX_COLUMNS + 1)), "a" + "," * MAX_COLUMNS]
)
def test_too_many_columns(tmp_path, header):
    path = tmp_path / "wide.csv"
    path.write_text(f"{header}\nx\n", encoding="utf-8")
    with pytest.raises(InvalidError, match=r"has 10,001 columns") as caught:
        DelimitedFile(path, known=lambda _: False)
    assert len(caught.value.message) < 200


def test_as_many_as_there_may_be(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{number}" for number in range(MAX_COLUMNS)), encoding="utf-8")
    assert len(DelimitedFile(path, known=lambda _: False).header) == MAX_COLUMNS
