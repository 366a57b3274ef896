"""Which of a source's places (projects, groups) answer: one that does not stops no other (ask 22).

It is set aside under its name with the reason, and leaves that list with the first poll that reads
it again. Where none answers, the source itself has failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.errors import SourceError
from connectors.toolkit.http import status_of
from connectors.toolkit.page_builder import PageBuilder


def is_of_a_place(error: SourceError) -> bool:
    """Whether an error is about one place rather than about the whole source."""
    return status_of(error) in (403, 404)


@dataclass(slots=True)
class Scopes:
    """What one poll found out about them, by name (`project 2002`)."""

    answered: dict[str, None] = field(default_factory=dict)
    failed: dict[str, SourceError] = field(default_factory=dict)

    def answers(self, name: str) -> None:
        """Note that a place can be read."""
        if name not in self.failed:
            self.answered[name] = None

    def lost(self, name: str, error: SourceError) -> None:
        """Note that a place cannot be read; raises what concerns the whole source."""
        if not is_of_a_place(error):
            raise error
        self.answered.pop(name, None)
        self.failed.setdefault(name, error)

    def check(self) -> None:
        """Raises the first error where no place answers at all."""
        if self.failed and not self.answered:
            raise next(iter(self.failed.values()))

    def tell(self, builder: PageBuilder) -> None:
        """Set aside those that do not answer, and clear those that do. Raises as `check`."""
        self.check()
        for name, error in self.failed.items():
            builder.set_aside(name, f"{error.what}; {error.hint}", {"place": name})
        builder.cleared += self.answered
