"""The real survey's replies as files: every figure again by pandas, and what LibreOffice shows."""

from __future__ import annotations

import csv
import json

import openpyxl
import pytest

from tests import pandas_figures
from tests.office import opened
from tests.real.test_netdevops import folder, survey  # noqa: F401 - fixtures


@pytest.fixture
def replies(cli, survey, folder) -> str:  # noqa: F811
    """The survey with its 307 replies."""
    done = cli("reply", "import", survey, folder / "replies-2016.tsv", "--labels", "--unknown", "other")
    assert done.exit_code == 0, done.stderr
    return survey


@pytest.fixture
def export(cli, replies, tmp_path):
    """Export to a file."""

    def take(format_name: str, *options: str):
        path = tmp_path / f"replies.{format_name}"
        done = cli("reply", "export", replies, "--format", format_name, "--out", path, *options)
        assert done.exit_code == 0, done.stderr
        return path

    return take


def test_every_figure_is_the_one_of_pandas(cli, replies, export):
    frame = pandas_figures.read(export("csv", "--per-choice", "--states"))
    results = json.loads(cli("results", replies, "--json").stdout)
    assert len(frame) == 307
    assert pandas_figures.compare(results, frame) > 300


def test_filtered_as_well(cli, replies, export):
    results = json.loads(cli("results", replies, "--json").stdout)
    choice = next(one for one in results["questions"] if one["type"] == "single_choice" and one["choices"][0]["count"])
    code, count = choice["choices"][0]["code"], choice["choices"][0]["count"]
    frame = pandas_figures.read(export("csv", "--states", "--filter", f"{choice['key']}.is.{code}"))
    assert len(frame) == count
    assert set(frame[choice["key"]]) == {code}


def test_libreoffice_opens_the_csv_with_the_right_columns(export, tmp_path):
    path = export("csv", "--labels")
    with path.open(encoding="utf-8-sig", newline="") as file:
        ours = list(csv.reader(file))
    shown = opened(path, tmp_path / "shown", reads="CSV:44,34,76,1")
    assert len(shown) == len(ours) == 308
    assert shown[0] == ours[0]
    texts = [place for place, name in enumerate(ours[0]) if not name.startswith("reply.")]
    for mine, theirs in zip(ours, shown, strict=True):
        # A file of texts says nothing of types: LibreOffice takes the label “1001+” for a number.
        assert [mine[place].rstrip("+") for place in texts] == [theirs[place].rstrip("+") for place in texts]


def test_libreoffice_shows_the_workbook_as_the_csv(export, tmp_path):
    path, beside = export("xlsx", "--labels"), export("csv", "--labels")
    shown = opened(path, tmp_path / "shown")
    with beside.open(encoding="utf-8-sig", newline="") as file:
        ours = list(csv.reader(file))
    texts = [place for place, name in enumerate(ours[0]) if not name.startswith("reply.")]
    # The apostrophe before what looks like a formula is for CSV alone.
    plain = [
        [row[place].removeprefix("'") if row[place][:2] in {"'-", "'="} else row[place] for place in texts]
        for row in ours
    ]
    assert [[row[place] for place in texts] for row in shown] == plain
    sheet = openpyxl.load_workbook(path).active
    assert {type(row[0].value).__name__ for row in sheet.iter_rows(min_row=2, min_col=2, max_col=2)} == {"datetime"}
