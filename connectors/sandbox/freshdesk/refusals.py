"""How the tool says no: the documented shapes of its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from connectors.sandbox.core import json_answer


@dataclass(frozen=True, slots=True)
class Wrong:
    """One attribute or parameter that was refused."""

    field: str
    message: str
    code: str = "invalid_value"


@dataclass(slots=True)
class Refusal(Exception):
    """An answer that is no success. `body` None leaves the answer without one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Response:
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        return json_answer(self.body, self.status, self.headers)


def invalid(errors: Sequence[Wrong]) -> Refusal:
    """400: every wrong attribute at once; nothing of the request was done."""
    told = [{"field": e.field, "message": e.message, "code": e.code} for e in errors]
    return Refusal(400, {"description": "Validation failed", "errors": told})


def unexpected(name: str) -> Wrong:
    """An attribute or parameter that the reference does not name."""
    return Wrong(name, "Unexpected/invalid field in request", "invalid_field")


def coded(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"code": code, "message": message})


def bad_json() -> Refusal:
    return coded(400, "invalid_json", "Request body has invalid json format")


def no_login() -> Refusal:
    return coded(401, "invalid_credentials", "You have to be logged in to perform this action.")


def denied() -> Refusal:
    return coded(403, "access_denied", "You are not authorized to perform this action.")


def suspended() -> Refusal:
    return coded(403, "account_suspended", "Your account has been suspended.")


def lacks_feature(name: str) -> Refusal:
    return coded(
        403,
        "require_feature",
        f"The {name} feature(s) is/are not supported in your plan. "
        "Please upgrade your account to use it.",
    )


def missing() -> Refusal:
    """404: no such record, or no such address. Without a body."""
    return Refusal(404)


def not_allowed(method: str, allowed: Sequence[str]) -> Refusal:
    """405: the wrong verb, or a write to what is in the trash or spam."""
    names = ", ".join(allowed)
    message = f"{method} method is not allowed. It should be one of these method(s): {names}"
    return Refusal(405, {"message": message}, {"Allow": names})


def too_many(seconds: int) -> Refusal:
    message = "You have exceeded the limit of requests per minute"
    return Refusal(429, {"message": message}, {"Retry-After": str(seconds)})
