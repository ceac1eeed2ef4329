"""For tools that look for it: all that is installed stands in pyproject.toml."""

from setuptools import setup

setup()
