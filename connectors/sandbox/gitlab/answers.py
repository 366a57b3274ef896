"""Answers and refusals in GitLab's own shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.responses import Response

from connectors.sandbox.core.answers import dumped


class Refusal(Exception):
    """An answer that ends the handling of a request."""

    def __init__(
        self,
        status: int,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        text: bool = False,
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.text = text

    def response(self) -> Response:
        if self.text:
            return Response(self.body, self.status, headers=self.headers, media_type="text/plain")
        return shown(self.body, self.status, self.headers)


def shown(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON under the media type that GitLab names."""
    return Response(dumped(data), status, headers=headers, media_type="application/json")


def empty() -> Response:
    return Response(status_code=204)


def message(status: int, text: Any) -> Refusal:
    """`{"message": …}`, as most refusals."""
    return Refusal(status, {"message": text})


def router(status: int, text: str) -> Refusal:
    """`{"error": …}`, as the router of the API refuses before any code of an endpoint runs."""
    return Refusal(status, {"error": text})


def not_found(resource: str) -> NoReturn:
    raise message(404, f"404 {resource} Not Found")


def forbidden() -> NoReturn:
    raise message(403, "403 Forbidden")


def unauthorized() -> NoReturn:
    raise message(401, "401 Unauthorized")


def bad_request(reason: str) -> NoReturn:
    raise message(400, f"400 Bad request - {reason}")


def ruby(messages: Mapping[str, list[str]]) -> str:
    """A hash of errors as it stands in the text of a refused note."""
    pairs = ", ".join(
        f":{name}=>[{', '.join(chr(34) + text + chr(34) for text in texts)}]"
        for name, texts in messages.items()
    )
    return f"{{{pairs}}}"
