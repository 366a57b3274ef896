"""Which service is simulated: the original, as documented and recorded, or a later clone.

Every difference is a switch of its own, so that a test can turn one (`dataclasses.replace`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Flavour:
    """How one installation behaves. The defaults are Pivotal Tracker's own."""

    name: str = "pivotal"
    name_key: str = "name"
    """What answers call a name; requests always say `name`."""
    page: int = 100
    largest_page: int = 500
    pagination_headers: bool = True
    version_header: bool = True
    strict_query: bool = True
    """Whether unknown query parameters are refused; a clone ignores them."""
    updated_filters: bool = True
    since_version: bool = True
    one_clause_filter: bool = False
    filter_wall: int | None = None
    """The number of stories from which a filtered list runs into the gateway's time-out (504)."""
    owners_nested: bool = False
    """`owners` with `user_id` stand in every story, in place of `owner_ids`."""
    list_omits_description: bool = False
    owner_edit_moves_stamp: bool = True
    post_ignores_owners: bool = False
    label_wrapped: bool = False
    """Whether a label to add comes as {"label": {"name": …}}."""
    comment_post: bool = True
    heavy_story: int | None = None
    """The number of comments from which a PUT of `labels` answers 500, half applied."""
    story_priority: bool = True
    retention_days: int | None = 183
    """How long the change feed reaches back (about six months)."""
    filter_takes_fields: bool = True


PIVOTAL: Final = Flavour()
LITETRACKER: Final = Flavour(
    name="litetracker",
    name_key="title",
    page=50,
    largest_page=10_000,
    pagination_headers=False,
    version_header=False,
    strict_query=False,
    updated_filters=False,
    since_version=False,
    one_clause_filter=True,
    filter_wall=5_000,
    owners_nested=True,
    list_omits_description=True,
    owner_edit_moves_stamp=False,
    post_ignores_owners=True,
    label_wrapped=True,
    heavy_story=20,
    retention_days=None,
)
FLAVOURS: Final = {each.name: each for each in (PIVOTAL, LITETRACKER)}
