"""Objects of the lines and of who may do what on them: associations, security, port setups."""

from micropython import const

from meter.views.dlms import acse, catalogue
from meter.views.dlms.association import PDU, REQUEST, SAPS
from meter.views.dlms.axdr import ARRAY, STRUCTURE
from meter.views.dlms.catalogue import shape
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings
    from meter.views.dlms.association import Association
    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.catalogue import Catalogue
    from meter.views.dlms.items import Found
    from meter.views.dlms.lines import Lines
    from meter.views.dlms.security import Security

_CONTEXT = b"\x60\x85\x74\x05\x08\x01"
_MECHANISM = b"\x60\x85\x74\x05\x08\x02"
_MECHANISMS = b"\0\1\5"  # as of SAPS
_SECURITY_SETUP = b"\x00\x00\x2b\x00\x00\xff"
_I8 = const(15)  # tags
_ENUM = const(22)
_POLICY = const(3)  # authenticated and encrypted
_BY_RANGE_OR_ENTRY = b"\x01\x02\x0f\x01\x0f\x02"


def association(mine: "Association", objects: "Catalogue", of: int, attribute: int) -> "Found":
    """Class 15: the current association, or with `of` 1..3 that of a client."""
    sap = SAPS[of - 1] if of else mine.sap
    client = 1 << SAPS.index(sap)
    is_own = sap == mine.sap
    if attribute == 2:
        seen = objects.seen(client)
        return Items(len(seen), lambda out, k: _put_object(out, objects, seen[k], client))
    if attribute == 3:
        return "s2bH", sap, 1
    if attribute == 5:
        agreed, pdu = (mine.conformance, mine.max_pdu) if is_own else (0, PDU)
        return "s6wHHBbo", agreed, REQUEST, pdu, 6, 0, b""
    if attribute == 8:
        return "e", 2 if is_own else 0  # associated; of other ports nothing is told
    context = acse.CIPHERED if client == catalogue.MANAGER else acse.PLAIN
    name = _SECURITY_SETUP
    if attribute == 4:
        name = _CONTEXT + bytes((context,))
    elif attribute == 6:
        name = _MECHANISM + bytes((_MECHANISMS[SAPS.index(sap)],))
    return "o", name


def hdlc(mine: "Association", lines: "Lines", attribute: int) -> "Found":
    """Class 23, of the port in use; what was written comes into force when the link ends."""
    if attribute == 2:
        return "e", mine.speed
    if attribute < 5:
        return "B", 1  # windows
    return "H", lines.number(mine.port, attribute)


def local_port(settings: "Settings", attribute: int) -> "Found":
    """Class 19."""
    # mode A or E, at 300 baud, mode E proposes 9600; 200 ms until the answer
    values = 0, 0, 5 if settings.sign_on else 0, 1, settings.serial.encode()
    return "eeeeo"[attribute - 2], values[attribute - 2]


def security_setup(security: "Security", attribute: int) -> "Found":
    """Class 64."""
    if attribute < 4:
        return "e", _POLICY if attribute == 2 else 0
    return "o", b"" if attribute == 4 else security.title


def _put_object(out: "Encoder", objects: "Catalogue", index: int, client: int) -> None:
    """Encode an element of the object list: class, version, name, access rights."""
    class_id = objects.class_id(index)
    version, attributes, methods = shape(class_id)
    written, invoked = objects.rights(index, client)
    out.put("s4HBos2", class_id, version, objects.name(index))
    out.head(ARRAY, attributes)
    for attribute in range(1, attributes + 1):
        mode = 1 if catalogue.is_readable(class_id, attribute) else 0
        mode += 2 if written >> (attribute - 1) & 1 else 0
        is_buffer = class_id == catalogue.PROFILE and attribute == 2
        out.raw(bytes((STRUCTURE, 3, _I8, attribute, _ENUM, mode)))
        out.raw(_BY_RANGE_OR_ENTRY if is_buffer else b"\0")
    out.head(ARRAY, methods)
    for method in range(1, methods + 1):
        out.raw(bytes((STRUCTURE, 2, _I8, method, _ENUM, invoked >> (method - 1) & 1)))
