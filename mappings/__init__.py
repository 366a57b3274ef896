"""A tool's words and the model's, side by side, as data: one TOML file per vocabulary."""
