"""Which Debian packages a server needs, and how they come onto this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES: dict[str, tuple[str, ...]] = {
    "redmine": ("redmine", "redmine-sqlite", "puma"),
    "dovecot": ("dovecot-imapd",),
    "postgres": ("postgresql",),
}
"""Server -> Debian packages. `redmine` without its recommends brings no web server along."""

KNOWN = {"dovecot": ("dovecot-core", "2.3.")}
"""Server -> (package, how its version begins), where a newer one reads another configuration."""

INSTALLER = Path(__file__).with_name("install.sh")


class PackagesMissing(RuntimeError):
    """Packages are missing and cannot be installed from here; the message is one line to act on."""


def version(package: str) -> str | None:
    """Return the installed version of a Debian package, `None` when it is not (fully) installed."""
    try:
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    status, _, number = done.stdout.partition(" ")
    return number if done.returncode == 0 and status == "installed" else None


def missing(*servers: str) -> list[str]:
    """Return the packages that `servers` need and this machine lacks."""
    wanted = [package for server in servers for package in PACKAGES[server]]
    return [package for package in wanted if version(package) is None]


def ensure(*servers: str) -> None:
    """Install what `servers` (keys of `PACKAGES`) need; does nothing when it is all there.

    Root installs; anyone else does through `sudo` when it asks no password.
    Raises `PackagesMissing` with the command to type otherwise, or the end of apt's words, or when
    this system has a version that the tests cannot configure (see `KNOWN`).
    """
    lacking = missing(*servers)
    if lacking:
        _install(servers, lacking)
    for package, beginning in (KNOWN[server] for server in servers if server in KNOWN):
        number = (version(package) or "").rpartition(":")[2]
        if not number.startswith(beginning):
            raise PackagesMissing(
                f"{package} is {number} here and the tests configure {beginning}x: "
                "run the tests on Debian 12 or in its container"
            )


def _install(servers: tuple[str, ...], lacking: list[str]) -> None:
    """Install the packages that `servers` lack, or raise `PackagesMissing`."""
    by_hand = f"type: sudo apt-get install --no-install-recommends {' '.join(lacking)}"
    if shutil.which("apt-get") is None:
        raise PackagesMissing(
            f"{', '.join(lacking)}: this machine has no apt-get; the real servers of the tests are "
            "Debian 12 packages: run the tests on Debian 12 or in its container"
        )
    prefix = _privilege()
    if prefix is None:
        raise PackagesMissing(
            f"{', '.join(lacking)} not installed, and no right to install it; {by_hand}"
        )
    print(f"Installing {', '.join(lacking)} (once; half a minute)", file=sys.stderr, flush=True)
    done = subprocess.run(
        [*prefix, "sh", str(INSTALLER), *lacking],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0 or missing(*servers):
        words = done.stdout.strip().splitlines()
        raise PackagesMissing(
            f"apt-get could not install {', '.join(lacking)} ({' / '.join(words[-3:])}); {by_hand}"
        )


def _privilege() -> list[str] | None:
    """Return the words before a command that make it run as root; `None` when there are none."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None
