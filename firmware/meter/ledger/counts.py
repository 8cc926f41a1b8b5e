"""Counts of several scopes, as a list or as bytes: 5 a count, little-endian, scope by scope."""

import struct

from micropython import const

from meter.ledger.energy import CWH_BYTES, KINDS, WRAP_CWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.ledger.energy import Scope


def moved_cwh(scopes: "Sequence[Scope]", since: "list[int]") -> int:
    """Return the largest advance of any count in cWh since `since`, KINDS counts a scope."""
    largest = 0
    at = 0
    for scope in scopes:
        for count in scope.counts_cwh:
            largest = max(largest, count - since[at], since[at] - count)
            at += 1
    return largest


def copy(scopes: "Sequence[Scope]", into: "list[int]") -> None:
    """Copy all counts into the list `into`."""
    at = 0
    for scope in scopes:
        for count in scope.counts_cwh:
            into[at] = count
            at += 1


def pack_list(record: bytearray, at: int, counts: "Sequence[int]") -> None:
    """Write `counts` to `record` from `at` on."""
    for count in counts:
        struct.pack_into("<IB", record, at, count & 0xFFFFFFFF, count >> 32)
        at += CWH_BYTES


def unpack_list(record: bytearray, at: int, counts: "list[int]") -> None:
    """Replace `counts` by as many from `record`, from `at` on."""
    for k in range(len(counts)):
        low, high = struct.unpack_from("<IB", record, at)
        counts[k] = low | high << 32
        at += CWH_BYTES


def pack_into(record: bytearray, at: int, scopes: "Sequence[Scope]") -> None:
    """Write all counts to `record` from `at` on."""
    for scope in scopes:
        pack_list(record, at, scope.counts_cwh)
        at += KINDS * CWH_BYTES


def add_from(record: bytearray, at: int, scopes: "Sequence[Scope]") -> None:
    """Add the counts that stand in `record` from `at` on; remainders stay."""
    for scope in scopes:
        for kind in range(KINDS):
            low, high = struct.unpack_from("<IB", record, at)
            scope.counts_cwh[kind] = (scope.counts_cwh[kind] + (low | high << 32)) % WRAP_CWH
            at += CWH_BYTES
