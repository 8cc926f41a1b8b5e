"""/main.py of a board: runs the firmware that /slot names (tools/meterctl/flash.py)."""

import sys

with open("/slot") as slot:
    sys.path.insert(0, slot.read())

try:
    from ports.rp2 import module_image
except ImportError:  # a board that has RAM enough for its modules
    pass
else:
    module_image.mount(sys.path[0])

# A name that MicroPython came to know before the image was mounted is another name than the same
# one in the image: so these two become names only now.  An exec would do that, too, but its frames
# would take 400 of the stack's 8,192 bytes for good.
getattr(__import__(str(b"main", "ascii")), str(b"run", "ascii"))()
