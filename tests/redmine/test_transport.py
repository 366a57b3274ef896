"""The transport against servers that lie, stall and break (threats S2, H1, H2, H4, H7)."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import (
    SettingsError,
    TryAgainError,
)
from connectors.toolkit.http import AddressError, HeaderKey, Limits, Transport, parse_address
from connectors.toolkit.secret import Secret
from tests.redmine.scripted import Script, Scripted, answer, reset
from tests.servers.tls import Certificates

KEY = "0123456789abcdef0123456789abcdef01234567"
LIMITS = Limits(
    connect=1, read=0.5, answer=1.5, body=100_000, pause=0.01, longest_pause=0.05, patience=2
)
Observed = list[tuple[str, dict[str, Any]]]


def transport(
    server: Scripted,
    observed: Observed | None = None,
    ca_file: Path | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Transport:
    seen: Observed = [] if observed is None else observed
    return Transport(
        "tma",
        parse_address(server.url),
        HeaderKey("X-Key", Secret(KEY)),
        ca_file=ca_file,
        limits=LIMITS,
        observe=lambda event, **facts: seen.append((event, facts)),
        sleep=sleep,
        ticket_of=lambda path: "7" if path.endswith("/issues/7.json") else None,
        words_of=lambda body: "; ".join(body.get("errors", [])),
    )


def get(server: Scripted, path: str = "/x.json") -> Any:
    return transport(server).call("get", server.url + path)


def test_calls_share_one_connection_and_are_counted(served: Callable[..., Scripted]) -> None:
    server = served(answer(body={"a": 1}))
    calls = transport(server)
    for _ in range(3):
        assert calls.call("get", f"{server.url}/x.json") == {"a": 1}
    assert (server.connections, calls.requests, len(server.asked)) == (1, 3, 3)
    assert server.asked[0][2]["x-key"] == KEY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_threat_S2_redirect_is_not_followed_and_names_its_target(
    served: Callable[..., Scripted], status: int
) -> None:
    other = served(answer())
    server = served(answer(status, Location=f"http://localhost:{other.port}/x.json"))
    with pytest.raises(SettingsError, match="redirects to localhost"):
        get(server)
    with pytest.raises(SettingsError, match="redirects to localhost"):
        transport(server).call("put", f"{server.url}/issues/7.json", json={})
    assert other.asked == []


def test_threat_S2_nothing_outside_of_the_configured_address_is_called(
    served: Callable[..., Scripted],
) -> None:
    other, server = served(answer()), served(answer())
    with pytest.raises(SettingsError, match="outside"):
        transport(server).call("get", f"{other.url}/x.json")
    assert other.asked == []


def test_threat_S2_environment_and_cookies_play_no_part(
    served: Callable[..., Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = served(answer())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    server = served(answer(Set_Cookie="session=1; Path=/"))
    calls = transport(server)
    for _ in range(2):
        calls.call("get", f"{server.url}/x.json")
    assert proxy.asked == []
    assert all("cookie" not in headers for _, _, headers in server.asked)


@pytest.mark.parametrize(
    "url",
    [
        "http://redmine.example", "ftp://x", "redmine.example", "", "https://", "https://u:p@x",
        "https://x?key=1", "https://x#a", "https://x:99999", "https://a b", "http://127.0.0.1.evil",
    ],
)  # fmt: skip
def test_threat_S2_unfit_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(url)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://redmine.example/", "redmine.example"),
        ("https://Redmine.example:443/sub/", "redmine.example"),
        ("http://127.0.0.1:3000", "127.0.0.1:3000"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://localhost", "localhost"),
    ],
)
def test_address_gives_the_host_whose_budget_is_shared(url: str, host: str) -> None:
    address = parse_address(url)
    assert address.host == host
    assert not address.url.endswith("/")


@pytest.mark.parametrize("fault", [reset, answer(500), answer(502, "<html>", kind="text/html")])
def test_get_is_repeated_and_then_answered(served: Callable[..., Scripted], fault: Script) -> None:
    server = served(fault, fault, answer(body={"a": 1}))
    observed: Observed = []
    assert transport(server, observed).call("get", f"{server.url}/x.json") == {"a": 1}
    assert len(server.asked) == 3
    assert [event for event, _ in observed] == ["waiting", "waiting"]


@pytest.mark.parametrize("method", ["put", "post"])
@pytest.mark.parametrize("fault", [reset, answer(500), answer(504), answer(body="{")])
def test_write_is_never_repeated_and_its_outcome_unknown(
    served: Callable[..., Scripted], method: str, fault: Script
) -> None:
    server = served(fault)
    with pytest.raises(TryAgainError) as caught:
        transport(server).call(method, f"{server.url}/issues/7.json", json={"issue": {}})
    assert caught.value.unknown_outcome
    assert len(server.asked) == 1


def test_write_that_never_left_has_a_known_outcome(served: Callable[..., Scripted]) -> None:
    server = served(answer())
    calls = transport(server)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.port = port
    calls = transport(server)
    with pytest.raises(TryAgainError, match="cannot be reached") as caught:
        calls.call("put", f"{server.url}/issues/7.json", json={})
    assert not caught.value.unknown_outcome


def test_failure_that_lasts_is_told_after_a_few_attempts(served: Callable[..., Scripted]) -> None:
    server = served(answer(503))
    with pytest.raises(TryAgainError, match="status 503"):
        get(server)
    assert len(server.asked) == LIMITS.attempts


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ("<html>Sign in</html>", "text/html", "text/html where JSON was expected"),
        ('{"issues": [{"id": 1}', "application/json", "broken or cut"),
        ("", "application/json", "broken or cut"),
        ('{"issues": NaN}', "application/json", "NaN"),
        ('{"issues": Infinity}', "application/json", "Infinity"),
        ('{"hours": 1e999}', "application/json", "too large"),
        ('{"issues": [], "issues": [1]}', "application/json", "same key twice"),
        ("[" * 5000 + "]" * 5000, "application/json", "nested too deeply"),
        ("[" * 100 + "]" * 100, "application/json", "nested too deeply"),
        ("9" * 6000, "application/json", "too long"),
        (b'"\xff"', "application/json", "UTF-8"),
    ],
)
def test_threat_H2_body_that_is_no_good_json_is_a_failure_and_never_an_empty_list(
    served: Callable[..., Scripted], body: Any, kind: str, says: str
) -> None:
    with pytest.raises(TryAgainError, match=says):
        get(served(answer(body=body, kind=kind)))


def test_cut_body_is_asked_for_again(served: Callable[..., Scripted]) -> None:
    def cut(sock: socket.socket) -> None:
        sock.sendall(answer(body='{"a"', length=100))

    assert get(served(cut, answer(body={"a": 1}))) == {"a": 1}


def test_threat_H1_body_larger_than_agreed_is_refused(served: Callable[..., Scripted]) -> None:
    with pytest.raises(TryAgainError, match="larger than"):
        get(served(answer(body=json.dumps("x" * 200_000))))


def test_threat_H1_packed_body_counts_by_its_unpacked_size(
    served: Callable[..., Scripted],
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    began = time.monotonic()
    with pytest.raises(TryAgainError, match="larger than"):
        get(served(answer(body=bomb, Content_Encoding="gzip")))
    assert time.monotonic() - began < 2


def test_packed_body_is_read(served: Callable[..., Scripted]) -> None:
    assert get(served(answer(body=gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"))) == {"a": 1}


def test_threat_H1_chain_of_codings_is_refused(served: Callable[..., Scripted]) -> None:
    body = gzip.compress(gzip.compress(b"{}"))
    with pytest.raises(TryAgainError, match="packed"):
        get(served(answer(body=body, Content_Encoding="gzip, gzip")))


@pytest.mark.parametrize("part", ["head", "body", "chunks"])
def test_threat_H1_dripping_server_is_left_at_the_deadline(
    served: Callable[..., Scripted], part: str
) -> None:
    def drip(sock: socket.socket) -> None:
        if part == "body":
            sock.sendall(answer(body=b"", length=1000))
        if part == "chunks":
            sock.sendall(
                b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
        for number in itertools.count():
            piece = {"head": f"X-{number}: y\r\n", "body": " ", "chunks": "1\r\n \r\n"}[part]
            sock.sendall(b"HTTP/1.1 200 X\r\n" if part == "head" and not number else b"")
            sock.sendall(piece.encode())
            time.sleep(0.05)

    server = served(drip)
    calls = transport(server)
    began = time.monotonic()
    with pytest.raises(TryAgainError):
        calls.call("put", f"{server.url}/x.json", json={})
    assert time.monotonic() - began < LIMITS.answer + 1


def test_silent_server_is_left_after_the_read_timeout(served: Callable[..., Scripted]) -> None:
    server = served(lambda sock: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(TryAgainError, match="did not answer in time"):
        transport(server).call("put", f"{server.url}/x.json", json={})
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("leaf", "trusted", "says"),
    [
        ("good", False, "signed by nobody this machine trusts"),
        ("wrong_name", True, "made for another name"),
        ("expired", True, "has expired"),
    ],
)
def test_broken_certificate_is_named_and_the_key_stays_home(
    certificates: Certificates, leaf: str, trusted: bool, says: str
) -> None:
    context = getattr(certificates, leaf).server_context()
    with Scripted([answer()], tls=context).serving() as server:
        calls = transport(server, ca_file=certificates.ca_file if trusted else None)
        with pytest.raises(SettingsError, match=says):
            calls.call("get", f"{server.url}/x.json")
    assert server.asked == []
    assert server.connections == 1


def test_connection_that_breaks_in_the_handshake_may_pass() -> None:
    with Scripted([answer()], tls=ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)).serving(
    ) as server, pytest.raises(TryAgainError):  # fmt: skip
        transport(server).call("get", f"{server.url}/x.json")


def test_good_certificate_of_ones_own_authority_is_taken(certificates: Certificates) -> None:
    with Scripted([answer(body=[])], tls=certificates.good.server_context()).serving() as server:
        calls = transport(server, ca_file=certificates.ca_file)
        assert calls.call("get", f"{server.url}/x.json") == []
        calls.close()


def test_ca_file_that_is_not_there_is_a_matter_of_settings(certificates: Certificates) -> None:
    with Scripted([answer()], tls=certificates.good.server_context()).serving() as server:
        calls = transport(server, ca_file=Path("/nowhere/ca.pem"))
        with pytest.raises(SettingsError, match="ca_file"):
            calls.call("get", f"{server.url}/x.json")


def test_port_without_tls_is_told(served: Callable[..., Scripted]) -> None:
    server = served(answer())
    calls = Transport(
        "tma",
        parse_address(f"https://127.0.0.1:{server.port}"),
        HeaderKey("X-Key", Secret(KEY)),
        limits=LIMITS,
    )
    with pytest.raises(SettingsError, match="does not speak TLS"):
        calls.call("get", f"https://127.0.0.1:{server.port}/x.json")


def test_unknown_host_may_pass() -> None:
    calls = Transport(
        "tma",
        parse_address("https://no-such-host.invalid"),
        HeaderKey("X-Key", Secret(KEY)),
        limits=LIMITS,
    )
    with pytest.raises(TryAgainError, match=r"host name no-such-host\.invalid is not known"):
        calls.call("get", "https://no-such-host.invalid/x.json")
