"""Filling computes only what the hole depends on: regions, receptive fields, tiles."""
