"""What an attribute is before it is encoded: a form with its values, or items made one by one."""

from micropython import const

from meter.views.dlms.axdr import ARRAY, OCTETS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.profiles import Rows

_PIECE = const(128)


class Items:
    """An array of `count` items, of which put(out, k) encodes the k-th.

    A value that is longer than an item's buffer is encoded in as many `pieces` as it takes.

    tag:  of the array, or of what else it is
    """

    def __init__(
        self,
        count: int,
        put: "Callable[[Encoder, int], None]",
        pieces: int = -1,
        tag: int = ARRAY,
    ) -> None:
        self.count = count
        self.put = put
        self.pieces = count if pieces < 0 else pieces
        self.tag = tag


def long_octets(data: bytes) -> Items:
    """Return an octet-string of any length."""
    pieces = (len(data) + _PIECE - 1) // _PIECE
    return Items(
        len(data),
        lambda out, k: out.raw(data[k * _PIECE : (k + 1) * _PIECE]),
        pieces,
        OCTETS,
    )


if TYPE_CHECKING:
    Found = tuple[object, ...] | Items | Rows
