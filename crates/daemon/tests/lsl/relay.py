"""Stands between an outlet and its inlets, as an access point does: whatever goes through is delayed, each way for itself.

    relay.py NAME FIRST COUNT PORT

An outlet called NAME on the UDP ports from FIRST is shown on PORT instead: its answers to whoever looks for it name that one. What
goes by TCP stays in order; probes of the clock overtake each other.
"""

import heapq
import itertools
import math
import random
import re
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

LEAST_S, MEDIAN_S, WIDTH = 1e-3, 1.76e-3, 1.04
HOST = "127.0.0.1"
QUERY = b"LSL:shortinfo\r\n%s\r\n%d %s\r\n"

due: list[tuple[float, int, Callable[[], object]]] = []
count = itertools.count()
readers: dict[socket.socket, Callable[[socket.socket], None]] = {}


def udp(port: int = 0) -> socket.socket:
    """A socket of loopback."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((HOST, port))
    return made


def later(act: Callable[[], object], not_before: float = 0.0) -> float:
    """Acts after a delay of a Wi-Fi link; when."""
    when = max(not_before, time.monotonic() + LEAST_S + random.lognormvariate(math.log(MEDIAN_S), WIDTH))
    heapq.heappush(due, (when, next(count), act))
    return when


def outlet(name: str, first: int, ports: int) -> tuple[int, int]:
    """The ports of its feed and of its clock."""
    with udp() as asking:
        asking.settimeout(0.5)
        query = QUERY % (f"name='{name}'".encode(), asking.getsockname()[1], b"1")
        for _ in range(40):
            for port in range(first, first + ports):
                asking.sendto(query, (HOST, port))
            with suppress(OSError):
                told = asking.recv(65536)
                return tuple(int(re.search(rb"<v4%s_port>(\d+)" % kind, told)[1]) for kind in (b"data", b"service"))
    sys.exit(f"nobody is called {name}")


def pipe(one: socket.socket, other: socket.socket) -> None:
    """Carries what comes from one to the other."""
    last = 0.0

    def take(_: socket.socket) -> None:
        nonlocal last
        with suppress(OSError):
            if some := one.recv(65536):
                last = later(lambda: other.sendall(some), last)
                return
        readers.pop(one, None)
        later(lambda: other.shutdown(socket.SHUT_WR), last)

    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    readers[one] = take


def main() -> None:
    """Shows the outlet and carries until it is killed."""
    name, (first, ports, port) = sys.argv[1], map(int, sys.argv[2:])
    feed, clock = outlet(name, first, ports)
    shown, asked, waiting = udp(port), udp(), {}
    ways: dict[tuple[str, int], socket.socket] = {}

    def answer(source: socket.socket) -> None:
        told = re.sub(rb"(<v4(?:data|service)_port>)\d+", rb"\g<1>%d" % port, source.recv(65536))
        if client := waiting.get(told.split(b"\r\n", 1)[0].strip()):
            shown.sendto(told, client)

    def ask(source: socket.socket) -> None:
        some, client = source.recvfrom(65536)
        if some.startswith(b"LSL:shortinfo"):
            _, query, back = some.split(b"\r\n")[:3]
            back_port, key = back.split()
            waiting[key] = client[0], int(back_port)
            asked.sendto(QUERY % (query, asked.getsockname()[1], key), (HOST, clock))
        elif some.startswith(b"LSL:timedata"):
            if client not in ways:
                ways[client] = udp()
                readers[ways[client]] = reply_to(client)
            later(lambda: ways[client].sendto(some, (HOST, clock)))

    def reply_to(client: tuple[str, int]) -> Callable[[socket.socket], None]:
        def take(way: socket.socket) -> None:
            reply = way.recv(65536)
            later(lambda: shown.sendto(reply, client))

        return take

    def accept(source: socket.socket) -> None:
        client, upstream = source.accept()[0], socket.create_connection((HOST, feed))
        pipe(client, upstream)
        pipe(upstream, client)

    readers[asked], readers[shown] = answer, ask
    with socket.create_server((HOST, port)) as server:
        readers[server] = accept
        print("ready", flush=True)
        while True:
            wait = max(0.0, due[0][0] - time.monotonic()) if due else None
            for source in select.select(list(readers), [], [], wait)[0]:
                with suppress(OSError):
                    readers[source](source)
            while due and due[0][0] <= time.monotonic():
                with suppress(OSError):
                    heapq.heappop(due)[2]()


main()
