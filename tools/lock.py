"""Writes requirements/*.txt: exact versions and hashes of every file, for every platform at once.

Pins that still satisfy pyproject.toml stay; `make lock ARGS=--upgrade` takes the newest instead.
The locks name no index and no machine, so that whoever installs chooses where files come from;
the hashes say that they are the right ones.
"""

import re
import subprocess
import sys
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path("requirements")

#: Lock → the extras in it. `dev` comes first, and the others take its versions: what is tested is
#: what is installed, and what is measured.
LOCKS: dict[str, tuple[str, ...]] = {
    "dev": ("dev",),
    "runtime": (),
    "postgres": ("postgres",),
    "demo": ("sandbox",),
    "bench": ("dev", "bench"),
}

_FOREIGN = re.compile(r"://|^\s*-(?!-hash=sha256:)| @ |#.*\s/", re.MULTILINE)


def lock(name: str, extras: tuple[str, ...], options: list[str]) -> None:
    """Resolve one lock and write it; `RuntimeError` when it would name an index or a path."""
    target = REQUIREMENTS / f"{name}.txt"
    command = [find_uv_bin(), "pip", "compile", "pyproject.toml", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"]
    command += ["--no-header", "--no-emit-index-url", "--annotation-style", "line"]
    command += ["--constraint", str(REQUIREMENTS / "constraints.in")]
    command += [word for extra in extras for word in ("--extra", extra)]
    if name != "dev":
        command += ["--constraint", str(REQUIREMENTS / "dev.txt")]
    subprocess.run([*command, *options, "--output-file", str(target)], cwd=ROOT, check=True)

    text = (ROOT / target).read_text(encoding="utf-8")
    if found := _FOREIGN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise RuntimeError(f"{target}:{line}: a lock must name no index, address or path")
    print(f"{target}: {text.count('==')} packages")


if __name__ == "__main__":
    for _name, _extras in LOCKS.items():
        lock(_name, _extras, sys.argv[1:])
