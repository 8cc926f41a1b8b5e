"""The logical device that all ports share."""

from micropython import const

from meter.views.dlms.axdr import Encoder

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.gcm import Gcm
    from meter.views.dlms.lines import Lines
    from meter.views.dlms.objects import Objects
    from meter.views.dlms.writing import Writing

ITEM = const(320)  # bytes of the largest item: a billing row has 263


class Device:
    """What its servers work with.

    objects:  objects.Objects, what can be read
    writing:  writing.Writing, what can be changed
    gcm:      gcm.Gcm of all associations: one APDU is served at a time
    lines:    lines.Lines, setups of the ports
    random:   n -> n bytes that nobody can foresee

    item:     where an item of an answer is encoded before it goes to its port's buffer
    """

    def __init__(
        self,
        objects: "Objects",
        writing: "Writing",
        gcm: "Gcm",
        lines: "Lines",
        random: "Callable[[int], bytes]",
    ) -> None:
        self.objects = objects
        self.writing = writing
        self.security = objects.security
        self.gcm = gcm
        self.lines = lines
        self.item = Encoder(ITEM)
        self.random = random
