"""Domains and addresses of clients (threat C1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import domains
from bridge.config.checks import check_clients
from bridge.config.parts import client_parts, provider_parts
from bridge.config.report import Report
from mappings.toml_lines import Lines

LABELS = st.sampled_from(["a", "b", "shop", "acme", "ch"])
NAMES = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
DOMAINS = st.one_of(NAMES, NAMES.map(lambda name: f"*.{name}"))


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("acme.ch", "acme.ch"),
        (" ACME.ch. ", "acme.ch"),
        ("*.Acme.CH", "*.acme.ch"),
        ("müller.ch", "xn--mller-kva.ch"),
        ("xn--mller-kva.ch", "xn--mller-kva.ch"),
    ],
)
def test_threat_C1_domains_compare_as_ascii_and_folded(written: str, compared: str) -> None:
    assert domains.normal(written) == compared


@pytest.mark.parametrize(
    "written",
    [
        "",
        "acme .ch",
        "@acme.ch",
        "http://acme.ch",
        "*acme.ch",
        "a.*.ch",
        "-a.ch",
        "a..ch",
        "a_b.ch",
        "acme.ch\n.ch",
        "*.",
        "a" * 64 + ".ch",
    ],
)
def test_threat_C1_what_is_no_domain_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a domain"):
        domains.normal(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "jane",
        "jane@",
        "@acme.ch",
        "Jane <jane@acme.ch>",
        "a@b@acme.ch",
        "jane@*.acme.ch",
        "jane@acme.ch, joe@acme.ch",
        "ja ne@acme.ch",
        "jané@acme.ch",
    ],
)
def test_threat_C1_what_is_no_plain_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        domains.address(written)


def test_address_is_folded_and_its_domain_is_ascii() -> None:
    assert domains.address(" Jane+X@Müller.CH ") == "jane+x@xn--mller-kva.ch"


@given(DOMAINS, DOMAINS)
def test_threat_C1_overlap_is_symmetric_and_means_a_common_name(one: str, other: str) -> None:
    def covers(wide: str, name: str) -> bool:
        return name.endswith(wide[1:]) if wide.startswith("*.") else name == wide

    samples = [d.replace("*.", "x.") for d in (one, other)]
    common = any(covers(one, name) and covers(other, name) for name in samples)
    assert domains.overlap(one, other) == domains.overlap(other, one) == common


@pytest.mark.parametrize("name", ["ch", "*.ch", "co.uk", "*.github.io", "gmail.com", "gmx.ch"])
def test_threat_C1_domain_of_everybody_stands_for_nobody(name: str) -> None:
    assert domains.shared(name) is not None


def test_threat_C1_domain_of_a_firm_under_a_shared_suffix_is_its_own() -> None:
    assert domains.shared("acme.co.uk") is None
    assert domains.shared("*.acme.ch") is None


@given(st.lists(DOMAINS, min_size=2, max_size=2))
def test_threat_C1_two_clients_are_refused_exactly_when_their_domains_overlap(
    both: list[str],
) -> None:
    lines = Lines("", "c.toml")
    report = Report(lines, {})
    parts = {
        f"client-{number}": client_parts({"match": [{"domain": domain}]})
        for number, domain in enumerate(both)
    }
    check_clients(parts, provider_parts({}), {"sources": set(), "contracts": set()}, {}, report)
    told = [problem.message for problem in report.problems if "both claim" in problem.message]
    assert len(told) == domains.overlap(*both)
