"""The closed sets: every word of which there are only so many, each defined here and nowhere else.

A member is its word, as configurations, JSON and the store have it. `bridge.model` gives them all;
kinds of messages, with what goes with each, stand in `bridge.model.messages`.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Channel(StrEnum):
    """The way in by which a client asked."""

    TICKET = "ticket"
    EMAIL = "email"
    PHONE = "phone"
    DIRECT = "direct"


class Kind(StrEnum):
    """R1.2: an incident interrupts or degrades a service; a request asks for a change."""

    INCIDENT = "incident"
    REQUEST = "request"


class Priority(IntEnum):
    """1 is the most urgent, whatever a tool's own numbers say."""

    CRITICAL = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


class Severity(StrEnum):
    """How badly a function is hurt (R0.8, R2.11)."""

    BLOCKING = "blocking"
    MAJOR = "major"
    MINOR = "minor"


class State(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    AWAITING_CLIENT = "awaiting_client"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_finished(self) -> bool:
        """Whether no more work is expected."""
        return self is State.RESOLVED or self is State.CLOSED


class Role(StrEnum):
    """On whose behalf somebody wrote."""

    CLIENT = "client"
    PROVIDER = "provider"
    BRIDGE = "bridge"


class EventKind(StrEnum):
    """Which value of a ticket changed."""

    STATE = "state"
    PRIORITY = "priority"
    KIND = "kind"
    SEVERITY = "severity"
    ESTIMATE = "estimate"
    CONSUMED = "consumed"
    APPROVAL = "approval"
    DUE = "due"
    LABEL = "label"


class Part(StrEnum):
    """What of a ticket can be removed by itself."""

    COMMENT = "comment"
    TIME_ENTRY = "time_entry"


class FoundIn(StrEnum):
    """Where a ticket names the request that its work is done for; the surest place first."""

    FIELD = "field"
    LABEL = "label"
    TITLE = "title"
    BODY = "body"


class CommandName(StrEnum):
    """What our people order on a line of a comment, after a `/`."""

    ESTIMATE = "estimate"
    SPEND = "spend"
    PRIORITY = "priority"
    INCIDENT = "incident"
    REQUEST = "request"
    EXPRESS = "express"
    WORKAROUND = "workaround"


class Field(StrEnum):
    """What the bridge may write into a tool."""

    PRIORITY = "priority"
    ESTIMATE = "estimate"
    CONSUMED = "consumed"
    APPROVAL = "approval"
    DUE = "due"
    MESSAGE = "message"


class PlaceKind(StrEnum):
    """Where a value of the model lives in a tool."""

    NATIVE = "native"
    CUSTOM = "custom"
    LABEL = "label"
    MESSAGE = "message"
    NONE = "none"


class Policy(StrEnum):
    """Who wins when a person changed a field: the tool's value stays, ours is put back, or nothing
    is written until somebody says which."""

    TOOL = "tool"
    BRIDGE = "bridge"
    ASK = "ask"


class RecordKind(StrEnum):
    """What a person may tell the bridge itself, by command."""

    ESTIMATE = "estimate"
    SPEND = "spend"
    DECISION = "decision"
    ESCALATION = "escalation"
    CONFLICT = "conflict"
    """Who wins where a person changed a field: `note` is the key of the write in question,
    approve writes it after all, reject leaves what the tool shows."""


class ApprovalState(StrEnum):
    """Whether work may start, as the contract sees it."""

    NOT_REQUIRED = "not_required"
    ESTIMATE_NEEDED = "estimate_needed"
    AWAITING = "awaiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SEPARATE_QUOTE = "separate_quote"


class Verdict(StrEnum):
    """What an approver decided."""

    APPROVE = "approve"
    REJECT = "reject"


class VerbalApproval(StrEnum):
    """R4.6: whether `bridge approve` counts, is refused, or waits for a written confirmation."""

    RECORD = "record"
    REFUSE = "refuse"
    CONFIRM = "confirm"


class Language(StrEnum):
    """In which messages are written."""

    FR = "fr"
    EN = "en"
    DE = "de"
    NL = "nl"

    @classmethod
    def _missing_(cls, value: object) -> Language | None:
        """A region, as in "fr-CH", is the language itself."""
        base = str(value).replace("_", "-").partition("-")[0].lower()
        return next((language for language in cls if language.value == base), None)


class ClockName(StrEnum):
    """The times that a contract can promise."""

    RESPONSE = "response"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    ESTIMATE = "estimate"
    DELIVERY = "delivery"


class ClockState(StrEnum):
    """Where a promised time stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    NONE = "none"


class Hours(StrEnum):
    """In which hours a time counts: the usual ones, extended ones (R3.4), or all (R0.15)."""

    NORMAL = "normal"
    EXTENDED = "extended"
    REAL = "real"


class DayUnit(StrEnum):
    """R2.10: "3d" are 3 × `day_seconds` of open time, or 3 business dates."""

    BUSINESS_HOURS = "business_hours"
    BUSINESS_DATES = "business_dates"


class ResponseStop(StrEnum):
    """What stops the response clock: a public answer or the start of work by a person (R3.2), or
    nothing but a public answer (R4.2)."""

    START = "start"
    REPLY = "reply"


class ClockStart(StrEnum):
    """R3.8: when the response clock starts for what is handled from the next business day."""

    NOTIFICATION = "notification"
    NEXT_BUSINESS_DAY = "next_business_day"


class ExpressClock(StrEnum):
    """R0.15: how the reaction time of express work is counted."""

    BUSINESS = "business"
    REAL = "real"


class Choose(StrEnum):
    """Several lines classify a ticket: the first, or the one with the highest priority (R1.13)."""

    FIRST = "first"
    HIGHEST = "highest"


class Update(StrEnum):
    """Which number of a version changes (R0.11, R0.12): 6.2.11 → 6.2.12 is a patch, 6.2 → 6.3
    minor, 6.2 → 7.0 major."""

    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


class Coverage(StrEnum):
    """How work is paid where no line of the contract says: from the book of hours, as part of a
    service without one, or by nobody. Lines of a contract have names of their own beside these."""

    BOOK = "book"
    SERVICE = "service"
    NONE = "none"


class Pricing(StrEnum):
    """R2.2: "fixed" turns estimates, margins and deductions off."""

    TIME = "time"
    FIXED = "fixed"


class Unagreed(StrEnum):
    """What becomes of work to which nobody said yes: given away, or deducted all the same."""

    OFFER = "offer"
    DEDUCT = "deduct"


class BookUnit(StrEnum):
    """In what a book of hours is told."""

    HOURS = "hours"
    DAYS = "days"


class CarryOn(StrEnum):
    """When unused hours are carried into the next year (R0.10, R2.15)."""

    ALWAYS = "always"
    RENEWAL = "renewal"
    NEVER = "never"


class RoundingMode(StrEnum):
    """P3: to which side worked time is rounded."""

    UP = "up"
    NEAREST = "nearest"
    DOWN = "down"


class RoundedPer(StrEnum):
    """P3: what is rounded as one."""

    ENTRY = "entry"
    TICKET_AND_DAY = "ticket and day"
    TICKET = "ticket"


class EntryKind(StrEnum):
    """Kinds of ledger entries (P1)."""

    CREDIT = "credit"
    DEDUCTION = "deduction"
    SETUP = "setup"
    """A deduction for setting a project up (R2.19)."""
    ROLL_OVER = "roll-over"
    CORRECTION = "correction"


class ProblemSeverity(StrEnum):
    """Whether a problem stops what it concerns, or is for a person to look at."""

    ERROR = "error"
    WARNING = "warning"
