"""Endpoints of comments."""

from __future__ import annotations

from connectors.sandbox.pivotal import hanging
from connectors.sandbox.pivotal.calls import Answer, Call, Endpoint
from connectors.sandbox.pivotal.errors import invalid, unauthorized, unfound
from connectors.sandbox.pivotal.flavour import Flavour
from connectors.sandbox.pivotal.parameters import integer, integers, text
from connectors.sandbox.pivotal.world import Comment, Project, Story

_CHANGES = (
    "attachment_ids_to_remove, attachments_to_add, file_attachment_ids_to_add, "
    "file_attachment_ids_to_remove, google_attachment_ids_to_remove, text"
)


def comment_endpoints(flavour: Flavour) -> list[Endpoint]:
    """The endpoints of comments that an installation has."""
    comments = "/projects/{project}/stories/{story}/comments"
    creating = {
        "text": text(20000),
        "person_id": integer,
        "commit_identifier": text(255),
        "commit_type": text(255),
        "file_attachment_ids": integers,
        "google_attachment_ids": integers,
    }
    changing = {
        "text": text(20000, blank=False),
        "file_attachment_ids_to_add": integers,
        "file_attachment_ids_to_remove": integers,
        "google_attachment_ids_to_remove": integers,
        "attachment_ids_to_remove": integers,
    }
    posting = [Endpoint("POST", comments, _create, body=creating)] if flavour.comment_post else []
    return [
        Endpoint("GET", comments, _list),
        *posting,
        Endpoint("GET", comments + "/{comment}", _show),
        Endpoint("PUT", comments + "/{comment}", _change, body=changing),
        Endpoint("DELETE", comments + "/{comment}", _delete),
    ]


def _comment(call: Call) -> tuple[Project, Story, Comment]:
    project, story = call.story()
    number = call.number("comment")
    for comment in story.comments:
        if comment.id == number:
            return project, story, comment
    raise unfound()


def _list(call: Call) -> Answer:
    project, story = call.story()
    return call.all(call.resources.comment, story.comments, project)


def _show(call: Call) -> Answer:
    project, _, comment = _comment(call)
    return call.one(call.resources.comment, comment, project)


def _create(call: Call) -> Answer:
    project, story = call.story()
    body = call.body
    if not body.get("text", "").strip():
        raise invalid(
            "this endpoint requires at least one of the following parameters: "
            "file_attachment_ids, google_attachment_ids, text"
        )
    if body.get("person_id", call.person.id) != call.person.id:
        raise unauthorized()
    commit = None
    if "commit_identifier" in body or "commit_type" in body:
        commit = (body.get("commit_type", ""), body.get("commit_identifier", ""))
    comment = hanging.add_comment(call.editor, story, call.person.id, body["text"], commit=commit)
    return call.one(call.resources.comment, comment, project)


def _change(call: Call) -> Answer:
    project, story, comment = _comment(call)
    if not call.body:
        raise invalid(
            f"this endpoint requires at least one of the following parameters: {_CHANGES}"
        )
    words = call.body.get("text", comment.text)
    hanging.edit_comment(call.editor, story, comment, call.person.id, words)
    return call.one(call.resources.comment, comment, project)


def _delete(call: Call) -> Answer:
    project, story, comment = _comment(call)
    hanging.delete_comment(call.editor, story, comment, call.person.id)
    return Answer(None, project)
