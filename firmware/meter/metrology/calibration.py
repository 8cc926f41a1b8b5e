"""Calibration record: what a count of each channel is worth.

It is computed on the host and applied in integers.  Per measuring system: the voltage gain and,
for every current range, gain, delay and offsets; for a multiplexed converter the linearity of its
codes.  `pack` and `unpack` are the record's only form outside RAM; its CRC-32 covers every byte.

Record, little-endian: magic "CAL", version u8, systems u8, ranges u8, knots u8, reserved u8 (0);
per system: u_gain_nv i64, u_noise u32; per range: i_gain_pa i64, i_noise u32, delay_ns i32,
p_offset_mw i32, q_offset_mvar i32; per knot: code u16, correction i16; CRC-32 of all before, u32.
"""

import struct
from binascii import crc32

from micropython import const

from meter.errors import CalibrationError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

_HEAD = "<3sBBBBB"
_SYSTEM = "<qI"
_RANGE = "<qIiii"
_KNOT = "<Hh"
_CRC = "<I"
_VERSION = 1
_MAX_DELAY_NS = 200_000  # 3.6 degrees at 50 Hz: more is a wiring fault, not a calibration
_CORRECTION_UNIT = 64  # corrections count 1/64 of a code
_MAX_CORRECTION = 64 * _CORRECTION_UNIT  # keeps a set's value below 2**13, see kernel.accumulate


class RangeCalibration:
    """One current range.

    i_gain_pa:      pA per count, +-1 .. 2**40; a negative gain turns the direction
    i_noise:        mean square of the channel's own noise in counts squared, 0 .. 2**32-1
    delay_ns:       lag of the current channel behind the voltage channel, +-200,000 ns
    p_offset_mw, q_offset_mvar:  added to every window's power, +-2**31
    """

    def __init__(
        self,
        i_gain_pa: int,
        delay_ns: int = 0,
        i_noise: int = 0,
        p_offset_mw: int = 0,
        q_offset_mvar: int = 0,
    ) -> None:
        self.i_gain_pa = i_gain_pa
        self.delay_ns = delay_ns
        self.i_noise = i_noise
        self.p_offset_mw = p_offset_mw
        self.q_offset_mvar = q_offset_mvar


class SystemCalibration:
    """One measuring system: u_gain_nv in nV per count, u_noise in counts squared, its ranges."""

    def __init__(
        self, u_gain_nv: int, ranges: "Sequence[RangeCalibration]", u_noise: int = 0
    ) -> None:
        self.u_gain_nv = u_gain_nv
        self.u_noise = u_noise
        self.ranges = tuple(ranges)


class Calibration:
    """All systems of a board, and the linearity of a multiplexed converter.

    linearity:  knots (code, correction in 1/64 code), codes ascending; linear between knots,
                constant beyond the outer ones; two knots of one code make a step (the second holds
                at that code).
    """

    def __init__(
        self,
        systems: "Sequence[SystemCalibration]",
        linearity: "Sequence[tuple[int, int]]" = (),
    ) -> None:
        self.systems = tuple(systems)
        self.linearity = tuple(linearity)
        self._check()

    def _check(self) -> None:
        if not 1 <= len(self.systems) <= 3:
            raise CalibrationError("systems: {} refused, accepted: 1..3".format(len(self.systems)))
        ranges = len(self.systems[0].ranges)
        for system in self.systems:
            if len(system.ranges) != ranges or not 1 <= ranges <= 2:
                raise CalibrationError("ranges: accepted: 1 or 2, the same in every system")
            _check_gain("u_gain_nv", system.u_gain_nv)
            for part in system.ranges:
                _check_gain("i_gain_pa", part.i_gain_pa)
                if abs(part.delay_ns) > _MAX_DELAY_NS:
                    raise CalibrationError(
                        "delay_ns: {} refused, accepted: +-{}".format(part.delay_ns, _MAX_DELAY_NS)
                    )
        previous = 0
        if len(self.linearity) > 255:
            raise CalibrationError(
                "linearity: {} knots refused, accepted: up to 255".format(len(self.linearity))
            )
        for code, correction in self.linearity:
            if not previous <= code <= 4095 or abs(correction) > _MAX_CORRECTION:
                raise CalibrationError(
                    "linearity: knot {} refused, accepted: codes ascending in 0..4095, "
                    "+-64 codes of correction".format((code, correction))
                )
            previous = code

    def fill_lut(self, lut: "array[int]", bias: int, scale: int) -> None:
        """Fill `lut` (array('h'), 4096 long) with round(scale * (code + correction - bias)).

        Halves are rounded up.  Cost: some 20 us a code on the RP2040.
        """
        left, at_left = 0, self.linearity[0][1] if self.linearity else 0
        for right, at_right in self.linearity:
            _fill_line(lut, left, right, scale * at_left, scale * at_right)
            left, at_left = right, at_right
        _fill_line(lut, left, len(lut), scale * at_left, scale * at_left)
        for code in range(len(lut)):
            lut[code] += scale * (code - bias)

    def pack(self) -> bytes:
        """Return the record's bytes."""
        ranges = self.systems[0].ranges
        parts = [
            struct.pack(
                _HEAD, b"CAL", _VERSION, len(self.systems), len(ranges), len(self.linearity), 0
            )
        ]
        for system in self.systems:
            parts.append(struct.pack(_SYSTEM, system.u_gain_nv, system.u_noise))
            for part in system.ranges:
                parts.append(
                    struct.pack(
                        _RANGE,
                        part.i_gain_pa,
                        part.i_noise,
                        part.delay_ns,
                        part.p_offset_mw,
                        part.q_offset_mvar,
                    )
                )
        for code, correction in self.linearity:
            parts.append(struct.pack(_KNOT, code, correction))
        body = b"".join(parts)
        return body + struct.pack(_CRC, crc32(body) & 0xFFFFFFFF)


def unpack(record: bytes) -> Calibration:
    """Return the Calibration in `record`; CalibrationError if it is not whole and known."""
    head = struct.calcsize(_HEAD)
    if len(record) < head + 4:
        raise CalibrationError(
            "record: {} bytes refused, accepted: a whole record".format(len(record))
        )
    magic, version, systems, ranges, knots, _ = struct.unpack_from(_HEAD, record, 0)
    if magic != b"CAL" or version != _VERSION:
        raise CalibrationError(
            "record: layout {!r} refused, accepted: CAL {}".format(magic, _VERSION)
        )
    per_system = struct.calcsize(_SYSTEM) + ranges * struct.calcsize(_RANGE)
    size = head + systems * per_system + knots * struct.calcsize(_KNOT)
    if len(record) != size + 4:
        raise CalibrationError(
            "record: {} bytes refused, accepted: {}".format(len(record), size + 4)
        )
    if struct.unpack_from(_CRC, record, size)[0] != crc32(record[:size]) & 0xFFFFFFFF:
        raise CalibrationError("record: CRC refused, accepted: an undamaged record")
    at = head
    found = []
    for _ in range(systems):
        u_gain_nv, u_noise = struct.unpack_from(_SYSTEM, record, at)
        at += struct.calcsize(_SYSTEM)
        parts = []
        for _ in range(ranges):
            i_gain, i_noise, delay, p_offset, q_offset = struct.unpack_from(_RANGE, record, at)
            at += struct.calcsize(_RANGE)
            parts.append(RangeCalibration(i_gain, delay, i_noise, p_offset, q_offset))
        found.append(SystemCalibration(u_gain_nv, parts, u_noise))
    linearity = []
    for k in range(knots):
        linearity.append(struct.unpack_from(_KNOT, record, at + k * struct.calcsize(_KNOT)))
    return Calibration(found, linearity)


def _check_gain(name: str, gain: int) -> None:
    if not 1 <= abs(gain) <= 1 << 40:
        raise CalibrationError("{}: {} refused, accepted: +-1 .. 2**40".format(name, gain))


def _fill_line(lut: "array[int]", left: int, right: int, start: int, end: int) -> None:
    """Fill lut[left:right] on the line from `start` towards `end`, 1/64, rounded to whole ones.

    Bound: |end - start| * span <= 12 * 2 * 4096 * 4096 < 2**29, a small integer.
    """
    span = right - left
    divisor = _CORRECTION_UNIT * span
    offset = start * span + divisor // 2
    slope = end - start
    for code in range(left, right):
        lut[code] = (offset + slope * (code - left)) // divisor
