"""Exact energy: accumulators and the rules that book a window to them."""
