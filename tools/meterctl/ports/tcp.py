"""A UART's far end as a TCP server with one client at a time, like a serial server's."""

import socket

_CHUNK = 65_536


class TcpEnd:
    """Listens on (host, port); port 0 takes any free one.  OSError if it cannot.

    A second client is turned away.  A client that has said its last word (half-closed its
    connection) still hears the answer, and makes room for the next one.
    """

    def __init__(self, host, port):
        self._client = None
        self._peer = ""
        self._hears_only = False
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, port), family=family, backlog=4)
        self._server.setblocking(False)
        host, port = self._server.getsockname()[:2]
        self.place = f"tcp {f'[{host}]' if ':' in host else host}:{port}"

    @property
    def address(self):
        """(host, port) it listens on."""
        return self._server.getsockname()[:2]

    @property
    def is_used(self):
        """True while a client is connected that may still send."""
        return self._client is not None and not self._hears_only

    @property
    def state(self):
        """Who is connected, as a text."""
        return self._peer or "free"

    def readers(self):
        """Return the sockets worth waiting for."""
        if self._client is None or self._hears_only:
            return [self._server]
        return [self._server, self._client]

    def has_changed(self):
        """Take a new client, if there is one; True if so."""
        try:
            client, peer = self._server.accept()
        except OSError:  # nobody, or gone again
            return False
        if self._is_occupied():
            client.close()
            return False
        self._drop()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._peer = f"{peer[0]}:{peer[1]}"
        return True

    def _is_occupied(self):
        """Return whether the client of now is still there: its good-bye may wait to be read."""
        if not self.is_used:
            return False
        try:
            return self._client.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def receive(self):
        """Return what the client has sent, b"" if nothing."""
        if self._client is None or self._hears_only:
            return b""
        try:
            data = self._client.recv(_CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            self._drop()
            return b""
        self._hears_only = not data
        return data

    def send(self, data):
        """Send `data`; a client that does not read loses it, as on a line."""
        if self._client is None or not data:
            return
        try:
            self._client.send(data)
        except BlockingIOError:
            pass
        except OSError:
            self._drop()

    def close(self):
        """Hang up and stop listening."""
        self._drop()
        self._server.close()

    def _drop(self):
        if self._client is not None:
            self._client.close()
        self._client = None
        self._peer = ""
        self._hears_only = False
