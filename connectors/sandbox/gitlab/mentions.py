"""References in Markdown: which issues a text names, and which a merge request closes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?<![\w/&])(?:(?P<path>[\w.-]+(?:/[\w.-]+)+))?#(?P<iid>\d+)\b"
    r"|https?://[^\s/]+/(?P<url>[\w.-]+(?:/[\w.-]+)+?)/-/(?:issues|work_items)/(?P<number>\d+)"
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_CLOSING = re.compile(
    r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)\b"
    r":?\s+(?P<rest>(?:(?:,|and|\s)*(?:issues?\s+)?"
    r"(?:[\w.-]+(?:/[\w.-]+)+)?(?:#\d+|https?://\S+/-/(?:issues|work_items)/\d+))+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An issue as a text names it; without a path it is one of the same project."""

    path: str | None
    iid: int


def references(text: str | None) -> list[Reference]:
    """The issues that a text names, code left out, each once, in their order."""
    found = []
    for match in _REFERENCE.finditer(_CODE.sub(" ", text or "")):
        path = match["path"] or match["url"]
        found.append(Reference(path, int(match["iid"] or match["number"])))
    return list(dict.fromkeys(found))


def closing(text: str | None) -> list[Reference]:
    """The issues that a merge request with this description closes when it is merged."""
    found = []
    for match in _CLOSING.finditer(_CODE.sub(" ", text or "")):
        found.extend(references(match["rest"]))
    return list(dict.fromkeys(found))
