"""Tokens: from which header, of which scope, still valid or not."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers

from connectors.sandbox.gitlab.answers import Refusal, message, unauthorized
from connectors.sandbox.gitlab.params import Params
from connectors.sandbox.gitlab.records import Token
from connectors.sandbox.gitlab.world import World

_NEED: Final = "The request requires higher privileges than provided by the access token."
_SELF: Final = "/api/v4/personal_access_tokens/self"


def identify(world: World, headers: Headers, given: Params) -> Token | None:
    """The token of a request, None without one (an empty one is none). Raises Refusal."""
    secret = headers.get("private-token") or given.get("private_token")
    if not secret:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        secret = rest.strip() if scheme.lower() == "bearer" else given.get("access_token")
    if not secret:
        return None
    token = world.tokens.get(str(secret))
    if token is None:
        unauthorized()
    if token.revoked:
        raise _invalid("Token was revoked. You have to re-authorize from the user.")
    now = world.now()
    if token.expires_on is not None and token.expires_on <= now.date():
        raise _invalid("Token is expired. You can either do re-authorization or token refresh.")
    if token.user.state != "active":
        raise message(403, f"403 Forbidden - Your account has been {token.user.state}.")
    token.last_used_at = now
    return token


def permit(token: Token, method: str, path: str) -> None:
    """Refuse a request for which the token's scopes do not suffice."""
    if "api" in token.scopes or path == _SELF:
        return
    reading = method in ("GET", "HEAD")
    if reading and "read_api" in token.scopes:
        return
    of_user = path == "/api/v4/user" or path.startswith("/api/v4/users")
    if reading and of_user and "read_user" in token.scopes:
        return
    wanted = ["api"] + (["read_api"] if reading else []) + (["read_user"] if of_user else [])
    raise Refusal(
        403,
        {"error": "insufficient_scope", "error_description": _NEED, "scope": " ".join(wanted)},
    )


def _invalid(why: str) -> Refusal:
    realm = (
        f'Bearer realm="Protected by OAuth 2.0", error="invalid_token", error_description="{why}"'
    )
    return Refusal(
        401,
        {"error": "invalid_token", "error_description": why},
        headers={"WWW-Authenticate": realm},
    )
