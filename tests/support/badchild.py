"""A child that misbehaves in the way its first word says."""

from __future__ import annotations

import os
import signal
import sys
import time

from cim_bridge.child import OUT_OF_MEMORY, confine


def main(word: str) -> int:
    """Swell, spin, sleep, crash, or shout."""
    confine()
    if word == "swell":
        try:
            held = [bytearray(64 << 20) for _ in range(100)]
        except MemoryError:
            return OUT_OF_MEMORY
        return len(held)
    if word == "spin":
        while True:
            pass
    if word == "sleep":
        time.sleep(60)
    if word == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == "shout":
        sys.stderr.write("no such thing\n" * 200_000)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
