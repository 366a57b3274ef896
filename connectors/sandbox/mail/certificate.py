"""A certificate for the loopback ports of one run: made at the start, gone at the end.

The bridge sends no password without verified TLS, on loopback neither, and has no switch for it.
So the simulated mail servers speak TLS with a certificate of their own, which the source names as
its `ca_file`. No library that the bridge needs anyway can make one, and a key shipped with the
program would be everybody's: hence these few lines of ECDSA on P-256 (FIPS 186-4) and DER (X.690).
They are not hardened against being timed and serve nothing but this simulation.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

_Point: TypeAlias = tuple[int, int, int]
"""In Jacobian coordinates: no division but one at the end. The point at infinity has z = 0."""

_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_EC_KEY, _P256, _ECDSA = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2"
_BEFORE: Final = timedelta(days=1)
_VALID: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate, which is its own authority, and its key, as PEM files."""

    certificate: Path
    key: Path


def write_certificate(directory: Path, names: Iterable[str]) -> Files:
    """Make a key and a certificate for these host names and addresses, below a private directory.

    It is valid from yesterday for a month, by the computer's own clock.
    """
    secret = secrets.randbelow(_N - 1) + 1
    public = _bytes(_times(secret, _G))
    body = _body(public, names, datetime.now(UTC).replace(microsecond=0))
    algorithm = _sequence(_oid(_ECDSA))
    certificate = _sequence(body, algorithm, _bits(_sign(secret, body)))
    key = _sequence(
        _integer(1),
        _tag(0x04, secret.to_bytes(32, "big")),
        _tag(0xA0, _oid(_P256)),
        _tag(0xA1, _bits(public)),
    )
    files = Files(directory / "certificate.pem", directory / "key.pem")
    files.certificate.write_text(_pem("CERTIFICATE", certificate), "ascii")
    files.key.touch(0o600)
    files.key.write_text(_pem("EC PRIVATE KEY", key), "ascii")
    return files


def _body(public: bytes, names: Iterable[str], now: datetime) -> bytes:
    """What is signed (RFC 5280, 4.1)."""
    name = _sequence(_tag(0x31, _sequence(_oid("2.5.4.3"), _tag(0x0C, b"sandbox of the bridge"))))
    moments = (now - _BEFORE, now + _VALID)
    validity = _sequence(*(_tag(0x17, f"{at:%y%m%d%H%M%SZ}".encode()) for at in moments))
    extensions = _sequence(
        _extension("2.5.29.19", _sequence(_tag(0x01, b"\xff")), critical=True),
        # digitalSignature and keyCertSign: it signs its connections, and itself.
        _extension("2.5.29.15", _tag(0x03, b"\x02\x84"), critical=True),
        _extension("2.5.29.37", _sequence(_oid("1.3.6.1.5.5.7.3.1"))),
        _extension("2.5.29.17", _sequence(*map(_alternative, names))),
        # A name for the key, no protection (RFC 5280, 4.2.1.2).
        _extension("2.5.29.14", _tag(0x04, hashlib.sha256(public).digest()[:20])),
    )
    return _sequence(
        _tag(0xA0, _integer(2)),
        _integer(secrets.randbits(120) | 1),
        _sequence(_oid(_ECDSA)),
        name,
        validity,
        name,
        _sequence(_sequence(_oid(_EC_KEY), _oid(_P256)), _bits(public)),
        _tag(0xA3, extensions),
    )


def _alternative(name: str) -> bytes:
    try:
        return _tag(0x87, ip_address(name).packed)
    except ValueError:
        return _tag(0x82, name.encode("ascii"))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = _tag(0x01, b"\xff") if critical else b""
    return _sequence(_oid(oid), flag, _tag(0x04, value))


# -- P-256 -------------------------------------------------------------------------------------


def _twice(point: _Point) -> _Point:
    x, y, z = point
    square = y * y % _P
    four = 4 * x * square % _P
    slope = 3 * (x - z * z) * (x + z * z) % _P
    u = (slope * slope - 2 * four) % _P
    return u, (slope * (four - u) - 8 * square * square) % _P, 2 * y * z % _P


def _plus(point: _Point, other: tuple[int, int]) -> _Point:
    """Neither is ever the other, nor its opposite: the factors below stay under the order."""
    x, y, z = point
    if z == 0:
        return *other, 1
    square = z * z % _P
    h = (other[0] * square - x) % _P
    r = (other[1] * z * square - y) % _P
    cube, v = h * h * h % _P, x * h * h % _P
    u = (r * r - cube - 2 * v) % _P
    return u, (r * (v - u) - y * cube) % _P, z * h % _P


def _times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    found: _Point = (0, 1, 0)
    for bit in f"{factor:b}":
        found = _twice(found)
        if bit == "1":
            found = _plus(found, point)
    x, y, z = found
    inverse = pow(z, -1, _P)
    return x * inverse**2 % _P, y * inverse**3 % _P


def _bytes(point: tuple[int, int]) -> bytes:
    return b"\x04" + b"".join(each.to_bytes(32, "big") for each in point)


def _sign(secret: int, body: bytes) -> bytes:
    digest = int.from_bytes(hashlib.sha256(body).digest(), "big")
    nonce = secrets.randbelow(_N - 1) + 1
    first = _times(nonce, _G)[0] % _N
    second = pow(nonce, -1, _N) * (digest + first * secret) % _N
    return _sequence(_integer(first), _integer(second))


# -- DER ---------------------------------------------------------------------------------------


def _tag(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tag(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tag(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bits(content: bytes) -> bytes:
    return _tag(0x03, b"\0" + content)


def _oid(text: str) -> bytes:
    first, second, *rest = (int(part) for part in text.split("."))
    content = bytearray([40 * first + second])
    for part in rest:
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(0x80 | part & 0x7F)
        content += bytes(reversed(digits))
    return _tag(0x06, bytes(content))


def _pem(label: str, content: bytes) -> str:
    lines = base64.encodebytes(content).decode("ascii")
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"
