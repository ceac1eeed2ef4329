"""The package's version; pyproject.toml names this place without importing anything."""

__version__ = "0.1.0"
