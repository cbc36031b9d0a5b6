"""What an inlet of the real liblsl takes the stamps of `far_outlet.py` for, as people bring stamps to their own clock: by the last
`time_correction()`. Prints a list of [seconds from the stream's opening until a sample was in hand, error in seconds] in the end.
"""

import json
import sys
import time

import pylsl

name, seconds = sys.argv[1], float(sys.argv[2])
(found,) = pylsl.resolve_byprop("name", name, timeout=20.0)
inlet = pylsl.StreamInlet(found, processing_flags=0)
inlet.open_stream(timeout=10.0)
began, seen = time.monotonic(), []
inlet.time_correction(timeout=10.0)
while not seen or seen[-1][0] < seconds:
    (before, after), stamp = inlet.pull_sample(timeout=20.0)
    seen.append((time.monotonic() - began, stamp + inlet.time_correction() - (before + after) / 2e9))
print(json.dumps(seen), flush=True)
