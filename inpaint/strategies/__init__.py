"""How large pictures and deep holes are filled: whole, in windows, made smaller."""

from inpaint.strategies.choice import CONTEXT, STRATEGIES, Plan, check, choose
from inpaint.strategies.estimate import Estimate, Pace, estimate, fills, measured_pace
from inpaint.strategies.run import Network, run
from inpaint.strategies.scaling import DEPTH, depth_of

__all__ = [
    "CONTEXT",
    "DEPTH",
    "STRATEGIES",
    "Estimate",
    "Network",
    "Pace",
    "Plan",
    "check",
    "choose",
    "depth_of",
    "estimate",
    "fills",
    "measured_pace",
    "run",
]
