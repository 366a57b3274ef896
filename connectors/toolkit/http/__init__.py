"""HTTP for every REST connector: one careful transport, so that none has to be careful alone."""

from connectors.limits import Limits
from connectors.toolkit.http.address import Address, AddressError, parse_address
from connectors.toolkit.http.answer import Answer, is_cut, is_too_large
from connectors.toolkit.http.failures import said_by, status_of, unless
from connectors.toolkit.http.library import LibrarySession
from connectors.toolkit.http.masking import printable
from connectors.toolkit.http.prefetch import ahead
from connectors.toolkit.http.status import BASE_TABLE, Decision, Table
from connectors.toolkit.http.transport import HeaderKey, Transport

__all__ = [
    "BASE_TABLE",
    "Address",
    "AddressError",
    "Answer",
    "Decision",
    "HeaderKey",
    "LibrarySession",
    "Limits",
    "Table",
    "Transport",
    "ahead",
    "is_cut",
    "is_too_large",
    "parse_address",
    "printable",
    "said_by",
    "status_of",
    "unless",
]
