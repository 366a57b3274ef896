"""A simulated Redmine as a stage, as far as the fuzzing needs one."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from bridge.model import Field, State
from bridge.testing import Stage
from connectors.base import Connector, Context
from connectors.redmine import RedmineConnector, RedmineSettings
from connectors.sandbox.redmine import RedmineSandbox, seed
from connectors.toolkit.secret import SecretRef
from tests.conformance.line import QUICK, secret_file


class RedmineSandboxStage(Stage):
    """Project `acme` of a simulated Redmine in French."""

    source = "tma"
    mapping = "redmine"

    def __init__(self, folder: Path) -> None:
        self.tool = RedmineSandbox(language="fr")
        seed.people(self.tool)
        self._key = SecretRef(secret_file(folder, "key", self.tool.world.user("bridge").key))
        self._cleanup = contextlib.ExitStack()
        self._url = self._cleanup.enter_context(self.tool.serve()).url

    def close(self) -> None:
        self._cleanup.close()

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        settings = RedmineSettings(
            type="redmine",
            url=self._url,
            api_key=self._key,
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

    def settle(self) -> None:
        time.sleep(3.1)  # stamps are whole seconds: the edge of the last change has to pass
