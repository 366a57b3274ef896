"""How issues and merge requests are named: by numbers that renaming a project does not change.

A ticket's key is `PROJECT-IID`, both whole numbers (H3). What texts call `#12` or
`group/name#12` is read here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from connectors.errors import GoneError

_KEY: Final = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})")
_LONGEST: Final = 64_000
_CODE: Final = re.compile(r"```.{0,64000}?(?:```|\Z)|`[^`\n]{0,2000}`", re.S)
_PATH: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}"
_NAMED: Final = re.compile(
    rf"(?<![\w/&#.-])(?P<path>{_PATH}(?:/{_PATH}){{0,20}})?#(?P<iid>[1-9][0-9]{{0,9}})(?!\w)"
)
_LINKED: Final = re.compile(
    r"https?://[^\s<>()\"'\]]{1,500}?/-/(?:issues|work_items)/(?:incident/)?"
    r"(?P<iid>[1-9][0-9]{0,9})(?!\w)"
)


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """An issue or a merge request: the project's number and the number in it."""

    project: int
    iid: int

    @property
    def key(self) -> str:
        """The ticket's key."""
        return f"{self.project}-{self.iid}"

    @classmethod
    def of(cls, row: dict[str, Any]) -> Ref:
        """Of a row. Raises ValueError when it has no whole numbers."""
        project, iid = row.get("project_id"), row.get("iid")
        if type(project) is not int or type(iid) is not int or project < 1 or iid < 1:
            raise ValueError("it has no project number or no number of its own")
        return cls(project, iid)


def parse(source: str, key: str) -> Ref:
    """The issue of a ticket's key. Raises GoneError for what is no key of ours (H3)."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise GoneError(source, key, "this is no issue of a GitLab: its keys look like 42-7")
    return Ref(int(found[1]), int(found[2]))


def project_path(row: dict[str, Any]) -> str | None:
    """The whole path of a row's project, as the row itself tells it."""
    references = row.get("references")
    full = references.get("full") if isinstance(references, dict) else None
    if isinstance(full, str) and full.rpartition("#")[0]:
        return full.rpartition("#")[0]
    if isinstance(full, str) and full.rpartition("!")[0]:
        return full.rpartition("!")[0]
    url = row.get("web_url")
    if isinstance(url, str) and "/-/" in url:
        return urlsplit(url).path.partition("/-/")[0].strip("/") or None
    return None


def mentioned(text: str, here: str, base: str) -> Iterator[tuple[str, int]]:
    """The issues that a text names, as project path and number; code is left out. `here` is the
    path of the project in which it stands, `base` the address of this GitLab."""
    plain = _CODE.sub(" ", text[:_LONGEST])
    namespace = here.rpartition("/")[0]
    for found in _NAMED.finditer(plain):
        path = found["path"]
        if path is None:
            path = here
        elif "/" not in path:
            path = f"{namespace}/{path}" if namespace else path
        yield path, int(found["iid"])
    for found in _LINKED.finditer(plain):
        url = found.group()
        if url.startswith(f"{base}/"):
            yield unquote(url[len(base) :].partition("/-/")[0].strip("/")), int(found["iid"])
