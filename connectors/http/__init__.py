"""HTTP for every REST connector: one careful transport, so that none has to be careful alone."""

from connectors.http.address import Address, AddressError, parse_address
from connectors.http.answer import Answer, is_too_large
from connectors.http.failures import said_by, status_of
from connectors.http.limits import Limits
from connectors.http.masking import printable
from connectors.http.prefetch import ahead
from connectors.http.status import BASE_TABLE, Decision, Table
from connectors.http.transport import HeaderKey, Transport

__all__ = [
    "BASE_TABLE",
    "Address",
    "AddressError",
    "Answer",
    "Decision",
    "HeaderKey",
    "Limits",
    "Table",
    "Transport",
    "ahead",
    "is_too_large",
    "parse_address",
    "printable",
    "said_by",
    "status_of",
]
