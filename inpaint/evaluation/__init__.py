"""Measuring how well models and classical methods fill holes; docs/evaluate.md."""
