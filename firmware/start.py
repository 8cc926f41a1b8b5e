"""/main.py of a board: runs the firmware in the folder that /slot names (see tools/meterctl/flash.py)."""

import sys

with open("/slot") as slot:
    sys.path.insert(0, slot.read())

import main

main.run()
