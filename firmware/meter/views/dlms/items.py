"""What an attribute is before it is encoded: a form with its values, or items made one by one."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.profiles import Rows


class Items:
    """An array of `count` items, of which put(out, k) encodes the k-th."""

    def __init__(self, count: int, put: "Callable[[Encoder, int], None]") -> None:
        self.count = count
        self.put = put


if TYPE_CHECKING:
    Found = tuple[object, ...] | Items | Rows
