"""What the bridge remembers: SQLAlchemy Core on SQLite (one file) or PostgreSQL (by URL).

Functions take a `Connection` of `Database.write()` or `Database.read()`; what is done in one
`with` block happens whole or not at all. Modules are named for what they keep.
"""

from bridge.store.database import Database
from bridge.store.errors import StoreError

__all__ = ["Database", "StoreError"]
