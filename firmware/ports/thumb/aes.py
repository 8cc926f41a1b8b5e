"""AES of MicroPython's firmware."""

from cryptolib import aes
from micropython import const

_ECB = const(1)


def new_aes(key):
    """Return AES with `key` (16 bytes), to be used in one direction only."""
    return aes(key, _ECB)
