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

# Compiled only now: a name that MicroPython came to know before the image was mounted is another
# name than the same one in the image.
exec("import main\nmain.run()")
