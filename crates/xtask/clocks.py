"""Measures the clocks of liblsl and of pyxdf on what the example `clocks` handed over: what ours are measured beside.

It prints a JSON line for each peer and link: the root mean square without the constant, in microseconds, after the first minute, and
as `ours` our own on the very same. liblsl runs as people run it: an outlet on loopback, an inlet that dejitters and synchronises
clocks. pyxdf reads a recording and sees the future.
"""

import json
import struct
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pylsl
import pyxdf

LINKS = Path(__file__).parent.parent.parent / "target" / "clocks"
RATE = 250
WARM_UP = 60 * RATE
BLOCK = 500


def dejittered_by_liblsl(stamps: np.ndarray, name: str) -> np.ndarray:
    """Pushes stamps through an outlet and reads them at an inlet with its own post-processing, as they come."""
    info = pylsl.StreamInfo(name, "EEG", 1, RATE, "float32", name)
    outlet = pylsl.StreamOutlet(info, chunk_size=BLOCK, max_buffered=3600)
    found = pylsl.resolve_byprop("source_id", name, timeout=10)
    inlet = pylsl.StreamInlet(found[0], max_buflen=3600, processing_flags=pylsl.proc_dejitter | pylsl.proc_clocksync)
    inlet.open_stream(timeout=10)
    seen: list[float] = []
    for block in range(0, len(stamps), BLOCK):
        for stamp in stamps[block : block + BLOCK]:
            outlet.push_sample([0.0], float(stamp))
        while len(seen) < min(block + BLOCK, len(stamps)):
            seen.extend(inlet.pull_chunk(timeout=1.0, max_samples=BLOCK)[1])
    inlet.close_stream()
    return np.array(seen)


def chunk(tag: int, content: bytes) -> bytes:
    """A chunk of an XDF file, its length in four bytes."""
    return b"\x04" + struct.pack("<IH", len(content) + 2, tag) + content


def dejittered_by_pyxdf(stamps: np.ndarray, folder: Path) -> np.ndarray:
    """Writes a recording and loads it as people do."""
    header = f"<?xml version='1.0'?><info><name>a</name><type>EEG</type><channel_count>1</channel_count><nominal_srate>{RATE}</nominal_srate>"
    header += "<channel_format>float32</channel_format><created_at>0</created_at></info>"
    footer = f"<?xml version='1.0'?><info><first_timestamp>{stamps[0]}</first_timestamp><last_timestamp>{stamps[-1]}</last_timestamp>"
    footer += f"<sample_count>{len(stamps)}</sample_count></info>"
    one = struct.pack("<I", 1)
    parts = [b"XDF:", chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>"), chunk(2, one + header.encode())]
    for block in range(0, len(stamps), BLOCK):
        some = stamps[block : block + BLOCK]
        samples = b"".join(b"\x08" + struct.pack("<df", stamp, 0.0) for stamp in some)
        parts.append(chunk(3, one + b"\x04" + struct.pack("<I", len(some)) + samples))
    parts.append(chunk(6, one + footer.encode()))
    path = folder / "a.xdf"
    path.write_bytes(b"".join(parts))
    streams, _ = pyxdf.load_xdf(path, synchronize_clocks=False, dejitter_timestamps=True)
    return streams[0]["time_stamps"]


def main() -> None:
    """Goes through the folder."""
    squares: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(LINKS.glob("*.f64")):
            stamps, truth, ours = np.split(np.fromfile(path, "<f8"), 3)
            link = path.stem.rsplit("_", 1)[0]
            for peer, seen in (
                ("liblsl", dejittered_by_liblsl(stamps, path.stem)),
                ("pyxdf", dejittered_by_pyxdf(stamps, Path(scratch))),
            ):
                squares[link, peer].append((np.var((seen - truth)[WARM_UP:]), np.var(ours[WARM_UP:])))
    for (link, peer), some in squares.items():
        theirs, ours = np.sqrt(np.mean(some, axis=0)) * 1e6
        print(json.dumps({"name": f"clock_{link}", "peer": peer, "value": theirs, "unit": "µs", "ours": ours}))


if __name__ == "__main__":
    main()
