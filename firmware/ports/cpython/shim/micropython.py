"""What CPython needs of MicroPython's `micropython` module so that the firmware imports unchanged.

Not a second implementation: `const` is the identity, which is all it means to a reader.
"""

from typing import TypeVar

_T = TypeVar("_T")


def const(value: _T) -> _T:
    """Return `value`; MicroPython's compiler folds it into the code instead."""
    return value
