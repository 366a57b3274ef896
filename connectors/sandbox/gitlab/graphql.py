"""GraphQL: who asks is looked at as in REST; errors come with status 200, in `errors`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.gitlab.access import identify
from connectors.sandbox.gitlab.answers import Refusal, shown
from connectors.sandbox.gitlab.graphql_limits import LARGEST, PAGE, check
from connectors.sandbox.gitlab.graphql_schema import MUTATION, QUERY, Asked, Denied, Kind, Page
from connectors.sandbox.gitlab.graphql_text import Field, Malformed, parse, valued
from connectors.sandbox.gitlab.records import Token
from connectors.sandbox.gitlab.site import Site


class _Undefined(Exception):
    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


async def answer(site: Site, request: Request, base: str) -> Response:
    """One POST to `/api/graphql`."""
    if request.method != "POST":
        return shown({"error": "404 Not Found"}, 404)
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return _failed("Invalid request body", 400)
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _failed("No query string was present")
    if len(body["query"]) > LARGEST:
        return _failed("Query too large")
    try:
        token = identify(site.world, request.headers, {})
    except Refusal as refusal:
        if refusal.status == 401:
            return _failed("Invalid token", 401)
        raise
    if token is not None:
        if not {"api", "read_api"} & set(token.scopes):
            return _failed("Invalid token", 401)
        site.limits.request(token.user.id)
    return shown(_run(site, token, base, body))


def _failed(message: str, status: int = 200) -> Response:
    return shown({"errors": [{"message": message}]}, status)


def _run(site: Site, token: Token | None, base: str, body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        operation, fields = parse(body["query"], body.get("operationName"))
    except Malformed as error:
        return {"errors": [{"message": str(error)}]}
    given = body.get("variables") or {}
    if not isinstance(given, dict):
        return {"errors": [{"message": "Variables are invalid"}]}
    for name in sorted(operation.required):
        if given.get(name) is None:
            why = f"Variable ${name} of type was provided invalid value"
            return {"errors": [{"message": why}]}
    root = MUTATION if operation.kind == "mutation" else QUERY
    variables = {**operation.defaults, **given}
    try:
        check(fields, variables, known=token is not None)
    except Malformed as error:
        return {"errors": [{"message": str(error)}]}
    asked = Asked(site, token, base)
    errors: list[dict[str, Any]] = []
    try:
        _check(root, fields, [operation.kind])
        data = _object(asked, root, None, fields, variables, [], errors)
    except _Undefined as undefined:
        return {"errors": [undefined.error]}
    return {"data": data, "errors": errors} if errors else {"data": data}


def _check(kind: Kind, fields: tuple[Field, ...], path: list[str]) -> None:
    """Refuse the whole document for one field or argument that the schema does not know."""
    for one in fields:
        if one.field == "__typename":
            continue
        known = kind.fields.get(one.field)
        if known is None:
            raise _Undefined(
                {
                    "message": f"Field '{one.field}' doesn't exist on type '{kind.name}'",
                    "path": [*path, one.name],
                    "extensions": {
                        "code": "undefinedField",
                        "typeName": kind.name,
                        "fieldName": one.field,
                    },
                }
            )
        for argument in one.arguments:
            if argument not in known.arguments:
                raise _Undefined(
                    {
                        "message": f"Field '{one.field}' doesn't accept argument '{argument}'",
                        "path": [*path, one.name, argument],
                        "extensions": {"code": "argumentNotAccepted", "name": one.field},
                    }
                )
        below = known.kind
        if below is not None and not one.selection:
            raise _Undefined(
                {
                    "message": "Field must have selections (field "
                    f"'{one.field}' returns {below.name} but has no selections. Did you mean "
                    f"'{one.field} {{ ... }}'?)",
                    "path": [*path, one.name],
                }
            )
        if below is not None:
            _check(below, one.selection, [*path, one.name])
        elif one.selection:
            raise _Undefined(
                {
                    "message": f"Selections can't be made on scalars (field '{one.field}')",
                    "path": [*path, one.name],
                }
            )


def _object(
    asked: Asked,
    kind: Kind,
    value: Any,
    fields: tuple[Field, ...],
    variables: Mapping[str, Any],
    path: list[Any],
    errors: list[dict[str, Any]],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields:
        if one.field == "__typename":
            found[one.name] = kind.name
            continue
        here = [*path, one.name]
        known = kind.fields[one.field]
        arguments = {name: valued(given, variables) for name, given in one.arguments.items()}
        try:
            below = known.resolve(asked, value, arguments)
            if isinstance(below, Page) and "first" in known.arguments:
                below = _cut(below, arguments)
        except Denied as denied:
            errors.append({"message": str(denied), "path": here})
            below = None
        except (ValueError, TypeError):
            why = f"Argument on Field '{one.field}' has an invalid value."
            raise _Undefined({"message": why, "path": here}) from None
        if known.kind is not None and below is not None:
            if isinstance(below, list):
                below = [
                    _object(asked, known.kind, row, one.selection, variables, [*here, n], errors)
                    for n, row in enumerate(below)
                ]
            else:
                below = _object(asked, known.kind, below, one.selection, variables, here, errors)
        found[one.name] = below
    return found


def _cut(page: Page, arguments: Mapping[str, Any]) -> Page:
    """At most 100 rows; cursors are positions by id, so that new rows do not shift them."""
    rows = page.rows
    after = arguments.get("after")
    if after:
        ids = [str(row.id) for row in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    wanted = arguments.get("first")
    size = PAGE if wanted is None else max(min(int(wanted), PAGE), 0)
    return Page(rows[:size], total=page.total, more=len(rows) > size, seconds=page.seconds)
