"""Makes an image of imported modules that MicroPython runs from the flash chip.

A module that a board has imported is a graph of objects in its heap: functions, classes,
dictionaries, names.  Nothing of it changes any more, so it need not be in RAM.  `memory` reads a
copy of the board's RAM, `walk` follows the graph from the modules and knows what each word in it
means, `layout` places it in the flash chip and turns every pointer to its new place.
firmware/ports/rp2/module_image.py, on the board, then finds the modules there at every start, in
no time and with no RAM but for a table of the names.

What is known of MicroPython's objects here holds for one version and one processor; the image
says which, and the board takes no other.
"""
