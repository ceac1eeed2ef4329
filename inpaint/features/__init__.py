"""Frozen networks whose features are compared: never trained, never saved."""
