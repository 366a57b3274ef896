"""The tables of a configuration, each as a frozen model: what may stand in it, and its defaults.

Sources and contracts have their own models, with the connector and with the contracts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from bridge.config import domains
from bridge.contracts.conditions import Zone
from bridge.model import Language
from connectors.toolkit.secret import Secret, SecretError, SecretRef

SHARE_FROM: Final = 10
"""Up to this many open tickets, `safety.max_share` says nothing: one of three is no flood."""

_DATABASES: Final = ("sqlite:///", "postgresql+psycopg://")
_SECRET_REFERENCE: Final = ("env:", "file:", "credential:")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)\s*%")


class Section(BaseModel):
    """What all tables have in common: nothing unknown in them, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Domain: TypeAlias = Annotated[str, AfterValidator(domains.normal)]
Address: TypeAlias = Annotated[str, AfterValidator(domains.address)]
Text: TypeAlias = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Database:
    """Where the store is: a database URL, or a secret reference to one that has a password.

    Raises ValueError for another kind of URL, and for one with a password in it: secrets are
    written by reference.
    """

    text: str

    def __post_init__(self) -> None:
        if self.text.startswith(_SECRET_REFERENCE):
            SecretRef(self.text)
        else:
            _check_url(self.text)
            if urlsplit(self.text).password is not None:
                raise ValueError(
                    "a password stands in this address; write the whole address by reference, "
                    'as "env:BRIDGE_DATABASE"'
                )

    def url(self) -> Secret:
        """The URL itself. Raises SecretError when its reference leads nowhere, or to something
        that is no URL of a database that the bridge knows."""
        if not self.text.startswith(_SECRET_REFERENCE):
            return Secret(self.text)
        found = SecretRef(self.text).resolve()
        try:
            _check_url(found.reveal())
        except ValueError as error:
            raise SecretError(f"{self.text} leads to no address of a database: {error}") from None
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda db: db.text),
        )


def _check_url(text: str) -> None:
    if not any(text.startswith(start) and len(text) > len(start) for start in _DATABASES):
        raise ValueError(
            'expected "sqlite:///FILE" or "postgresql+psycopg://HOST/NAME", '
            "or a reference to one, as env:NAME"
        )


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Somebody as the configuration names them: `SOURCE:login`, `SOURCE:id`, `SOURCE:address`,
    or a mail address alone, which holds in every source (`source` is then None)."""

    source: str | None
    who: str

    def __str__(self) -> str:
        return f"{self.source}:{self.who}" if self.source else self.who

    @classmethod
    def parse(cls, text: str) -> PersonRef:
        """Reads one. Raises ValueError saying what was expected."""
        source, colon, who = text.strip().partition(":")
        if not colon:
            if "@" not in source:
                raise ValueError(
                    "expected SOURCE:login, SOURCE:id or a mail address, "
                    'as "tma:alice" or "direction@acme.ch"'
                )
            return cls(None, domains.address(source))
        if not source.strip() or not who.strip():
            raise ValueError('expected SOURCE:login, SOURCE:id or SOURCE:address, as "tma:alice"')
        return cls(source.strip(), domains.address(who) if "@" in who else who.strip())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls.parse, core_schema.str_schema(), serialization=core_schema.to_string_ser_schema()
        )


class Bridge(Section):
    """`[bridge]`: where the store is, and how the firm writes."""

    database: Database = Database("sqlite:///bridge.db")
    timezone: Zone = "Europe/Zurich"
    language: Language = Language.FR


class Provider(Section):
    """`[provider]`: who "we" are. Everybody else is a client."""

    name: Text
    domains: tuple[Domain, ...] = ()
    people: tuple[PersonRef, ...] = ()


_IN_A_SOURCE: Final = ("organisation", "project", "label")


class Match(Section):
    """One way to tell a client's tickets: what a source says of them, or who wrote them."""

    source: Text | None = None
    organisation: Text | None = None
    project: Text | None = None
    label: Text | None = None
    domain: Domain | None = None
    address: Address | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Match:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None}
        in_source = given & set(_IN_A_SOURCE)
        alone = given & {"domain", "address"}
        if len(in_source) + len(alone) != 1 or ("source" in given) != bool(in_source):
            raise ValueError(
                'expected { source = "…", organisation = "…" } (or project, or label), '
                '{ domain = "…" } or { address = "…" }'
            )
        return self

    @property
    def kind(self) -> str:
        """organisation · project · label · domain · address."""
        kinds = (*_IN_A_SOURCE, "domain", "address")
        return next(kind for kind in kinds if getattr(self, kind) is not None)

    @property
    def value(self) -> str:
        """What is looked for; domains and addresses in the form in which two are compared."""
        return str(getattr(self, self.kind))

    def __str__(self) -> str:
        return f"{self.kind} {self.value}" + (f" of {self.source}" if self.source else "")


class Client(Section):
    """`[clients.NAME]`: whose tickets these are, who decides, and what was agreed."""

    name: Text
    match: tuple[Match, ...] = Field(min_length=1)
    approvers: tuple[PersonRef, ...] = ()
    contracts: tuple[Text, ...] = ()
    language: Language | None = None
    """Of messages to this client; the bridge's own when absent."""
    timezone: Zone | None = None


def _share(value: object) -> object:
    """`0.3`, or `"30 %"`: exact, since it decides whether a plan stops."""
    if isinstance(value, str):
        percent = _PERCENT.fullmatch(value.strip())
        if percent is None:
            raise ValueError('expected a share such as 0.30 or "30 %"')
        return Decimal(percent[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError('expected a share such as 0.30 or "30 %"')
    return Decimal(str(value))


Share: TypeAlias = Annotated[Decimal, BeforeValidator(_share), Field(ge=0, le=1)]


class Safety(Section):
    """`[safety]`: a plan that would touch more than this stops with its numbers (exit code 4)."""

    max_writes: int = Field(default=50, ge=0, strict=True)
    """Tickets touched by one pass."""
    max_share: Share = Decimal("0.30")
    """Of the open tickets, from `SHARE_FROM` of them up."""
