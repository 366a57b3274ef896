"""The ASGI application: who asks, which route, and refusals in GitLab's shapes."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from connectors.sandbox.gitlab import (
    graphql,
    params,
    routes_events,
    routes_issues,
    routes_labels,
    routes_merge_requests,
    routes_notes,
    routes_places,
    routes_time,
)
from connectors.sandbox.gitlab.access import identify, permit
from connectors.sandbox.gitlab.answers import Refusal, router
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.routing import Routes
from connectors.sandbox.gitlab.site import Site

API: Final = "/api/v4"
GRAPHQL: Final = "/api/graphql"
_ROUTES: Final = Routes(
    *(
        module.routes
        for module in (
            routes_issues,
            routes_notes,
            routes_time,
            routes_events,
            routes_labels,
            routes_merge_requests,
            routes_places,
        )
    )
)
_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body>{0}</body></html>"


class Api:
    """REST v4 and GraphQL of one installation."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Refusal as refusal:
            response = refusal.response()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raw: str = request.scope["raw_path"].decode("latin-1")
        base = self._site.external_url or f"{request.url.scheme}://{request.url.netloc}"
        if raw == GRAPHQL:
            return await graphql.answer(self._site, request, base)
        if not raw.startswith(f"{API}/"):
            if raw == "/":
                return Response(status_code=302, headers={"location": f"{base}/users/sign_in"})
            return HTMLResponse(_PAGE.format("The page could not be found (404)"), 404)
        given = await params.read(request)
        token = identify(self._site.world, request.headers, given)
        found = _ROUTES.find(raw.removeprefix(API))
        if found is None:
            raise router(404, "404 Not Found")
        method = request.method
        handler = found.handlers.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise router(405, "405 Not Allowed")
        if token is not None:
            permit(token, method, raw)
            self._site.limits.request(token.user.id)
        response: Response = handler(
            Call(self._site, method, raw, found.values, given, token, base)
        )
        if method == "HEAD":
            response.body = b""
        return response
