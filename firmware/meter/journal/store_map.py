"""Which pages of the store hold what; docs/storage.md says why.

A row is (first page, pages, kind of record, bytes of payload on a page).
"""

from micropython import const

PAGE = const(128)

# Series, two places each: the copies A and B of a configuration.
SETTINGS = (0, 2, 0x40, 120)
CALIBRATION = (2, 6, 0x48, 120)
TARIFF_PLAN = (8, 6, 0x50, 120)
PASSIVE_PLAN = (14, 6, 0x70, 120)
DISPLAY_LISTS = (20, 2, 0x58, 120)
KEYS = (22, 4, 0x60, 120)
CONTROL = (26, 2, 0x68, 120)

# Rings.
TOTALS = (28, 140, 0x01, 119)
PHASES = (168, 48, 0x02, 90)
INTERVAL = (216, 3, 0x03, 120)
CONTROL_STATE = (219, 3, 0x04, 120)
INVOCATION = (222, 3, 0x05, 120)

# Series.
BILLING = (225, 74, 0x10, 120)  # two pages an entry
DAYS = (299, 46, 0x18, 120)

# Logs of events, 13 entries a page.
STATUS = (345, 18, 0x20, 117)
VOLTAGE = (363, 18, 0x21, 117)
CLOCK = (381, 8, 0x22, 117)
DISCONNECT = (389, 8, 0x23, 117)
LEGAL = (397, 4, 0x24, 117)
POWER = (401, 5, 0x25, 117)
PERIOD = (406, 3, 0x26, 117)
EVENT_LOGS = (STATUS, VOLTAGE, CLOCK, DISCONNECT, LEGAL, POWER, PERIOD)

_PROFILE = const(409)

# On a FRAM of its own.
FRAM_TOTALS = (0, 16, 0x01, 119)
FRAM_PHASES = (16, 16, 0x02, 90)


def profile(store_size: int, channels: int) -> "tuple[int, int, int, int]":
    """Return the row of the load profile of 1, 2 or 4 channels: the rest of the chip, bytes.

    20, 13 or 8 entries of 3 + 3 * channels bytes are on a page.
    """
    entry = 3 + 3 * channels
    payload = 120 // entry * entry
    return (_PROFILE, store_size // PAGE - _PROFILE, 0x30 + channels, payload)
