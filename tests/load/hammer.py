"""Asks for one page over and over on several kept connections, and says how many answers there were a second.

`python -m tests.load.hammer PORT PATH CONNECTIONS SECONDS`, further headers on standard input. One process that does
as little as it can for each answer, so that it takes little from the site on a small machine.
"""

import selectors
import socket
import sys
import time

LENGTH = b"content-length: "


class Line:
    """One connection: what it has read of the answer it waits for."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.request, self.read = request, b""
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Take what has come; at the end of an answer ask again."""
        self.read += self.socket.recv(65536)
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(head.decode())
        start = head.lower().index(LENGTH) + len(LENGTH)
        if len(body) < int(head[start:].split(b"\r\n", 1)[0]):
            return False
        self.read = b""
        self.socket.sendall(self.request)
        return True


def main(port: int, path: str, connections: int, seconds: float, headers: str) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n\r\n".encode()
    chosen = selectors.DefaultSelector()
    for _ in range(connections):
        line = Line(port, request)
        chosen.register(line.socket, selectors.EVENT_READ, line)
    answers, began = 0, time.monotonic()
    while (now := time.monotonic()) < began + seconds:
        for key, _ in chosen.select(timeout=1):
            answers += key.data.is_answered()
    return answers / (now - began)


if __name__ == "__main__":
    print(
        main(
            int(sys.argv[1]),
            sys.argv[2],
            int(sys.argv[3]),
            float(sys.argv[4]),
            "\r\n".join(sys.stdin.read().split("\n")),
        )
    )
