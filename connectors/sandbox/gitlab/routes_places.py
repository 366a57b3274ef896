"""Version, users, tokens, groups, projects and their members."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.responses import Response

from connectors.sandbox.gitlab.answers import not_found, shown
from connectors.sandbox.gitlab.call import Call
from connectors.sandbox.gitlab.entities import Shown
from connectors.sandbox.gitlab.params import Param, boolean, integers, text
from connectors.sandbox.gitlab.records import Group, Project, Role, User
from connectors.sandbox.gitlab.routing import Routes

routes = Routes()


def look(call: Call) -> Shown:
    return Shown(call.site, call.base, call.user)


@routes.on("GET", "/version")
def version(call: Call) -> Response:
    _ = call.me
    return shown({"version": str(call.site.version), "revision": "5ab1e2f1c0d"})


@routes.on("GET", "/metadata")
def metadata(call: Call) -> Response:
    _ = call.me
    return shown(
        {
            "version": str(call.site.version),
            "revision": "5ab1e2f1c0d",
            "kas": {"enabled": False, "externalUrl": None, "version": None},
            "enterprise": call.site.paid,
        }
    )


@routes.on("GET", "/user")
def myself(call: Call) -> Response:
    return shown(look(call).myself(call.me))


@routes.on("GET", "/personal_access_tokens/self")
def own_token(call: Call) -> Response:
    return shown(look(call).token(call.my_token))


@routes.on("GET", "/personal_access_tokens")
def tokens(call: Call) -> Response:
    user = call.me
    own = [one for one in call.site.world.tokens.values() if one.user is user]
    return call.listed(own, look(call).token)


@routes.on("GET", "/users")
def users(call: Call) -> Response:
    _ = call.me
    taken = call.take(Param("username", text), Param("search", text), Param("active", boolean))
    found = list(call.site.world.users.values())
    if taken.get("username") is not None:
        found = [one for one in found if one.username.lower() == taken["username"].lower()]
    if taken.get("search"):
        said = taken["search"].lower()
        found = [one for one in found if said in one.username.lower() or said in one.name.lower()]
    return call.listed(sorted(found, key=lambda one: -one.id), look(call).user)


@routes.on("GET", "/users/:key")
def user(call: Call) -> Response:
    _ = call.me
    found = call.site.world.users.get(call.number("key"))
    if found is None:
        not_found("User")
    return shown({**look(call).person(found), "bot": found.bot})


# projects and groups


def _listed_projects(call: Call, projects: Iterable[Project]) -> Response:
    taken = call.take(
        Param("membership", boolean),
        Param("search", text),
        Param("archived", boolean),
        Param("simple", boolean),
        Param("with_issues_enabled", boolean),
    )
    rights = call.site.rights
    found = [one for one in projects if rights.sees(call.user, one)]
    if taken.get("membership"):
        found = [one for one in found if rights.role(call.user, one) > Role.NONE]
    if taken.get("search"):
        said = taken["search"].lower()
        found = [one for one in found if said in one.full_path.lower() or said in one.name.lower()]
    if taken.get("archived") is not None:
        found = [one for one in found if one.archived is taken["archived"]]
    return call.listed(sorted(found, key=lambda one: -one.id), look(call).project)


@routes.on("GET", "/projects")
def projects(call: Call) -> Response:
    return _listed_projects(call, call.site.world.projects.values())


@routes.on("GET", "/projects/:id")
def project(call: Call) -> Response:
    return shown(look(call).project(call.project()))


@routes.on("GET", "/groups")
def groups(call: Call) -> Response:
    found = [
        one for one in call.site.world.groups.values() if call.site.rights.sees(call.user, one)
    ]
    return call.listed(sorted(found, key=lambda one: one.name), look(call).group)


@routes.on("GET", "/groups/:id")
def group(call: Call) -> Response:
    return shown(look(call).group(call.group()))


@routes.on("GET", "/groups/:id/subgroups")
def subgroups(call: Call) -> Response:
    here = call.group()
    found = [one for one in call.site.world.groups.values() if one.parent is here]
    return call.listed(found, look(call).group)


@routes.on("GET", "/groups/:id/projects")
def group_projects(call: Call) -> Response:
    here = call.group()
    below = call.take(Param("include_subgroups", boolean)).get("include_subgroups")
    found = [one for one in call.site.world.projects_in(here) if below or one.group is here]
    return _listed_projects(call, found)


# members


def _place(call: Call) -> Project | Group:
    return call.group() if "/groups/" in call.raw_path else call.project()


def _members(call: Call, place: Project | Group, inherited: bool) -> list[tuple[User, Role]]:
    world = call.site.world
    if not inherited:
        return [(world.users[key], role) for key, role in place.members.items()]
    found = [(one, call.site.rights.role(one, place)) for one in world.users.values()]
    return [(one, role) for one, role in found if role > Role.NONE]


def _list_members(call: Call, inherited: bool) -> Response:
    place = _place(call)
    taken = call.take(Param("query", text), Param("user_ids", integers))
    show = look(call)
    found = _members(call, place, inherited)
    if taken.get("query"):
        said = taken["query"].lower()
        found = [pair for pair in found if said in f"{pair[0].username} {pair[0].name}".lower()]
    if taken.get("user_ids"):
        found = [pair for pair in found if pair[0].id in taken["user_ids"]]
    return call.listed(found, lambda pair: show.member(*pair))


def _one_member(call: Call, inherited: bool) -> Response:
    place = _place(call)
    key = call.number("user_id")
    for one, role in _members(call, place, inherited):
        if one.id == key:
            return shown(look(call).member(one, role))
    not_found("Member")


@routes.on("GET", "/projects/:id/members", "/groups/:id/members")
def members(call: Call) -> Response:
    return _list_members(call, inherited=False)


@routes.on("GET", "/projects/:id/members/all", "/groups/:id/members/all")
def all_members(call: Call) -> Response:
    return _list_members(call, inherited=True)


@routes.on("GET", "/projects/:id/members/:user_id", "/groups/:id/members/:user_id")
def member(call: Call) -> Response:
    return _one_member(call, inherited=False)


@routes.on("GET", "/projects/:id/members/all/:user_id", "/groups/:id/members/all/:user_id")
def any_member(call: Call) -> Response:
    return _one_member(call, inherited=True)


@routes.on("GET", "/projects/:id/users")
def project_users(call: Call) -> Response:
    found = [one for one, _ in _members(call, call.project(), inherited=True)]
    return call.listed(found, look(call).user)
