"""/main.py of a board: runs the firmware that /slot names (tools/meterctl/flash.py)."""

import gc
import sys

# Modules are loaded between what is thrown away; collected often, they end up side by side and the
# sample buffer finds its 36 KiB in one piece.
gc.threshold(8192)

with open("/slot") as slot:
    sys.path.insert(0, slot.read())

try:
    from ports.rp2.in_place import settle
except ImportError:  # a board whose processor cannot read the filesystem like memory
    settle = None

import main  # noqa: E402  from the folder just named

main.run(settle)
