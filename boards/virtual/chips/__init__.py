"""Models of the chips around the processor, for the bench, the emulated board and the tests.

A model obeys its data sheet to the byte and to the nanosecond, and it is *strict*: what the sheet
forbids raises `ChipMisuse`, so that a driver that gets away with it on the desk fails here.

Every model on the I2C bus has the same four methods, one per thing that can happen on the wires,
so that the same object hangs on `i2c_bus.I2CBus` and on an emulated I2C peripheral:

    start(read) -> bool    addressed after a start or a repeated start; True = acknowledged
    write(byte) -> bool    a byte from the master; True = acknowledged
    read() -> int          the next byte to the master
    stop()                 stop condition; sent only to the model that acknowledged last

and one that says where it answers:

    slaves(address) -> {bus address: object with the four methods}

Time comes from a callable `now_ns()`, nanoseconds that never go back: `clock.Clock.now_ns` here,
the emulated processor's clock there.
"""


class ChipMisuse(AssertionError):
    """The driver did what the data sheet forbids."""
