"""仅追加的表: the statements that make the database refuse every change of rows that are only ever added.

For revisions of the schema; what they make is schema, so a change here is for later revisions alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def append_only(dialect: str, tables: Mapping[str, Sequence[str]]) -> list[str]:
    """UPDATE, DELETE, TRUNCATE and REPLACE are refused. PostgreSQL's function came with the trail (revision 0002).

    tables: by name, the columns of a unique key that a REPLACE of SQLite could hit beside the id; none where there is
    no other key.
    """
    made: list[str] = []
    for table, key in tables.items():
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            same = " AND ".join(f"{name} = NEW.{name}" for name in key)
            hit = f"id = NEW.id OR ({same})" if key else "id = NEW.id"
            known = f"EXISTS (SELECT 1 FROM {table} WHERE {hit})"
            made += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
            ]
        else:
            act = "EXECUTE FUNCTION trail_is_append_only()"
            made += [
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {act}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
            ]
    return made
