"""A connector of another package, installed as packages are: configurations need some tool."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

DESK = """
from typing import Literal
from pydantic import BaseModel, ConfigDict, Field
from connectors.base import API_VERSION, SourceSettings
from connectors.toolkit.secret import SecretRef

class Outgoing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    host: str
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["implicit", "starttls"] = "implicit"
    sender: str = Field(alias="from")

class DeskSettings(SourceSettings):
    url: str
    api_key: SecretRef
    projects: tuple[str, ...] = ()
    smtp: Outgoing | None = None

class Desk:
    settings_type = DeskSettings
    default_mapping = "desk.toml"
    api_version = API_VERSION
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package that brings one connector: `install(name, module, code)`."""
    modules: list[str] = []

    def put(name: str, code: str, *, package: str = "", attribute: str = "Desk") -> None:
        package = package or f"bridge-{name}"
        module = f"plug_{len(modules)}_{name}"
        site = tmp_path / f"site-{module}"
        info = site / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            f"[bridge.connectors]\n{name} = {module}:{attribute}\n"
        )
        (site / f"{module}.py").write_text(code)
        monkeypatch.syspath_prepend(str(site))
        modules.append(module)
        importlib.invalidate_caches()

    yield put
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture
def folder(tmp_path: Path, install: Install) -> Path:
    """A folder for a configuration, with the connector "desk" installed and its mapping there."""
    install("desk", DESK)
    place = tmp_path / "etc"
    place.mkdir(mode=0o755)
    (place / "desk.toml").write_text('[state]\n"Open" = "open"\n')
    return place


@pytest.fixture
def write(folder: Path) -> Callable[[str], Path]:
    """Writes a configuration; its path."""

    def put(text: str) -> Path:
        path = folder / "config.toml"
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return put
