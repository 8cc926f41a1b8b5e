"""Voltage quality: dips, swells, interruptions, means, unbalance, harmonics, weekly statistics."""
