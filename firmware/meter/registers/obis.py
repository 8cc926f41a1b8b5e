"""OBIS codes (IEC 62056-61): the names of the values, on the display and on every wire.

A code here is the tuple (A, C, D, E).  Group B is always 0, for a meter is one channel, and group
F always 255, for history is read as a profile.
"""

# What IEC 62056-21 read-outs and displays write instead of C.D.E: the electricity identification
# for the device number, and the letters of IEC 62056-61 annex A for the error register.  "PAY" is
# this family's name of the credit (Kamstrup 5512-1040, page 42).
_SHORT = {(0, 96, 1, 0): "0.0.0", (0, 97, 97, 0): "F.F", (0, 96, 73, 0): "PAY"}

# Electricity, group C: 1..20 are sums over the phases; the same quantity of L1, L2, L3 stands
# 20, 40 and 60 higher (IEC 62056-61 table 5).
_PHASE_STEP = 20


def of_phase(code: "tuple[int, int, int, int]", phase: int) -> "tuple[int, int, int, int]":
    """Return the code of the same quantity for `phase` 1..3; 0 is the sum, `code` itself."""
    a, c, d, e = code
    return (a, c + _PHASE_STEP * phase, d, e)


def short(code: "tuple[int, int, int, int]") -> str:
    """Return the reduced form that displays and mode A show: "1.8.0", "F.F"."""
    return _SHORT.get(code) or f"{code[1]}.{code[2]}.{code[3]}"


def logical_name(code: "tuple[int, int, int, int]") -> bytes:
    """Return the six bytes A B C D E F that name a COSEM object."""
    a, c, d, e = code
    return bytes((a, 0, c, d, e, 255))
