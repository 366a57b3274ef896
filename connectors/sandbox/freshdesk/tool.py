"""A simulated Freshdesk account: API v2, as strict as its reference."""

from __future__ import annotations

from typing import Any, Self

from connectors.sandbox.core import (
    Clock,
    Faults,
    Gate,
    Guide,
    Journal,
    Resident,
    Serving,
    configuration,
)
from connectors.sandbox.freshdesk import (
    routes_admin,
    routes_conversations,
    routes_merge,
    routes_people,
    routes_search,
    routes_tickets,
    routes_time,
    seed,
)
from connectors.sandbox.freshdesk.door import application
from connectors.sandbox.freshdesk.people import People

_MAPPINGS = {"en": "freshdesk", "fr": "freshdesk-fr", "de": "freshdesk-de"}
_TABLES = [
    routes_merge.ROUTES,
    routes_tickets.ROUTES,
    routes_conversations.ROUTES,
    routes_time.ROUTES,
    routes_people.ROUTES,
    routes_search.ROUTES,
    routes_admin.ROUTES,
]


class FreshdeskSandbox(People):
    """An account with all its state; `app` is its API, people's deeds are methods.

    `FreshdeskSandbox(clock, language="fr", plan=PRO, time_tracking=False)` is an empty account;
    `seeded` has a small agency in it.
    """

    def __init__(self, clock: Clock | None = None, **account: Any) -> None:
        super().__init__(clock, **account)
        self.journal = Journal()
        self.faults = Faults()
        self.app = Gate(
            application(self, _TABLES), self.clock, self.journal, self.faults, self.lock
        )

    @classmethod
    def seeded(cls, language: str = "en", clock: Clock | None = None, **account: Any) -> Self:
        """A small agency's account, of an install in this language (en, fr, de)."""
        made = cls(clock, language=language, **account)
        seed.small(made)
        return made

    def seed_many(self, count: int, *, replies: int = 0) -> None:
        """Add many tickets at once (`seed.many`), for measuring."""
        seed.many(self, count, replies=replies)

    def serve(self, port: int = 0) -> Serving:
        """Run on loopback. Raises OSError, on entry, when the port is taken."""
        return Serving(self, port)

    def guide(self, url: str) -> Guide:
        """How to use the seeded account that answers at `url`."""
        residents = [
            Resident(
                person.name,
                person.email,
                person.role or f"client of {self._firm(person.company_id)}",
                person.api_key,
            )
            for person in self.people.values()
        ]
        return Guide(
            config=configuration(
                "[sources.helpdesk]\n"
                'type = "freshdesk"\n'
                f'url = "{url}"\n'
                'api_key = "env:FRESHDESK_API_KEY"\n'
                f'mapping = "{_MAPPINGS[self.language]}"\n',
                match='{ source = "helpdesk", organisation = "ACME" }',
                approvers='"direction@acme.example"',
            ),
            environment=(("FRESHDESK_API_KEY", seed.BRIDGE_KEY),),
            people=tuple(residents),
            tries=(
                "bridge check --source helpdesk",
                "bridge sync --source helpdesk --dry-run",
                f"curl -u {seed.JANE_KEY}:X '{url}/api/v2/tickets/1?include=conversations'",
            ),
        )

    def _firm(self, number: int | None) -> str:
        company = self.companies.get(number or 0)
        return company.name if company else "nobody"
