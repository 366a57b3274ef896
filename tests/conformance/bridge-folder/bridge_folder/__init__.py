"""A connector to a folder of JSON files, one per ticket."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from bridge.model import Comment, Message, Person, Receipt, Role, Ticket, Write
from connectors.base import API_VERSION, Context, Identity, Page, SourceSettings, Vocabulary
from connectors.errors import GoneError


class FolderSettings(SourceSettings):
    path: Path


class FolderConnector:
    settings_type: ClassVar[type[SourceSettings]] = FolderSettings
    default_mapping: ClassVar[str] = str(Path(__file__).with_name("folder.toml"))
    api_version: ClassVar[int] = API_VERSION
    sends_mail: ClassVar[bool] = False
    requests = 0

    def __init__(self, settings: FolderSettings, context: Context) -> None:
        self._folder, self._context = settings.path, context

    def verify(self) -> Identity:
        return Identity(Person(login="bridge"), (), f"{len(self._keys())} tickets")

    def describe(self) -> Vocabulary:
        tables = self._context.mapping.tables.items()
        return Vocabulary({name: tuple(e.word for e in table) for name, table in tables}, {})

    def recent(self, limit: int) -> Page:
        return Page(tuple(self.fetch(key) for key in self._keys()[::-1][:limit]), "")

    def poll(
        self, cursor: str | None, since: datetime, *, thorough: bool = False
    ) -> Iterator[Page]:
        known, keys = json.loads(cursor or "{}"), self._keys()
        for part in (keys[n : n + 100] for n in range(0, max(len(keys), 1), 100)):
            seen = {key: sha256(self._read(key).encode()).hexdigest() for key in part}
            changed = [key for key in part if thorough or known.get(key) != seen[key]]
            known |= seen
            reached = cursor if thorough and cursor else json.dumps(known)
            yield Page(tuple(map(self.fetch, changed)), reached, requests=int(part == keys[:100]))

    def apply(self, writes: Sequence[Write]) -> tuple[Receipt, ...]:
        data = json.loads(self._read(key := writes[0].ticket))
        for write in writes:
            if isinstance(value := write.value, Message):
                said = "".join(p if type(p) is str else " ".join(p.split()) for p in value.parts)
                said += f"\n\n[ref {write.mark}]"
                data["comments"].append(comment("bridge", said, value.public))
            else:
                data["values"][write.field.value] = value
        (self._folder / f".{key}").write_text(json.dumps(data), encoding="utf-8")
        (self._folder / f".{key}").replace(self._folder / f"{key}.json")
        return tuple(self.find(write) or Receipt(write.key, write.value) for write in writes)

    def find(self, write: Write) -> Receipt | None:
        for number, said in enumerate(json.loads(self._read(write.ticket))["comments"]):
            if said["by"] == "bridge" and write.mark in said["text"]:
                return Receipt(write.key, write.value, str(number))
        return None

    def close(self) -> None:
        """Nothing is kept open."""

    def _keys(self) -> list[str]:
        self.requests += 1
        return sorted(file.stem for file in self._folder.glob("[!.]*.json"))

    def _read(self, key: str) -> str:
        file = self._folder / f"{key}.json"
        if not re.fullmatch("[0-9]{5}", key, re.ASCII) or not file.is_file():
            raise GoneError(self._context.name, key, "there is no such file")
        return file.read_text(encoding="utf-8")

    def fetch(self, key: str) -> Ticket:
        data, read = json.loads(self._read(key)), self._context.mapping.read
        first, *said = (self._comment(str(n), each) for n, each in enumerate(data["comments"]))
        words = {f: read(f, str(data["values"].get(f))) for f in ("kind", "priority", "approval")}
        return Ticket(
            self._context.name, key, f"file://{key}", data["title"], first.text, first.author,
            first.at, max(c.at for c in [first, *said]), state=read("state", data["state"]),
            comments=tuple(said), **(data["values"] | words),
        )  # fmt: skip

    def _comment(self, key: str, said: dict[str, Any]) -> Comment:
        ours = said["by"] == "bridge" and self._context.marks.genuine(said["text"])
        role, at = Role.BRIDGE if ours else Role.CLIENT, datetime.fromtimestamp(said["at"], UTC)
        return Comment(key, at, Person(address=said["by"]), role, said["text"], said["public"])


def comment(by: str, text: str, public: bool = True) -> dict[str, Any]:
    return {"at": int(datetime.now(UTC).timestamp()), "by": by, "text": text, "public": public}
