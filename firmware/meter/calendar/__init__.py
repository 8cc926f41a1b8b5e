"""Dates, local time, tariffs by the clock, and what happens when the clock is set."""
