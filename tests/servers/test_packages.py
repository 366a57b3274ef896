"""Missing packages: one line that says what to type, a failure in CI, a skip elsewhere."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.servers import __main__ as command
from tests.servers import fixtures, packages

ABSENT = "bridge-no-such-package"


@pytest.fixture
def _debian() -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("this machine has no apt-get: Debian's packages cannot be asked for here")


@pytest.fixture
def _nobody_may_install(_debian: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Debian on which the current user is not root and has no sudo."""
    for name in ("apt-get", "dpkg-query"):
        (tmp_path / name).symlink_to(Path("/usr/bin") / name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setitem(packages.PACKAGES, "postgres", ("base-files", ABSENT))


@pytest.mark.usefixtures("_debian")
def test_installed_package_has_a_version_and_an_unknown_one_has_none() -> None:
    assert packages.version("base-files")
    assert packages.version(ABSENT) is None


@pytest.mark.usefixtures("_nobody_may_install")
def test_missing_package_is_one_line_with_the_command_to_type() -> None:
    with pytest.raises(packages.PackagesMissing) as caught:
        packages.ensure("postgres")
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(f"type: sudo apt-get install --no-install-recommends {ABSENT}")


@pytest.mark.usefixtures("_nobody_may_install")
def test_missing_server_fails_the_test_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=ABSENT):
        fixtures.need("postgres")


@pytest.mark.usefixtures("_nobody_may_install")
def test_missing_server_skips_the_test_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=ABSENT):
        fixtures.need("postgres")


@pytest.mark.usefixtures("_nobody_may_install")
def test_command_says_it_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["install", "postgres"]) == 1
    assert ABSENT in capsys.readouterr().err


def test_unknown_server_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["install", "redmin"])
    assert "no server redmin; there are redmine, dovecot, postgres" in capsys.readouterr().err


@pytest.mark.usefixtures("_debian")
def test_version_that_reads_another_configuration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(packages.PACKAGES, "dovecot", ("base-files",))
    monkeypatch.setitem(packages.KNOWN, "dovecot", ("base-files", "2.3."))
    number = packages.version("base-files")
    with pytest.raises(packages.PackagesMissing, match=re.escape(f"is {number} here")):
        packages.ensure("dovecot")


def test_machine_without_apt_is_told_where_it_works(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(packages.PackagesMissing, match="Debian 12"):
        packages.ensure("dovecot")
