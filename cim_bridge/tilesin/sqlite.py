""".3dtiles databases: SQLite with one plain table media(key TEXT, content BLOB), read only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.directory import MAX_FILE


@dataclass
class Database:
    """An open database; rows are fetched one by one, never all at once."""

    connection: sqlite3.Connection

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open without writing, locking or trusting the schema."""
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True, check_same_thread=False)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_FILE)
            rows = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
            columns = {
                row[1]: row[2].upper() for row in connection.execute("PRAGMA table_info(media)")
            }
        except sqlite3.Error as exc:
            connection.close()
            raise Broken(f"SQLite: {exc}") from exc
        kinds = {kind for kind, name in rows if name == "media"}
        if kinds != {"table"} or columns.get("key") != "TEXT" or columns.get("content") != "BLOB":
            connection.close()
            raise Broken("it must hold one table media(key TEXT, content BLOB)")
        return cls(connection)

    def read(self, path: str) -> bytes | None:
        """Bytes of one file, None when there is none."""
        try:
            row = self.connection.execute(
                "SELECT content FROM media WHERE key = ?", (path,)
            ).fetchone()
        except (sqlite3.Error, OverflowError) as exc:
            raise Broken(f"{path}: {exc}") from exc
        return bytes(row[0]) if row is not None and isinstance(row[0], bytes) else None
