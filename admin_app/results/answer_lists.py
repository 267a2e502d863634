"""All answers to each question of a survey, one list behind the other, however many there are.

The replies pass by once, in the order in which they came. What was written of them lies in a file that nobody else sees
until it is sent, so that neither the memory nor the database is held while a slow reader takes it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from admin_app.core.db import db
from admin_app.core.permissions import Actor, require
from admin_app.replies.masking import MASK, masked_keys
from admin_app.replies.models import Reply
from admin_app.results import stored
from admin_app.results.counting import BLOCK
from admin_app.results.filters import NONE
from admin_app.results.join import JoinedQuestion
from admin_app.results.queries import joined_questions
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire, versions_of
from admin_app.surveys.question_types import QUESTION_TYPES

# Characters that wait in memory, and bytes that are sent at a time.
WAITING, PIECE = 1_000_000, 64_000

Document = Mapping[str, Any]
# Makes a JSON text of the answer in a reply; None where there is none.
Writer = Callable[[Document], str | None]


class AnswerLists:
    """The answers to some questions as JSON texts. Whoever made one closes it."""

    def __init__(self, writers: Mapping[str, Writer]) -> None:
        self._writers = dict(writers)
        self.votes = dict.fromkeys(writers, 0)
        self._waiting: dict[str, list[str]] = {key: [] for key in writers}
        self._size = 0
        self._places: dict[str, list[tuple[int, int]]] = {key: [] for key in writers}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is read long after this

    def take(self, documents: Sequence[Document]) -> None:
        """Write down the answers in some replies."""
        for document in documents:
            for key in document:
                write = self._writers.get(key)
                if write is not None and (text := write(document)) is not None:
                    self.votes[key] += 1
                    self._waiting[key].append(text)
                    self._size += len(text)
        if self._size > WAITING:
            self._store()

    def _store(self) -> None:
        end = self._file.seek(0, 2)
        for key, texts in self._waiting.items():
            if texts:
                written = self._file.write(",".join(texts).encode())
                self._places[key].append((end, written))
                end += written
                texts.clear()
        self._size = 0

    def pieces(self, key: str) -> Iterator[bytes]:
        """Yield the list of the answers to a question, between its brackets, in pieces."""
        self._store()
        for number, (start, length) in enumerate(self._places[key]):
            if number:
                yield b","
            for offset in range(0, length, PIECE):
                self._file.seek(start + offset)
                yield self._file.read(min(PIECE, length - offset))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def asked_questions(survey: Survey) -> list[JoinedQuestion]:
    """Return the questions of all versions, joined; those of the draft where nothing was published yet."""
    if versions := versions_of(survey):
        return joined_questions(versions)
    drafted = draft_questionnaire(survey).questions()
    return [
        JoinedQuestion(one, retired=False, versions=frozenset()) for one in drafted if QUESTION_TYPES[one.type].asks
    ]


def list_answers(
    survey: Survey, questions: Sequence[JoinedQuestion], write: Callable[[JoinedQuestion], Writer], *, actor: Actor
) -> AnswerLists:
    """Return the answers to `questions` in all replies that count, as `write` has them; what is masked stays so."""
    require(actor, "reply", "R", obj=survey)
    hidden = masked_keys((one.spec for one in questions), actor=actor, obj=survey)
    lists = AnswerLists({one.spec.key: _masked(one, write(one), hidden) for one in questions})
    statement = select(stored.document()).where(*NONE.conditions(survey.id)).order_by(Reply.id)
    try:
        # No records are made of the rows, so the session has no part in it.
        with db.session.connection().execute(statement.execution_options(yield_per=BLOCK)) as rows:
            for block in rows.scalars().partitions():
                # As one text: it is read in half the time of many small ones.
                lists.take(json.loads(f"[{','.join(block)}]"))
    except BaseException:
        lists.close()
        raise
    return lists


def _masked(question: JoinedQuestion, write: Writer, hidden: frozenset[str]) -> Writer:
    """Return `write`, or what writes the mask wherever there is something that may not be seen."""
    key, other = question.spec.key, question.spec.other_key
    mask = json.dumps(MASK)
    if key in hidden:
        return lambda document: None if write(document) is None else mask
    if other in hidden:
        return lambda document: write({**document, other: MASK} if document.get(other) else document)
    return write
