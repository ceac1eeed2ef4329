"""The algorithms of contextual attention: batched (training) and streaming."""
