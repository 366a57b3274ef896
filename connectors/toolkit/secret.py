"""Secrets: kept by reference, opened only where the one header that needs them is made."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

MASK: Final = "***"
_SCHEMES: Final = ("env:", "file:", "credential:")

on_reveal: Final[list[Callable[[str], None]]] = []
"""Called with every secret as it is resolved: the logs learn what they must never show (S1)."""


MEND: Final = "give it where the bridge runs: the environment, the file or systemd, as the key says"
"""What helps when a secret cannot be had."""


class SecretError(Exception):
    """A secret that cannot be had; the sentence says which reference and what to do."""


class Secret:
    """A secret in memory: printing, formatting, pickling and JSON all show `***`."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The secret itself: for the header or the login that needs it, nothing else."""
        return self.__value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled or copied out of the process")

    def __bool__(self) -> bool:
        return bool(self.__value)


class SecretRef:
    """Where a secret lives: `env:NAME`, `file:PATH` or `credential:NAME` (systemd)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        if not text.startswith(_SCHEMES) or not text.split(":", 1)[1].strip():
            # The value is not repeated: it may be the secret itself.
            raise ValueError(
                "a secret is written by reference: env:NAME, file:PATH or credential:NAME"
            )
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretRef) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def resolve(self) -> Secret:
        """The secret. Raises SecretError when it is absent, empty, or readable by others (S4)."""
        scheme, name = self.text.split(":", 1)
        reader = {"env": _from_environment, "file": _from_file, "credential": _from_systemd}
        value = reader[scheme](name.strip())
        if not value:
            raise SecretError(f"{self.text} is empty")
        for hook in on_reveal:
            hook(value)
        return Secret(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls(_text(value)),
            serialization=core_schema.to_string_ser_schema(),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a secret is written by reference: env:NAME, file:PATH or credential:NAME")
    return value


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(f"the environment variable {name} is not set")
    return value.strip()


def _from_file(name: str) -> str:
    path = Path(name).expanduser()
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(f"{path} can be read by others; type: chmod 600 {path}")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretError(f"cannot read {path}: {error.strerror}") from error


def _from_systemd(name: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(f"credential:{name} needs systemd (LoadCredential={name}:…)")
    try:
        return (Path(folder) / Path(name).name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretError(f"systemd gave no credential {name}: {error.strerror}") from error
