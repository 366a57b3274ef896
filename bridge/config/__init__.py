"""The configuration: one TOML file, validated whole, every problem with its file and line.

`load` is the way in. Relative paths in the file start from its own folder.
"""

from bridge.config.connectors import BUILT_IN, ConnectorError, connector_type, known_types
from bridge.config.document import ConfigError
from bridge.config.loading import Config, Source, load
from bridge.config.sections import (
    SHARE_FROM,
    Bridge,
    Client,
    Database,
    Match,
    PersonRef,
    Provider,
    Safety,
)

__all__ = [
    "BUILT_IN",
    "SHARE_FROM",
    "Bridge",
    "Client",
    "Config",
    "ConfigError",
    "ConnectorError",
    "Database",
    "Match",
    "PersonRef",
    "Provider",
    "Safety",
    "Source",
    "connector_type",
    "known_types",
    "load",
]
