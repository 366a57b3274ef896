"""What a GitLab of some version does otherwise than others."""

from __future__ import annotations

from dataclasses import dataclass

_NEWEST = {15: "15.4.6", 16: "16.11.10", 17: "17.11.7", 18: "18.7.1"}
"""A version given only by its major number. 15 stands before 15.5, where notes were renamed."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """`Version.of("18.3")`; compares as numbers."""

    major: int
    minor: int
    patch: int

    @classmethod
    def of(cls, text: str) -> Version:
        """Read `18`, `18.3` or `18.3.2`. Raises ValueError."""
        whole = _NEWEST.get(int(text), text) if text.isdigit() else text
        numbers = [int(part) for part in whole.split(".")]
        if not 2 <= len(numbers) <= 3:
            raise ValueError(f"not a GitLab version: {text!r}; expected one such as 18.3")
        return cls(numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else 0)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def since(self, major: int, minor: int = 0) -> bool:
        return (self.major, self.minor) >= (major, minor)

    @property
    def internal_notes(self) -> bool:
        """Notes say `internal`; before, the flag was called `confidential` only."""
        return self.since(15, 5)

    @property
    def redirects(self) -> bool:
        """The former path of a project redirects; before, it went on working."""
        return self.since(16, 7)

    @property
    def tickets_from_issues(self) -> bool:
        """The quick action `/convert_to_ticket` exists."""
        return self.since(16, 10)

    @property
    def external_participants(self) -> bool:
        """Up to ten more people outside follow a Service Desk ticket by mail."""
        return self.since(17)

    @property
    def planners(self) -> bool:
        """The role Planner exists, and may track time and label."""
        return self.since(17, 7)

    @property
    def issue_keyset(self) -> bool:
        """Issues of a project can be paged by keyset."""
        return self.since(18, 3)

    @property
    def commit_time(self) -> bool:
        """`#12 @1h` in a commit message books time."""
        return self.since(18, 7)

    @property
    def expiry_compulsory(self) -> bool:
        """Tokens have an end; 365 days when none is given."""
        return self.since(16)
