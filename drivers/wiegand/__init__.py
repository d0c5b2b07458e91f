"""Card bits to credentials, by formats that are data (formats.toml)."""
