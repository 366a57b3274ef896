"""Text that can be stored anywhere."""

from __future__ import annotations

import re
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def clean(text: object) -> str:
    """Text that can be stored anywhere: NUL and lone surrogates become U+FFFD (H2, H12)."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise ValueError(f"{type(text).__name__} where text was expected")
    return _UNSTORABLE.sub("\ufffd", text)
