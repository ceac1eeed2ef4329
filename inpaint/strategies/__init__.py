"""How large pictures and deep holes are filled: whole, in windows, made smaller."""

from inpaint.strategies.choice import STRATEGIES, Plan, check, choose
from inpaint.strategies.run import Network, run
from inpaint.strategies.scaling import DEPTH, depth_of

__all__ = [
    "DEPTH",
    "STRATEGIES",
    "Network",
    "Plan",
    "check",
    "choose",
    "depth_of",
    "run",
]
