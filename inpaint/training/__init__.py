"""Trainer, update steps, phases, summaries, checkpoints."""
