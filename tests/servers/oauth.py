"""Access tokens that the tests' Dovecot accepts for XOAUTH2 and OAUTHBEARER: signed JWTs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from pathlib import Path

CONFIGURATION = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={keys}/
username_attribute = sub
"""


class Tokens:
    """An issuer of tokens with one HMAC key, which Dovecot reads from a file to check them."""

    def __init__(self) -> None:
        """Draw the key."""
        self._key = os.urandom(32)

    def install(self, home: Path) -> None:
        """Write Dovecot's `oauth2.conf` and the key below `home`."""
        key = home / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(self._key))
        (home / "oauth2.conf").write_text(CONFIGURATION.format(keys=home / "keys"), "utf-8")

    def issue(self, user: str, seconds: int) -> str:
        """Return a token for `user` that ends in `seconds` from now."""
        now = int(time.time())
        claims = {"sub": user, "iat": now - 7200, "nbf": now - 7200, "exp": now + seconds}
        head = _encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        body = _encoded(json.dumps(claims).encode())
        signature = hmac.new(self._key, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{_encoded(signature)}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
