"""Times a pylsl inlet on an outlet in another process: what the daemon's own is measured beside."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pylsl

OUTLET = Path(__file__).parent.parent / "daemon" / "tests" / "lsl" / "outlet.py"
SAMPLES = 2000


def main() -> None:
    """Prints the percentiles, from the push to the pulled sample, as JSON lines."""
    says = json.dumps({"name": "timed-by-pylsl", "source_id": "timed-by-pylsl"})
    with subprocess.Popen([sys.executable, OUTLET, says], stdout=subprocess.PIPE) as outlet:
        outlet.stdout.readline()
        (found,) = pylsl.resolve_byprop("name", "timed-by-pylsl", timeout=20.0)
        inlet = pylsl.StreamInlet(found, processing_flags=0)
        late = []
        for _ in range(SAMPLES + 250):
            _, stamp = inlet.pull_sample(timeout=20.0)
            late.append(pylsl.local_clock() - stamp)
        outlet.kill()
    for name, share in (("lsl_arrival_p50", 50), ("lsl_arrival_p99", 99)):
        value = float(np.percentile(late[250:], share)) * 1e6
        print(json.dumps({"name": name, "value": value, "unit": "µs"}))


if __name__ == "__main__":
    main()
