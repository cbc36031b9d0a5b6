"""An inlet of the real liblsl: resolves a stream by name, and prints its description, its clock and its samples as JSON."""

import json
import sys

import pylsl

name, count = sys.argv[1], int(sys.argv[2])
found = pylsl.resolve_byprop("name", name, timeout=20.0)
assert len(found) == 1, f"{len(found)} streams are called {name}"
inlet = pylsl.StreamInlet(found[0], processing_flags=0)
info = inlet.info(timeout=10.0)
channels, channel = [], info.desc().child("channels").child("channel")
while not channel.empty():
    channels.append([channel.child_value(key) for key in ("label", "unit", "type")])
    channel = channel.next_sibling()
acquisition = info.desc().child("acquisition")
inlet.open_stream(timeout=10.0)
correction = inlet.time_correction(timeout=10.0)
told = {
    "type": info.type(),
    "rate": info.nominal_srate(),
    "source_id": info.source_id(),
    "format": info.channel_format(),
    "channels": channels,
    "acquisition": [acquisition.child_value(key) for key in ("manufacturer", "model", "compensated_lag")],
    "correction": correction,
}
print(json.dumps(told), flush=True)
# Printed at the end, so that nobody who reads slowly holds the samples up.
taken = []
while len(taken) < count:
    sample, stamp = inlet.pull_sample(timeout=20.0)
    taken.append({"stamp": stamp, "sample": sample, "now": pylsl.local_clock()})
for said in taken:
    print(json.dumps(said), flush=True)
