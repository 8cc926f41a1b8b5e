"""Two clients that nobody here wrote, on any line that carries their bytes.

A line has `send(data)` and `receive() -> bytes` (what has come, at least one byte).
"""

import warnings

from dlms_cosem import cosem, enumerations
from dlms_cosem.client import DlmsClient
from dlms_cosem.security import (
    HighLevelSecurityGmacAuthentication,
    LowLevelSecurityAuthentication,
    NoSecurityAuthentication,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from gurux_dlms import GXByteBuffer, GXReplyData
    from gurux_dlms.enums import Authentication, Conformance, InterfaceType, Security
    from gurux_dlms.secure import GXDLMSSecureClient

ENCRYPTION = bytes(range(16))
AUTHENTICATION = bytes(range(0xD0, 0xE0))
MASTER = bytes(range(0xE0, 0xF0))
PASSWORD = b"12345678"
CLIENT_TITLE = b"GRX\x00\x00\x00\x00\x01"

PUBLIC, READER, MANAGER = 16, 17, 1


class DirectLine:
    """A server without a link: the IP wrapper's eight bytes carry the APDUs."""

    def __init__(self, rig, sap):
        self._rig = rig
        self._sap = sap
        self.heard = []  # every answer
        assert rig.server.open(sap, 1)

    def send(self, data):
        data = bytes(data)
        assert data[:2] == b"\0\1"
        assert int.from_bytes(data[6:8], "big") == len(data) - 8
        self._answer = self._rig.send(data[8:])
        self.heard.append(self._answer)

    def receive(self):
        head = b"\0\1\0\1" + self._sap.to_bytes(2, "big") + len(self._answer).to_bytes(2, "big")
        return head + self._answer


class Gurux:
    """gurux_dlms as client `sap`, associated from the start.

    line:       see above
    is_direct:  the line is a DirectLine, not HDLC
    protect:    general-glo/ded instead of the service-specific ciphering, MANAGER only
    dedicated:  with a dedicated key, MANAGER only
    """

    def __init__(
        self,
        line,
        sap,
        *,
        is_direct=False,
        password=PASSWORD,
        pdu=0xFFFF,
        counter=1,
        protect=True,
        dedicated=False,
        frame=None,
        server=1,
        keys=(ENCRYPTION, AUTHENTICATION),
        conformance=0,
    ):
        level = {
            PUBLIC: Authentication.NONE,
            READER: Authentication.LOW,
            MANAGER: Authentication.HIGH_GMAC,
        }[sap]
        kind = InterfaceType.WRAPPER if is_direct else InterfaceType.HDLC
        self.client = client = GXDLMSSecureClient(
            True, sap, server, level, password if sap == READER else None, kind
        )
        self.line = line
        client.maxReceivePDUSize = pdu
        client.proposedConformance |= Conformance.BLOCK_TRANSFER_WITH_ACTION
        client.proposedConformance &= ~conformance
        if frame:
            client.hdlcSettings.maxInfoTX = client.hdlcSettings.maxInfoRX = frame
        if sap == MANAGER:
            client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
            client.ciphering.systemTitle = CLIENT_TITLE
            client.ciphering.blockCipherKey, client.ciphering.authenticationKey = keys
            client.ciphering.invocationCounter = counter
            client.proposedConformance |= Conformance.GENERAL_PROTECTION
            if not protect:
                client.proposedConformance &= ~Conformance.GENERAL_PROTECTION
            if dedicated:
                client.ciphering.dedicatedKey = bytes(range(0x60, 0x70))
        self._connect()

    def _connect(self):
        client = self.client
        snrm = client.snrmRequest()
        if snrm:
            client.parseUAResponse(self.exchange(snrm).data)
        client.parseAareResponse(self.exchange(client.aarqRequest()).data)
        if client.isAuthenticationRequired:
            reply = self.exchange(client.getApplicationAssociationRequest())
            client.parseApplicationAssociationResponse(reply.data)

    def exchange(self, frames):
        """Send one or more frames; return the whole reply."""
        reply = GXReplyData()
        if not frames:
            return reply
        for frame in frames if isinstance(frames, list) else [frames]:
            reply.clear()
            self._one(frame, reply)
        while reply.isMoreData():
            self._one(self.client.receiverReady(reply), reply)
        if reply.error:
            raise ClientError(reply.error)
        return reply

    def _one(self, frame, reply):
        self.line.send(frame)
        data = GXByteBuffer()
        data.set(self.line.receive())
        while not self.client.getData(data, reply, None):
            data.set(self.line.receive())

    def read(self, target, attribute):
        """Read an attribute of a gurux object; return it as gurux understands it."""
        reply = self.exchange(self.client.read(target, attribute))
        return self.client.updateValue(target, attribute, reply.value)

    def raw(self, target, attribute):
        """Read an attribute; return the data as gurux decoded it."""
        return self.exchange(self.client.read(target, attribute)).value

    def write(self, target, attribute):
        """Write an attribute of a gurux object."""
        self.exchange(self.client.write(target, attribute))

    def invoke(self, target, method, value, kind):
        """Invoke a method."""
        return self.exchange(self.client.method(target, method, value, kind))

    def objects(self):
        """Return the object list."""
        reply = self.exchange(self.client.getObjectsRequest())
        return list(self.client.parseObjects(reply.data, False))

    def find(self, kind, name):
        """Return a new object of a class."""
        found = self.client.createObject(kind)
        found.logicalName = name
        return found

    def release(self):
        """Release the association, and the link."""
        self.exchange(self.client.releaseRequest())
        if self.client.interfaceType == InterfaceType.HDLC:
            self.exchange(self.client.disconnectRequest())


class ClientError(Exception):
    """A result that is not good, `code`."""

    def __init__(self, code):
        super().__init__(code)
        self.code = int(code)


class DirectTransport:
    """The transport of dlms_cosem onto a server without a link."""

    def __init__(self, rig, sap):
        self._rig = rig
        self._sap = sap
        self.heard = []

    def connect(self):
        assert self._rig.server.open(self._sap, 1)

    def disconnect(self):
        self._rig.server.close()

    def send_request(self, data):
        answer = self._rig.send(data)
        self.heard.append(answer)
        return answer


def cosem_client(transport, sap, *, counter=1, password=PASSWORD, pdu=65_535):
    """Return dlms_cosem's client, not yet connected."""
    if sap != MANAGER:
        level = (
            LowLevelSecurityAuthentication(secret=password)
            if sap == READER
            else NoSecurityAuthentication()
        )
        return DlmsClient(transport=transport, authentication=level, max_pdu_size=pdu)
    return DlmsClient(
        transport=transport,
        authentication=HighLevelSecurityGmacAuthentication(challenge_length=32),
        encryption_key=ENCRYPTION,
        authentication_key=AUTHENTICATION,
        client_system_title=CLIENT_TITLE,
        client_initial_invocation_counter=counter,
        max_pdu_size=pdu,
    )


def attribute_of(class_id, name, attribute):
    """Return dlms_cosem's name of an attribute; name is a text of five or six numbers."""
    obis = cosem.Obis(*[int(n) for n in name.split(".")][:6])
    return cosem.CosemAttribute(enumerations.CosemInterface(class_id), obis, attribute)
