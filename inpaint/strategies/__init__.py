"""How large pictures and deep holes are filled: whole, in windows, made smaller."""

from inpaint.strategies.choice import STRATEGIES, Plan, choose
from inpaint.strategies.scaling import DEPTH, depth_of

__all__ = ["DEPTH", "STRATEGIES", "Plan", "choose", "depth_of"]
