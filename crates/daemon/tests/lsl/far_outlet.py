"""An outlet of the real liblsl whose process lives by another clock, which libfaketime makes for it.

Each sample is stamped by that clock, and carries the truth: between which two nanoseconds of the machine's own monotonic clock the
stamp was taken. `syscall` asks the kernel, which libfaketime stands in front of nowhere.
"""

import ctypes
import os
import sys
import time
from pathlib import Path

import pylsl

RATE = 100
# Nobody is left behind by a reader that was killed.
LONGEST_S = 300
MONOTONIC = ctypes.c_long(1)


class Timespec(ctypes.Structure):
    """The kernel's."""

    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


NUMBERS = {"x86_64": 228, "aarch64": 113}
syscall = ctypes.CDLL(None).syscall
gettime, told = ctypes.c_long(NUMBERS[os.uname().machine]), Timespec()
place = ctypes.byref(told)


def true_ns() -> int:
    """The machine's monotonic clock."""
    syscall(gettime, MONOTONIC, place)
    return told.seconds * 1_000_000_000 + told.nanoseconds


def stamped() -> tuple[int, int, int]:
    """Bounds from below and above of the true time, and the faked one in between."""
    reads = []
    for _ in range(3):
        before = true_ns()
        stamp = time.monotonic_ns()
        reads.append((before, true_ns(), stamp))
    # What was interrupted bounds little.
    return min(reads, key=lambda read: read[1] - read[0])


def main() -> None:
    """Waits for a reader, then pushes."""
    # libfaketime leaves these behind in a process that is killed; it needs their names no more.
    for name in ("faketime_shm_", "sem.faketime_sem_"):
        Path(f"/dev/shm/{name}{os.getpid()}").unlink(missing_ok=True)
    name = sys.argv[1]
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "EEG", 2, RATE, "double64", name))
    print("ready", flush=True)
    outlet.wait_for_consumers(60.0)
    end = true_ns() + LONGEST_S * 1_000_000_000
    due = time.monotonic()
    while true_ns() < end:
        before, after, stamp = stamped()
        outlet.push_sample([float(before), float(after)], stamp * 1e-9)
        due += 1 / RATE
        time.sleep(max(0.0, due - time.monotonic()))


main()
