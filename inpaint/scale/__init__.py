"""Filling on Apache Beam: the pipeline, and files wherever Beam knows them.

Beam is an extra and imported by this room alone. What reads, fills and writes a picture
comes from the command, see `pipeline.Work`.
"""
