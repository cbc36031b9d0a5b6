"""An outlet of the real liblsl, as the JSON in the first argument says.

It prints "ready", waits for a reader, and pushes `count` samples (0: for ever) at `pace` Hz, `chunk` at a time. Sample i
has i * channels + c on channel c, as a number or in words; stamps begin at `start` (0: the time of each push; -1: the
time of the first, which is printed).
"""

import json
import sys
import time

import numpy as np
import pylsl

says = {"rate": 250.0, "format": "float32", "channels": 8, "chunk": 1, "start": 0.0, "count": 0, "unit": "microvolts"}
says |= json.loads(sys.argv[1])
channels, rate, form, start = says["channels"], says["rate"], says["format"], says["start"]
pace = says.get("pace", rate)
info = pylsl.StreamInfo(says["name"], says.get("type", "EEG"), channels, rate, form, says["source_id"])
described = info.desc().append_child("channels")
for c in range(channels):
    channel = described.append_child("channel")
    channel.append_child_value("label", f"C{c}").append_child_value("unit", says["unit"])
    channel.append_child_value("type", "EEG")
outlet = pylsl.StreamOutlet(info)
print("ready", flush=True)
while not outlet.wait_for_consumers(60.0):
    pass
if form == "string":
    values = lambda i: [f"文{i * channels + c}" + "x" * (i % 3 * 200) for c in range(channels)]
elif form.startswith("int"):
    kind = {"int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64}[form]
    values = lambda i: (np.arange(channels, dtype=np.int64) + i * channels).astype(kind)
else:
    kind = np.float32 if form == "float32" else np.float64
    values = lambda i: np.arange(channels, dtype=kind) + kind(i * channels)
if start < 0:
    start = pylsl.local_clock()
    print(start, flush=True)
began, i = time.perf_counter(), 0
while says["count"] == 0 or i < says["count"]:
    n = says["chunk"]
    if n == 1:
        stamp = start + i / (rate or pace) if start else 0.0
        outlet.push_sample(values(i), stamp)
    else:
        stamp = start + (i + n - 1) / rate if start else 0.0
        outlet.push_chunk(np.stack([values(k) for k in range(i, i + n)]), stamp)
    i += n
    left = began + i / pace - time.perf_counter()
    if left > 0:
        time.sleep(left)
time.sleep(60)
