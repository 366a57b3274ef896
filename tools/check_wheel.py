"""Builds sdist and wheel into dist/, and proves the wheel out of the checkout's reach.

What is proved: the wheel made from the sdist equals the one made from the checkout, byte for byte;
it holds every file of the packages and no other; with the locked dependencies, in an empty
environment in another folder, the command answers, each connector's entry point loads, and the
data inside (mappings, presets, migrations, templates) can be read by those who use it; the demo
says what it lacks without the extra `sandbox`, and runs with it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PACKAGES = ("bridge", "connectors", "mappings")
DOCUMENTATION = "share/doc/the-bridge"
LOCKED = ("--require-hashes", "--only-binary", ":all:", "-r")


def tried(command: Sequence[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run without what points to another Python, and see how it ends."""
    return subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_"))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def run(command: Sequence[str | Path], cwd: Path) -> str:
    """Run and return stdout; when it fails, show all it said and stop."""
    done = tried(command, cwd)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}failed: {' '.join(map(str, command))}")
    return done.stdout


def expect(condition: bool, complaint: str) -> None:
    """Stop with the complaint unless the condition holds."""
    if not condition:
        sys.exit(f"wheel: {complaint}")


def build(out: Path, *what: str) -> Path:
    """Build with the locked backend and return the wheel. Without `what`: sdist, then from it."""
    run([sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", out], ROOT)
    (wheel,) = out.glob("*.whl")
    return wheel


def files_of_packages() -> set[str]:
    """What git has, or would have, below the packages: the files that the wheel must hold."""
    git = ["git", "-c", f"safe.directory={ROOT}"]  # a container's root need not own the checkout
    listed = run([*git, "ls-files", "-co", "--exclude-standard", "-z", *PACKAGES], ROOT)
    return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}


def compare_with_checkout(wheel: Path) -> int:
    """Every file of the packages and every page is inside, and nothing else but metadata; returns
    how many."""
    with ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    data = f"{'-'.join(wheel.name.split('-')[:2])}.data/data/{DOCUMENTATION}"
    pages = {f"{data}/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    expected = files_of_packages() | pages
    expect(inside >= expected, f"lacks {', '.join(sorted(expected - inside))}")
    expect(inside <= expected, f"should not hold {', '.join(sorted(inside - expected))}")
    return len(inside)


def install(wheel: Path, empty: Path) -> Path:
    """Make the empty environment, with the locked dependencies and the wheel; its `bin` folder."""
    venv.create(empty / "venv", symlinks=True)
    pip(empty, "install", *LOCKED, ROOT / "requirements" / "runtime.txt")
    pip(empty, "install", "--no-deps", "--no-index", wheel)
    pip(empty, "check")
    return empty / "venv" / "bin"


def pip(empty: Path, *words: str | Path) -> None:
    """Run our pip on the empty environment."""
    ours = [sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
    run([*ours, "--python", empty / "venv" / "bin" / "python", *words], empty)


def prove_the_demo(commands: Path, empty: Path) -> None:
    """Without the extra `sandbox` the demo says what to type; with its lock it tells its story."""
    bare = tried([commands / "bridge", "demo"], empty)
    expect(bare.returncode == 2, f"demo without its servers left with {bare.returncode}")
    expect("pip install 'the-bridge[sandbox]'" in bare.stderr, f"demo says {bare.stderr!r}")
    pip(empty, "install", *LOCKED, ROOT / "requirements" / "demo.txt")
    run([commands / "bridge", "demo"], empty)


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    wheel = build(DIST)
    with tempfile.TemporaryDirectory(prefix="bridge-wheel-") as folder:
        empty = Path(folder)
        again = build(empty / "again", "--wheel")
        expect(
            again.read_bytes() == wheel.read_bytes(),
            "made from the sdist it differs from the one made from the checkout",
        )
        count = compare_with_checkout(wheel)

        commands = install(wheel, empty)
        version = wheel.name.split("-")[1]
        said = run([commands / "bridge", "--version"], empty)
        expect(version in re.findall(r"[\w.]+", said), f"--version says {said!r}, not {version}")
        run([commands / "bridge", "--help"], empty)
        found = run([commands / "python", "-I", ROOT / "tools" / "wheel_probe.py"], empty)
        prove_the_demo(commands, empty)
    print(f"wheel: {wheel.name}, {count} files; {found}", end="")


if __name__ == "__main__":
    main()
