"""The forms of contextual attention: batched (training), streaming, portable."""
