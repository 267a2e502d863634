"""Files of replies, read for a questionnaire; nothing here touches a database."""

from __future__ import annotations

import datetime as dt

import pytest

from admin_app.core.errors import InvalidError
from admin_app.core.formulas import disarm, restore
from admin_app.replies.importer import ReplyFile
from admin_app.replies.importer_report import ImportReport
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.factories import choices
from tests.importers.reply_files import open_replies

COLOURS = choices(r="Red (dark, light)", g="Green", b="Blue, sea")
OFTEN = choices(n="Never", o="Often")
QUESTIONNAIRE = Questionnaire(
    "Things",
    language="de",
    sections=(
        SectionSpec(
            "",
            "One",
            questions=(
                QuestionSpec("", "intro", "statement", "Hello"),
                QuestionSpec("", "name", "text", "Name", required=True, settings={"max_length": 20}),
                QuestionSpec("", "age", "integer", "Age", settings={"min": 16}),
                QuestionSpec("", "born", "date", "Born"),
                QuestionSpec("", "glad", "yes_no", "Glad?"),
                QuestionSpec("", "one", "single_choice", "One", choices=COLOURS, settings={"other": True}),
                QuestionSpec("", "strict", "single_choice", "Strict", choices=COLOURS),
                QuestionSpec("", "many", "multiple_choice", "Many", choices=COLOURS, settings={"other": True}),
                QuestionSpec("", "few", "multiple_choice", "Few", choices=COLOURS),
                QuestionSpec(
                    "", "grid", "matrix_single", "Grid", choices=OFTEN, rows=choices(cats="Cats", dogs="Dogs")
                ),
                QuestionSpec("", "net", "matrix_single", "Net", choices=OFTEN, rows=choices(dogs="Dogs", owls="Owls")),
            ),
        ),
    ),
)


@pytest.fixture
def file(tmp_path):
    """Write a file of replies and open it."""

    def make(text: str | bytes, *, name: str = "replies.csv", day_first: bool | None = None, **options) -> ReplyFile:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return open_replies(path, QUESTIONNAIRE, day_first=day_first, **options)

    return make


def answers(file: ReplyFile) -> list[dict]:
    report = ImportReport()
    found = [record["answers"] for record in file.records(report)]
    assert report.faults == []
    return found


def faults(file: ReplyFile) -> list[str]:
    return file.check().faults


class TestColumns:
    @pytest.mark.parametrize("header", ["grid__cats", "cats", "GRID__CATS", "Cats"])
    def test_a_row_of_a_table(self, file, header):
        assert answers(file(f"{header}\no\n")) == [{"grid": {"cats": "o"}}]

    def test_a_row_that_two_tables_have_needs_the_key(self, file):
        assert answers(file("net__dogs\no\n")) == [{"net": {"dogs": "o"}}]
        with pytest.raises(InvalidError, match="the column “dogs” belongs to no question"):
            file("dogs\no\n")

    def test_a_key_wins_over_a_row(self, tmp_path):
        rows = choices(age="Age")
        questions = (
            QuestionSpec("", "age", "integer", "Age"),
            QuestionSpec("", "grid", "matrix_single", "G", choices=OFTEN, rows=rows),
        )
        path = tmp_path / "a.csv"
        path.write_text("age\n5\n")
        survey = Questionnaire("T", sections=(SectionSpec("", "S", questions=questions),))
        assert answers(open_replies(path, survey)) == [{"age": 5}]

    def test_hyphens_and_case_do_not_matter(self, tmp_path):
        questions = (QuestionSpec("", "first_name", "text", "Name"),)
        path = tmp_path / "a.csv"
        path.write_text("First-NAME\nAda\n")
        survey = Questionnaire("T", sections=(SectionSpec("", "S", questions=questions),))
        assert answers(open_replies(path, survey)) == [{"first_name": "Ada"}]

    def test_all_that_belong_to_no_question_are_named(self, file):
        with pytest.raises(InvalidError) as refused:
            file("name,foo,intro,name__other,bar\nAda,1,2,3,4\n")
        for name in ("foo", "intro", "name__other", "bar"):
            assert f"the column “{name}” belongs to no question." in refused.value.message

    def test_two_columns_for_one_thing(self, file):
        with pytest.raises(InvalidError, match=r"the columns “cats” and “grid__cats” \(number 2 and 3\) mean the same"):
            file("name,cats,grid__cats\nAda,o,o\n")

    def test_two_time_columns(self, file):
        with pytest.raises(InvalidError, match="the column “date” belongs to no question"):
            file("name,date,timestamp\nAda,,\n")

    def test_no_column_of_a_question(self, file):
        with pytest.raises(InvalidError, match="No column belongs to a question"):
            file("Ada,Bob\n1,2\n")

    def test_what_has_no_column_was_not_shown(self, file):
        one = file("name\nAda\n")
        assert answers(one) == [{"name": "Ada"}]
        assert one.check().missing == ["age", "born", "glad", "one", "strict", "many", "few", "grid", "net"]

    def test_an_empty_cell_was_skipped_even_where_an_answer_is_required(self, file):
        header = "name,age,born,glad,one,many,cats"
        assert answers(file(f"{header}\n,1{6},,,,,\n")) == [
            {"name": None, "age": 16, "born": None, "glad": None, "one": None, "many": None, "grid": None}
        ]

    def test_a_column_without_a_header_must_be_empty(self, file):
        assert faults(file("name,\nAda,\nBob,x\n")) == [
            "row 3: cells: there is something in column 2, which has no header."
        ]


class TestFiles:
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_each_delimiter(self, file, delimiter):
        text = delimiter.join(["name", "many"]) + "\n" + delimiter.join(["Ada", '"r,g"']) + "\n"
        assert answers(file(text)) == [{"name": "Ada", "many": ["r", "g"]}]

    def test_a_byte_order_mark(self, file):
        assert answers(file("\ufeffname\r\nÅsa\r\n".encode())) == [{"name": "Åsa"}]

    def test_lines_in_cells_and_empty_rows(self, file):
        one = file('name,age\n\n"A\nB",20\n,\n\nC,30\n')
        assert answers(one) == [{"name": "A\nB", "age": 20}, {"name": "C", "age": 30}]
        assert one.check().rows == 2

    def test_rows_are_numbered_as_in_a_spreadsheet(self, file):
        assert faults(file('name,age\n"A\nB",20\n\nC,x\n')) == [
            "row 4: age: “x”: Write a whole number in digits only, such as 42."
        ]

    @pytest.mark.parametrize("cells", ["Ada", "Ada,20,30"])
    def test_another_number_of_cells(self, file, cells):
        (line,) = faults(file(f"name,age\n{cells}\n"))
        number = cells.count(",") + 1
        assert line == f"row 2: cells: the row has {number} cell{'' if number == 1 else 's'}, the header 2."

    def test_another_encoding_names_the_line(self, file):
        with pytest.raises(InvalidError, match=r"line 3 of “replies.csv” is not UTF-8 \(byte 0xe9\)"):
            file("name\nAda\nRené\n".encode("latin-1"))

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_by_its_mark(self, file, codec):
        mark = "" if codec == "utf-16" else "\ufeff"
        assert answers(file(f"{mark}name\nÅsa\n".encode(codec))) == [{"name": "Åsa"}]

    @pytest.mark.parametrize("text", [b"\xff\xfen\0a\0m\0e\0\n\0\x00\xd8\n\0", b"\xff\xfen"])
    def test_broken_utf_16(self, file, text):
        with pytest.raises(InvalidError, match="begins as UTF-16 does, and is not"):
            file(text)

    def test_windows_1252_where_somebody_said_so(self, file):
        assert answers(file("name\nRené\n".encode("cp1252"), encoding="windows-1252")) == [{"name": "René"}]
        with pytest.raises(InvalidError, match=r"line 2 of “replies.csv” is not Windows-1252 \(byte 0x81\)"):
            file(b"name\nRen\x81\n", encoding="windows-1252")

    def test_a_mark_is_believed_before_what_somebody_said(self, file):
        assert answers(file("\ufeffname\nRené\n".encode(), encoding="windows-1252")) == [{"name": "René"}]

    @pytest.mark.parametrize("text", ["", "\n", ",,\n1,2,3\n"])
    def test_no_header(self, file, text):
        with pytest.raises(InvalidError, match="is empty"):
            file(text)

    def test_an_open_quote_names_the_row(self, file):
        with pytest.raises(InvalidError, match=r"row 1 of “replies.csv” cannot be read"):
            file('"name')
        with pytest.raises(InvalidError, match=r"row 3 of “replies.csv” cannot be read"):
            file('name\nAda\n"Bob\nCarl\n').check()

    def test_control_characters_and_formulas(self, file):
        assert answers(file("name\nA\0da\n'=1+1\n'-5\n'tis\n")) == [
            {"name": "Ada"}, {"name": "=1+1"}, {"name": "'-5"}, {"name": "'tis"},
        ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "a", "=1", "'=1", "''=1", "-5", "'-5", " =1", "\t", "@x", "“=1", "'", "''", "＝1"]
)
def test_what_was_disarmed_is_restored(text):
    assert restore(disarm(text)) == text


class TestCodes:
    def test_each_type(self, file):
        header = "name,age,born,glad,one,strict,many,few,cats,net__dogs,owls"
        assert answers(file(f"{header}\nAda,36,1990-12-10,yes,g,b,r; g,b r,o,n,\n")) == [
            {
                "name": "Ada",
                "age": 36,
                "born": "1990-12-10",
                "glad": True,
                "one": "g",
                "strict": "b",
                "many": ["r", "g"],
                "few": ["r", "b"],
                "grid": {"cats": "o"},
                "net": {"dogs": "n"},
            }
        ]

    def test_other(self, file):
        assert answers(file("one,one__other,many,many__other\n,Pink,r,Pink\n,,,Grey\ng,,b,\n")) == [
            {"one": None, "one__other": "Pink", "many": ["r"], "many__other": "Pink"},
            {"one": None, "many": [], "many__other": "Grey"},
            {"one": "g", "many": ["b"]},
        ]

    @pytest.mark.parametrize(
        ("header", "cell", "line"),
        [
            ("name", "x" * 21, "row 2: name: “xxxxxxxxxxxxxxxxxxxxx”: Use at most 20 characters; this has 21."),
            ("age", "15", "row 2: age: “15”: The number must be 16 or more."),
            ("born", "10/12/1990", "row 2: born: “10/12/1990”: Give a day of the calendar as year-month-day"),
            ("glad", "maybe", "row 2: glad: “maybe” is not one of its choices."),
            ("one", "Green", "row 2: one: “Green” is not one of its choices."),
            ("many", "r Pink g x", "row 2: many: “Pink, x” is not one of its choices."),
            ("few__other", "Pink", "row 2: few__other: “Pink” is not one of its choices."),
            ("cats", "always", "row 2: grid__cats: “always” is not one of its choices."),
        ],
    )
    def test_refusals(self, file, header, cell, line):
        (found,) = faults(file(f"{header}\n{cell}\n"))
        assert found.startswith(line)

    def test_a_choice_and_other_in_a_single_choice(self, file):
        (line,) = faults(file("one,one__other\ng,Pink\n"))
        assert line == "row 2: one: “g”: Choose one answer only."

    def test_a_long_answer_is_cut_in_the_sentence(self, file):
        (line,) = faults(file(f"age\n{'x' * 200}\n"))
        assert line.startswith(f"row 2: age: “{'x' * 79}…”: ")

    def test_unknown_ones_are_kept_where_that_was_asked_for(self, file):
        one = file("one,few,few__other,cats,owls\nPink,r x,Grey,maybe,n\ng,g,,o,x\n", keep_unknown=True)
        assert answers(one) == [
            {
                "one": None,
                "one__other": "Pink",
                "few": ["r"],
                "few__other": "x Grey",
                "grid": None,
                "grid__other": "cats: maybe",
                "net": {"owls": "n"},
            },
            {"one": "g", "few": ["g"], "grid": {"cats": "o"}, "net": None, "net__other": "owls: x"},
        ]
        assert one.check().unknown == {"one": 1, "few": 1, "grid": 1, "net": 1}

    def test_unknown_ones_beside_yes_and_no(self, file):
        assert answers(file("glad,glad__other\nmaybe,\nyes,a bit\n", keep_unknown=True)) == [
            {"glad": None, "glad__other": "maybe"},
            {"glad": True, "glad__other": "a bit"},
        ]

    def test_what_was_kept_beside_a_table_comes_back(self, file):
        one = file("grid__other,cats\ndogs: maybe,o\n", keep_unknown=True)
        assert answers(one) == [{"grid": {"cats": "o"}, "grid__other": "dogs: maybe"}]
        assert faults(file("grid__other,cats\ndogs: maybe,o\n")) == [
            "row 2: grid__other: “dogs: maybe” is not one of its choices."
        ]

    def test_a_row_named_other_is_a_row(self, tmp_path):
        rows = choices(other="Other")
        questions = (QuestionSpec("", "q", "matrix_single", "Q", choices=OFTEN, rows=rows),)
        path = tmp_path / "a.csv"
        path.write_text("q__other\no\n")
        survey = Questionnaire("T", sections=(SectionSpec("", "S", questions=questions),))
        assert answers(open_replies(path, survey, keep_unknown=True)) == [{"q": {"other": "o"}}]


class TestLabels:
    def test_each_type(self, file):
        header = "name,age,glad,one,strict,many,few,cats"
        row = 'Ada,36,YES,red,green,"Blue, sea, Green","red, Red (dark, light)",often'
        assert answers(file(f"{header}\n{row}\n", labels=True)) == [
            {
                "name": "Ada",
                "age": 36,
                "glad": True,
                "one": "r",
                "strict": "g",
                "many": ["g", "b"],
                "few": ["r"],
                "grid": {"cats": "o"},
            }
        ]

    def test_own_words_are_other_where_the_question_has_it(self, file):
        one = file('one,many\nPink,"Green, Pink, and more"\n', labels=True)
        assert answers(one) == [
            {"one": None, "one__other": "Pink", "many": ["g"], "many__other": "Pink, and more"},
        ]
        report = one.check()
        assert (report.other, report.unknown) == ({"one": 1, "many": 1}, {})

    def test_own_words_are_refused_where_it_has_none(self, file):
        assert faults(file('strict,few\nPink,"Green, Pink"\nGreen,Pink\n', labels=True)) == [
            "row 2: strict: “Pink” is not one of its choices.",
            "row 2: few: “Pink” is not one of its choices.",
            "row 3: few: “Pink” is not one of its choices.",
        ]

    def test_own_words_are_kept_where_that_was_asked_for(self, file):
        one = file('strict,few,one\nPink,"Green, Pink",Pink\n', labels=True, keep_unknown=True)
        assert answers(one) == [
            {"strict": None, "strict__other": "Pink", "few": ["g"], "few__other": "Pink", "one": None,
             "one__other": "Pink"},
        ]  # fmt: skip
        report = one.check()
        assert (report.other, report.unknown) == ({"one": 1}, {"strict": 1, "few": 1})

    def test_too_many_words(self, file):
        (line,) = faults(file(f"one\n{'x' * 2001}\n", labels=True))
        assert "Use at most 2,000 characters" in line

    def test_exclusive_choices(self, tmp_path):
        from admin_app.surveys.questionnaire import ChoiceSpec

        offered = (*choices(a="A"), ChoiceSpec("", "none", "None", exclusive=True))
        questions = (QuestionSpec("", "q", "multiple_choice", "Q", choices=offered),)
        path = tmp_path / "a.csv"
        path.write_text('q\n"A, None"\n')
        survey = Questionnaire("T", sections=(SectionSpec("", "S", questions=questions),))
        assert faults(open_replies(path, survey, labels=True)) == [
            "row 2: q: “A, None”: “None” cannot stand beside another answer."
        ]


class TestTimes:
    @pytest.mark.parametrize("header", ["Timestamp", "submitted_at", "Submission time", "date", "reply.submitted_at"])
    def test_a_time_column_by_its_names(self, file, header):
        (record,) = file(f"{header},name\n2016-10-14 10:05,Ada\n").records(ImportReport())
        assert record["submitted_at"] == dt.datetime(2016, 10, 14, 10, 5, tzinfo=dt.UTC)
        assert record["started_at"] is None
        assert record["language"] == "de"

    def test_when_it_was_started(self, file):
        (record,) = file("start,end,name\n10/14/16 10:05,10/14/16 10:15,Ada\n").records(ImportReport())
        assert record["submitted_at"] - record["started_at"] == dt.timedelta(minutes=10)

    def test_the_whole_column_decides_on_the_order(self, file):
        records = list(file("date,name\n3/4/16,Ada\n13/4/16,Bob\n").records(ImportReport()))
        assert [record["submitted_at"].day for record in records] == [3, 13]

    def test_nobody_can_tell(self, file):
        with pytest.raises(InvalidError, match="row 2: “date”: nobody can tell"):
            file("date,name\n3/4/16,Ada\n")

    def test_somebody_said_it(self, file):
        (record,) = file("date,name\n3/4/16,Ada\n", day_first=True).records(ImportReport())
        assert record["submitted_at"].month == 4

    def test_no_time(self, file):
        one = file("date,name\n,Ada\n2016-10-14,Bob\n")
        assert all(record["submitted_at"] for record in one.records(ImportReport()))
        assert "1 row without a time: the time of the import stands in." in one.check().note_lines()

    def test_no_time_column(self, file):
        assert "There is no time column: the time of the import stands in." in file("name\nA\n").check().note_lines()

    def test_a_time_that_is_none(self, file):
        assert faults(file("Timestamp,name\nsoon,Ada\n2016-02-30,Bob\n")) == [
            "row 2: Timestamp: “soon” is not a time such as 2026-03-31 14:05.",
            "row 3: Timestamp: “2016-02-30” is not a time such as 2026-03-31 14:05.",
        ]


class TestExports:
    HEADER = "reply.id,reply.submitted_at,reply.version,reply.kind,reply.test,reply.review_status,reply.language,name"

    def test_what_an_export_says_of_a_reply(self, file):
        (record,) = file(f"{self.HEADER}\nx7,2026-01-02T03:04:05Z,1,complete,no,approved,fr,Ada\n").records(
            ImportReport()
        )
        assert record["answers"] == {"name": "Ada"}
        assert record["language"] == "fr"
        assert record["submitted_at"] == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("facts", "name"),
        [
            ("partial,no,new", "reply.kind"),
            ("complete,yes,new", "reply.test"),
            ("complete,no,spam", "reply.review_status"),
        ],
    )
    def test_replies_that_do_not_count_are_refused(self, file, facts, name):
        (line,) = faults(file(f"{self.HEADER}\nx7,2026-01-02T03:04:05Z,1,{facts},en,Ada\n"))
        assert line.startswith(f"row 2: {name}: ")


class TestReport:
    def test_it_counts_rows_and_questions(self, file):
        report = file("strict,few\nx,x\ny,g\ng,g\n").check()
        assert (report.rows, report.bad_rows, report.good_rows) == (3, 2, 1)
        assert report.fault_lines()[-1] == "2 rows of 3 cannot be taken: strict (2), few (1)."

    def test_it_shows_as_many_faults_as_anybody_reads(self, file):
        report = file("age\n" + "x\n" * 600).check()
        lines = report.fault_lines()
        assert (len(lines), lines[-2]) == (502, "… and more.")
        assert lines[-1] == "600 rows of 600 cannot be taken: age (600)."

    def test_many_different_contents(self, file, monkeypatch):
        """What was read is kept for repeated contents only up to a limit."""
        monkeypatch.setattr("admin_app.replies.importer_answers._KEPT", 3)
        assert len(answers(file("name\n" + "".join(f"n{number}\n" for number in range(10))))) == 10
