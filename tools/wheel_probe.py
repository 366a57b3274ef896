"""Runs inside the empty environment of check_wheel.py: the installed bridge reads its own data.

Mappings and presets are loaded, every message is written in every language, a new database is
migrated, every announced connector is imported: each by the code that does so in earnest.
"""

from importlib.metadata import entry_points

import mappings
from bridge.contracts import build, presets
from bridge.messages import LANGUAGES, preview
from bridge.store import Database


def main() -> None:
    assert __debug__, "without assertions this proves nothing"
    words = [mappings.load(name) for name in mappings.shipped()]
    contracts = [build(name, {"preset": name}) for name in presets()]
    messages = [message for language in LANGUAGES for message in preview(language)]
    Database.open("sqlite:///probe.db").close()
    connectors = [plug.load() for plug in entry_points(group="bridge.connectors")]
    assert all((words, contracts, messages, connectors)), "something that ships is not there"
    print(
        f"mappings {len(words)}, presets {len(contracts)}, messages {len(messages)}, "
        f"connectors {len(connectors)}, and a new database migrates"
    )


if __name__ == "__main__":
    main()
