"""The refusals of the API: status, code and texts as the service worded them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

FIX_MEMBERSHIP = (
    "Check the permissions of the user on the project's membership page, and that the project "
    "allows API access."
)


class TrackerError(Exception):
    """A request that is answered with an error document."""

    def __init__(self, status: int, code: str, error: str, **more: Any) -> None:
        super().__init__(more.get("general_problem", error))
        self.status = status
        self.body: dict[str, Any] = {"kind": "error", "code": code, "error": error, **more}


class GatewayTimeout(Exception):
    """The service takes too long: what stands in front of it answers 504 with a page."""


def invalid(
    problem: str,
    *,
    fields: Iterable[tuple[str, str]] = (),
    requirement: str | None = None,
    possible_fix: str | None = None,
) -> TrackerError:
    """400 invalid_parameter; `fields` become the validation errors."""
    more: dict[str, Any] = {"general_problem": problem}
    if requirement:
        more["requirement"] = requirement
    if possible_fix:
        more["possible_fix"] = possible_fix
    errors = [{"field": name, "problem": text} for name, text in fields]
    if errors:
        more["validation_errors"] = errors
    return TrackerError(
        400,
        "invalid_parameter",
        "One or more request parameters was missing or invalid.",
        **more,
    )


def cannot_accept(name: str) -> TrackerError:
    """400 for a parameter that the endpoint does not know."""
    return invalid(f"this endpoint cannot accept the parameter: {name}")


def unparsable() -> TrackerError:
    """400 for a body that is no JSON object."""
    return TrackerError(400, "could_not_parse_body", "Cannot parse the JSON-encoded request body.")


def unauthenticated() -> TrackerError:
    """403 for a missing or unknown token."""
    return TrackerError(
        403,
        "invalid_authentication",
        "Invalid authentication credentials were presented.",
        possible_fix="Verify that your token value matches what's shown on your Profile page "
        "in Tracker.",
    )


def unauthorized() -> TrackerError:
    """403: no member, too small a role, a deleted project, or API access switched off."""
    return TrackerError(
        403,
        "unauthorized_operation",
        "Authorization failure.",
        general_problem="You aren't authorized to access the requested resource.",
        possible_fix=FIX_MEMBERSHIP,
    )


def unfound() -> TrackerError:
    """404: no such thing at this place."""
    return TrackerError(
        404,
        "unfound_resource",
        "The object you tried to access could not be found.  It may have been removed by another "
        "user, you may be using the ID of another object type, or you may be trying to access a "
        "sub-resource at the wrong point in a tree.",
    )


def no_route() -> TrackerError:
    """404: no endpoint of this path and method."""
    return TrackerError(404, "route_not_found", "The path you requested has no valid endpoint.")
