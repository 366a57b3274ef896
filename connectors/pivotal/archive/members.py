"""The files of an archive as streams: by name, never unpacked to a disk, within limits (H9)."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from connectors.pivotal.archive.limits import ArchiveError, Limits

KINDS: Final = (".csv", ".json")
_LOCAL_HEADER: Final = 30
_SMALL: Final = 1024 * 1024
"""Below so many bytes packing says nothing: a few lines of one letter pack very well."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive: its name, and whether it is `.csv` or `.json`."""

    name: str
    kind: str


class _Counted(io.RawIOBase):
    """A stream that ends in an error when more comes than is taken, whatever headers say."""

    def __init__(self, inner: IO[bytes], name: str, most: int) -> None:
        self._inner, self._name, self._left = inner, name, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise ArchiveError(f"{self._name} is damaged: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(f"{self._name} is larger than is read")
        buffer[: len(data)] = data
        return len(data)


class Archive:
    """A file on disk: a zip with members, or one CSV or JSON file by itself."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits

    def members(self) -> tuple[Member, ...]:
        """What can be read in it. Raises ArchiveError."""
        with self._opened() as zipped:
            if zipped is None:
                return (Member(self._path.name, self._path.suffix.lower()),)
            infos = self._checked(zipped)
            return tuple(
                Member(info.filename, Path(info.filename).suffix.lower()) for info in infos
            )

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """One member as a stream. Raises ArchiveError, also while it is read."""
        with self._opened() as zipped:
            if zipped is None:
                with self._path.open("rb") as plain:
                    yield self._bounded(plain, member.name)
                return
            (info,) = [i for i in self._checked(zipped) if i.filename == member.name]
            try:
                inner = zipped.open(info)
            # zipfile says so of a compression it does not know, and of a member with a password.
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise ArchiveError(f"{member.name} cannot be opened: {error}") from error
            with inner:
                yield self._bounded(inner, member.name)

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile | None]:
        try:
            mode = self._path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise ArchiveError("this is no file")
            if not zipfile.is_zipfile(self._path):
                if self._path.suffix.lower() not in KINDS:
                    raise ArchiveError("this is no zip; expected the export's zip, .csv or .json")
                yield None
                return
            with zipfile.ZipFile(self._path) as zipped:
                yield zipped
        except OSError as error:
            raise ArchiveError(error.strerror or "it cannot be opened") from error
        except zipfile.BadZipFile as error:
            raise ArchiveError(f"the zip is damaged: {error}") from error

    def _bounded(self, inner: IO[bytes], name: str) -> IO[bytes]:
        return io.BufferedReader(_Counted(inner, name, self._limits.file))

    def _checked(self, zipped: zipfile.ZipFile) -> Sequence[zipfile.ZipInfo]:
        """The members worth reading, once the whole list is in order."""
        infos = zipped.infolist()
        if len(infos) > self._limits.members:
            raise ArchiveError(f"the zip lists {len(infos)} files; {self._limits.members} are read")
        if len({info.filename for info in infos}) != len(infos):
            raise ArchiveError("the zip has two files of one name")
        _refuse_overlaps(infos)
        found = [i for i in infos if not i.is_dir() and i.filename.lower().endswith(KINDS)]
        found = [i for i in found if not i.filename.startswith("__MACOSX/")]
        for info in found:
            self._refuse(info)
        if sum(info.file_size for info in found) > self._limits.all_files:
            raise ArchiveError("the zip unpacks to more than is read")
        return found

    def _refuse(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ArchiveError(f"{name[:80]!r} in the zip is a link")
        if info.flag_bits & 0x1:
            raise ArchiveError(f"{name[:80]!r} in the zip is encrypted")
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise ArchiveError(f"{name[:80]!r} in the zip climbs out of its folder")
        if info.file_size > self._limits.file:
            raise ArchiveError(f"{name[:80]!r} in the zip is larger than is read")
        packed = max(info.compress_size, 1)
        if info.file_size > _SMALL and info.file_size > packed * self._limits.ratio:
            raise ArchiveError(f"{name[:80]!r} in the zip unpacks to much more than a text does")


def _refuse_overlaps(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Members that share bytes make a small zip endless (and no export has them)."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise ArchiveError("files of the zip overlap")
        end = info.header_offset + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size
