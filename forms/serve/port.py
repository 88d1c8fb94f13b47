"""The web's port: opened by the supervisor, so that requests wait while the web starts again."""

from __future__ import annotations

import errno
import http.client
import socket
from dataclasses import dataclass, field

from engine.errors import Invalid

BACKLOG = 512
PATIENCE = 5.0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that children inherit; port 0 takes a free one. `Invalid` if taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Invalid(
                "端口 {port} 已被占用：也许闭环已在运行；可用 BIHUAN_PORT 换一个端口。", port=port
            ) from error
        raise Invalid(
            "不能在 {host}:{port} 上提供服务：{error}", host=host, port=port, error=error.strerror
        ) from error
    opened.set_inheritable(True)
    return opened


@dataclass
class Probe:
    """Asks the web for its first page without waiting; `answered` once it has got an answer."""

    host: str
    port: int
    status: int | None = None
    _asked: http.client.HTTPConnection | None = field(default=None, init=False)

    def answered(self) -> bool:
        """Whether the web has answered, with whatever status."""
        if self.status is None:
            self._look()
        return self.status is not None

    def _look(self) -> None:
        try:
            if self._asked is None:
                self._asked = self._ask()
            if self._asked.sock.recv(1, socket.MSG_PEEK):
                self._asked.sock.settimeout(PATIENCE)
                self.status = self._asked.getresponse().status
            self._asked.close()
        except BlockingIOError:
            return
        except (OSError, http.client.HTTPException):
            pass  # a web that died before it answered: ask the next one
        self._asked = None

    def _ask(self) -> http.client.HTTPConnection:
        asked = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        asked.request("GET", "/", headers={"User-Agent": "bihuan-serve"})
        asked.sock.setblocking(False)
        return asked


def reachable(host: str) -> str:
    """The address by which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
