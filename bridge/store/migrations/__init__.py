"""Migrations of the store, run by `bridge.store.database` and shipped in the wheel.

Revisions are numbered ("0001", "0002", …): a number above `HEAD` means a newer program.
"""

from typing import Final

HEAD: Final = "0004"
