"""What helps with the errors of a source."""

from __future__ import annotations

from connectors.errors import AccessError, SettingsError, SourceError, TryAgainError


def hint_of(error: SourceError) -> str:
    """What to do about a source's error: its own hint, else what helps with its kind."""
    kinds = (
        (SettingsError, f"mend [sources.{error.source}] in the configuration"),
        (AccessError, "see that the account is alive and has its rights"),
        (TryAgainError, "is the address right, and is it up? every pass tries again by itself"),
    )
    return error.hint or next((hint for kind, hint in kinds if isinstance(error, kind)), "")
