"""The ticket form, in every shape in which Freshdesk shows it."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model import PlaceKind
from connectors.errors import TryAgainError
from connectors.freshdesk.api import all_attributes, attributes
from connectors.freshdesk.form import Form, field_of
from mappings import Place, load

CHOICES: dict[str, tuple[Any, dict[str, int | None]]] = {
    "list of words": (["Blocking", "Major"], {"Blocking": None, "Major": None}),
    "word to id": ({"Low": 1, "Urgent": 4}, {"Low": 1, "Urgent": 4}),
    "id to words": (
        {"2": ["Open", "Being Processed"], "6": ["Parked", "Later"]},
        {"Open": 2, "Parked": 6},
    ),
    "words in words": (
        {"Web": {"Shop": ["Cart", "Login"], "Blog": []}},
        {"Web": None, "Shop": None, "Cart": None, "Login": None, "Blog": None},
    ),
    "pairs of words": ([["Yes", "Oui"], ["No", "Non"]], {"Yes": None, "No": None}),
    "none": (None, {}),
    "something new": (7, {}),
}


@pytest.mark.parametrize(("given", "expected"), CHOICES.values(), ids=CHOICES.keys())
def test_choices_are_read_in_each_of_their_shapes(
    given: Any, expected: dict[str, int | None]
) -> None:
    assert field_of({"name": "x", "choices": given}).choices == expected


def form(*rows: dict[str, Any]) -> Form:
    return Form(lambda: list(rows), load("freshdesk"))


@pytest.mark.parametrize("name", ["Hours", "hours", "cf_hours", "CF_HOURS"])
def test_field_is_found_by_its_label_and_by_its_name(name: str) -> None:
    known = form({"name": "cf_hours", "label": "Hours", "type": "custom_decimal"})
    found = known.at(Place(PlaceKind.CUSTOM, name))
    assert found is not None
    assert found.name == "cf_hours"


def test_name_goes_before_a_label_that_reads_alike() -> None:
    known = form({"name": "other", "label": "hours"}, {"name": "hours", "label": "Time"})
    found = known.at(Place(PlaceKind.CUSTOM, "hours"))
    assert found is not None
    assert found.label == "Time"


def test_standard_field_is_no_custom_one() -> None:
    known = form({"name": "subject", "label": "Subject", "default": True})
    assert known.at(Place(PlaceKind.CUSTOM, "Subject")) is None
    assert known.at(Place(PlaceKind.NATIVE, "subject")) is None


class Model:
    """As the library makes them."""

    def __init__(self, **values: Any) -> None:
        self._keys = set(values)
        vars(self).update(values)


def test_attributes_of_a_model_have_the_tool_s_own_names() -> None:
    model = Model(id=7, _status=2, _priority=1)
    assert attributes("helpdesk", lambda: model) == {"id": 7, "status": 2, "priority": 1}


@pytest.mark.parametrize("writing", [True, False])
def test_answer_of_which_the_library_makes_no_model_is_an_error_of_ours(writing: bool) -> None:
    with pytest.raises(TryAgainError) as caught:
        attributes("helpdesk", lambda: Model().created_at, writing=writing)  # type: ignore[attr-defined]
    assert caught.value.unknown_outcome is writing
    with pytest.raises(TryAgainError):
        all_attributes("helpdesk", lambda: None)
