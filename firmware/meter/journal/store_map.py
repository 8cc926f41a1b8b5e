"""Which pages of the store hold what.

Rows: (first page, pages, kind of record, bytes of payload).  The division of the whole chip and
the wear of every ring stand in docs/storage.md.
"""

from micropython import const

PAGE = const(128)

# What Ledger.pack_into writes, layout 1.
REGISTERS = (0x04C00 // PAGE, 128, 0x01, 120)

# Operating time, u32 s, layout 1.
HOURS = (0x08C00 // PAGE, 16, 0x02, 4)
