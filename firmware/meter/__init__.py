"""The meter's logic: pure integers, no hardware, same source on CPython and MicroPython."""
