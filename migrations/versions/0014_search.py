"""What the console's lists are searched by: three letters anywhere in a text find it by an index"""

import logging
import sys
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The columns that are searched together, and for which rows.
_SEARCHED = {
    "user_account": (("username", "name", "email"), ""),
    "role": (("name", "description"), ""),
    "survey": (("title", "public_id"), ""),
    "question": (("label", "key", "hint", "description"), ""),
    "job": (("kind", "actor_name", "message"), ""),
    # A reply is found by its whole id: no index has to grow with every change of ten million of them.
    "audit_entry": (("record_name",), "resource <> 'reply'"),
}
# White space that the compatibility decomposition leaves as it is.
_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u1680\u2028\u2029"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()


def _upgrade_postgresql() -> None:
    """A column beside the others, which the server keeps, and an index on it where the extension is or may be made.

    Elsewhere `canvass doctor` says what to run.
    """
    op.execute(_function())
    for table, (columns, condition) in _SEARCHED.items():
        words = f"canvass_words({_joined(columns)})"
        words = f"CASE WHEN {condition} THEN {words} END" if condition else words
        op.execute(f"ALTER TABLE {table} ADD COLUMN search_words text GENERATED ALWAYS AS ({words}) STORED")
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError as error:
        logging.getLogger(__name__).warning("Lists are searched without an index: %s", error.orig)
        return
    for table in _SEARCHED:
        op.execute(f"CREATE INDEX ix_{table}_trigrams ON {table} USING gin (search_words gin_trgm_ops)")


def _upgrade_sqlite() -> None:
    """An index of trigrams beside each table, which triggers keep; the application gives the function they call."""
    for table, (columns, condition) in _SEARCHED.items():
        words = f"canvass_words({_joined(columns, 'NEW.', 'char')})"
        where = f" WHEN NEW.{condition}" if condition else ""
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
        index = f"search_{table}"
        op.execute(f"CREATE VIRTUAL TABLE {index} USING fts5(words, tokenize='trigram case_sensitive 1')")
        old = f" WHERE {condition}" if condition else ""
        op.execute(
            f"INSERT INTO {index} (rowid, words) SELECT id, canvass_words({_joined(columns, '', 'char')})"
            f" FROM {table}{old}"
        )
        op.execute(
            f"CREATE TRIGGER {index}_added AFTER INSERT ON {table}{where}"
            f" BEGIN INSERT INTO {index} (rowid, words) VALUES (NEW.id, {words}); END"
        )
        op.execute(
            f"CREATE TRIGGER {index}_changed AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {changed}"
            f" BEGIN UPDATE {index} SET words = {words} WHERE rowid = NEW.id; END"
        )
        op.execute(
            f"CREATE TRIGGER {index}_gone AFTER DELETE ON {table} BEGIN DELETE FROM {index} WHERE rowid = OLD.id; END"
        )


def _joined(columns: tuple[str, ...], prefix: str = "", character: str = "chr") -> str:
    """Return the SQL for several texts as one, each in a line of its own."""
    return f" || {character}(10) || ".join(prefix + name for name in columns)


def _function() -> str:
    """Return the function that does to a text what `core.text.words_of` does, from what Python knows of the letters."""
    combining = [number for number in range(sys.maxunicode + 1) if unicodedata.combining(chr(number))]
    small, large = _cases()
    spaces = "".join(f"\\u{ord(one):04X}" for one in _SPACES)
    return rf"""
        CREATE OR REPLACE FUNCTION canvass_words(words text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
        BEGIN
            IF octet_length(words) <> char_length(words) THEN
                words := regexp_replace(normalize(words, NFKD), '[{_ranges(combining)}]+', '', 'g');
                words := replace(replace(words, 'ß', 'ss'), 'ẞ', 'ss');
            END IF;
            IF octet_length(words) <> char_length(words) THEN
                words := translate(words, '{large}', '{small}');
            END IF;
            words := lower(translate(words, E'{spaces}', '{" " * len(_SPACES)}') COLLATE "C");
            RETURN '  ' || replace(words, ' ', '  ');
        END $body$
    """


def _ranges(numbers: list[int]) -> str:
    """Return the characters of those numbers for a set in a regular expression of PostgreSQL."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in runs)


def _cases() -> tuple[str, str]:
    """Return the letters beyond ASCII that differ in case: what they are folded to, and they themselves."""
    pairs: dict[str, str] = {}
    for number in range(128, sys.maxunicode + 1):
        letter = chr(number)
        if 0xD800 <= number < 0xE000 or unicodedata.normalize("NFKD", letter) != letter:
            continue
        folded = letter.casefold().replace("ı", "i")
        if folded != letter and len(folded) == 1 and not unicodedata.combining(letter):
            pairs[letter] = folded
    return "".join(pairs.values()), "".join(pairs)


def downgrade() -> None:
    # The extension stays: others may have begun to use it.
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _SEARCHED:
        if sqlite:
            for event in ("added", "changed", "gone"):
                op.execute(f"DROP TRIGGER search_{table}_{event}")
            op.execute(f"DROP TABLE search_{table}")
        else:
            op.execute(f"ALTER TABLE {table} DROP COLUMN search_words")
    if not sqlite:
        op.execute("DROP FUNCTION canvass_words(text)")
