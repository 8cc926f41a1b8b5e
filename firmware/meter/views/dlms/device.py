"""The logical device that all ports share."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.gcm import Gcm
    from meter.views.dlms.objects import Objects
    from meter.views.dlms.writing import Writing


class Device:
    """What its servers work with.

    objects:  objects.Objects, what can be read
    writing:  writing.Writing, what can be changed
    new_gcm:  makes a gcm.Gcm
    random:   n -> n bytes that nobody can foresee
    """

    def __init__(
        self,
        objects: "Objects",
        writing: "Writing",
        new_gcm: "Callable[[], Gcm]",
        random: "Callable[[int], bytes]",
    ) -> None:
        self.objects = objects
        self.writing = writing
        self.security = objects.security
        self.new_gcm = new_gcm
        self.random = random
