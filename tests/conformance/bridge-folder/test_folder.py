import json
from pathlib import Path

import pytest
from bridge_folder import FolderConnector, FolderSettings, comment

from bridge.testing import ConnectorConformance, Stage
from connectors.base import Connector, Context


class FolderStage(Stage):
    mapping = FolderConnector.default_mapping

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cannot = {"refused_key": "files need no key", "history": "files keep none"}

    def connect(self, context: Context, *, refused_key: bool = False) -> Connector:
        return FolderConnector(FolderSettings(type="folder", path=self.folder), context)

    def open(self, title: str, body: str = "") -> str:
        asked = {"title": title, "state": "open", "values": {}, "comments": []}
        file = self.folder / f"{len(list(self.folder.iterdir())):05}.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        self.client_says(file.stem, body)
        return file.stem

    def client_says(self, key: str, text: str) -> None:
        data = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        data["comments"].append(comment("alice@acme.example", text))
        (self.folder / f"{key}.json").write_text(json.dumps(data), encoding="utf-8")


class TestFolder(ConnectorConformance):
    connector_name = "folder"

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Stage:
        return FolderStage(tmp_path)
