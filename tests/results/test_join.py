"""Questions keep their identity through versions."""

from __future__ import annotations

from admin_app.results.join import join_versions, weave
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec


def choice(code: str, label: str = "") -> ChoiceSpec:
    return ChoiceSpec(uid=f"u{code}", code=code, label=label or code)


def question(key: str, *codes: str, label: str = "", type: str = "single_choice", **settings: object) -> QuestionSpec:
    choices = tuple(choice(code) for code in codes)
    return QuestionSpec(uid=f"u{key}", key=key, type=type, label=label or key, choices=choices, settings=settings)


def asks(*questions: QuestionSpec) -> Questionnaire:
    return Questionnaire(title="Survey", sections=(SectionSpec("s", "One", questions=questions),))


class TestWeave:
    def test_the_leading_list_gives_the_order(self) -> None:
        assert weave([["c", "a", "b"], ["a", "b", "c"]], str) == ["c", "a", "b"]

    def test_what_only_a_later_list_has_stays_behind_its_neighbour(self) -> None:
        assert weave([["a", "b"], ["x", "a", "y", "z", "b"]], str) == ["x", "a", "y", "z", "b"]

    def test_nothing_joins_to_nothing(self) -> None:
        assert weave([], str) == []


class TestJoinVersions:
    def test_no_version_has_no_question(self) -> None:
        assert join_versions({}) == []

    def test_later_wording_wins(self) -> None:
        joined = join_versions({2: asks(question("a", label="New")), 1: asks(question("a", label="Old"))})
        assert [one.spec.label for one in joined] == ["New"]
        assert joined[0].versions == {1, 2}

    def test_a_retired_question_stays_in_its_place(self) -> None:
        old = asks(question("a"), question("gone"), question("b"))
        joined = join_versions({2: asks(question("a"), question("b"), question("c")), 1: old})
        assert [(one.spec.key, one.retired) for one in joined] == [
            ("a", False), ("gone", True), ("b", False), ("c", False),
        ]  # fmt: skip
        assert joined[1].versions == {1}

    def test_retired_choices_and_rows_stay(self) -> None:
        new = QuestionSpec("um", "m", "matrix_single", "New", choices=(choice("1"),), rows=(choice("r2"),))
        old = QuestionSpec("um", "m", "matrix_single", "Old", choices=(choice("1"), choice("2")), rows=(choice("r1"),))
        (joined,) = join_versions({2: asks(new), 1: asks(old)})
        assert [one.code for one in joined.spec.choices] == ["1", "2"]
        assert [one.code for one in joined.spec.rows] == ["r1", "r2"]

    def test_other_stays_once_it_was_offered(self) -> None:
        versions = {2: asks(question("a", "x")), 1: asks(question("a", "x", other=True))}
        assert join_versions(versions)[0].spec.other

    def test_a_statement_is_no_question(self) -> None:
        assert join_versions({1: asks(question("s", type="statement"))}) == []
