"""A simulated Redmine as a stage, as far as the fuzzing needs one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridge.model import Field, State
from connectors.base import Connector, Context
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.sandbox.redmine import RedmineSandbox, seed
from tests.conformance.line import QUICK
from tests.conformance.sandbox_stage import SandboxStage


class RedmineSandboxStage(SandboxStage):
    """Project `acme` of a simulated Redmine in French."""

    source = "tma"
    mapping = "redmine"

    def __init__(self, folder: Path) -> None:
        self.tool = RedmineSandbox(language="fr")
        seed.people(self.tool)
        super().__init__(self.tool, self.tool.world.user("bridge").key, folder)

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        settings = RedmineSettings(
            type="redmine",
            url=self.url,
            api_key=self.key(refused_key),
            projects=(seed.ACME,),
            writes=tuple(Field),
        )
        return RedmineConnector(settings, replace(context, limits=QUICK))

    def open(self, title: str, body: str = "") -> str:
        return str(self.tool.open(seed.ACME, "alice", title, description=body).id)

    def client_says(self, key: str, text: str) -> None:
        self.tool.note(int(key), "alice", text)

    def agent_says(self, key: str, text: str, *, public: bool = True) -> None:
        self.tool.note(int(key), "jdoe", text, private=not public)

    def set_state(self, key: str, state: State) -> None:
        self.tool.set_status(int(key), "jdoe", self.tool.world.words.statuses[4])

    def log_time(self, key: str, seconds: int) -> None:
        self.tool.log_time(int(key), "jdoe", f"{seconds // 3600}:{seconds % 3600 // 60:02d}")
