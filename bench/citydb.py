"""Reading a 3DCityDB: buildings per second and memory, `python -m bench.citydb [COUNT ...]`.

A town of houses (seven surfaces and a solid each) is written to a CityGML file and into a database
of its own; both are read by the same way in a process of their own, chunks laid on disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cim_bridge.gmlfiles import UTM32, write_town
from tests.support.citydb.writer import Writer, new_citydb
from tests.support.postgis import started

_CHILD = """
import sys, tempfile, time
from pathlib import Path
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish
from cim_bridge.spool import Spool
kind, source = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    spool, log, wish = Spool(Path(folder)), IssueLog(), Wish()
    begun, used = time.perf_counter(), time.process_time()
    if kind == "database":
        from cim_bridge.readers.remote.citydb.address import address_of
        from cim_bridge.readers.remote.citydb.reading import read_citydb
        read_citydb(address_of(source, log), "127.0.0.1", wish, spool.put, log)
    else:
        from cim_bridge.citygml.document import read_into
        log = read_into(Path(source), wish, spool.put, lambda: None)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    count = sum(len(units) for part in spool for units in part.units)
    assert not log.errors, log
marks = [line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line]
print(count, wall, cpu, int(marks[0].split()[1]) / 1024)
"""


def measured(kind: str, source: str) -> tuple[int, float, float, float]:
    """Buildings, seconds of wall and CPU, and the peak in MiB, of one read in its own process."""
    words = [sys.executable, "-c", _CHILD, kind, source]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return int(told[0]), float(told[1]), float(told[2]), float(told[3])


def main(counts: list[int]) -> None:
    """Measure each size and print a table."""
    print(
        f"{'buildings':>9}  {'source':8}  {'wall s':>7}  {'CPU s':>6}  {'per CPU s':>9}  {'MiB':>6}"
    )
    with started() as server, tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = write_town(Path(folder) / f"town{count}.gml", count)
            url = new_citydb(server, 25832, UTM32)
            begun = time.perf_counter()
            writer = Writer(25832)
            writer.document(path)
            writer.copy(url)
            filled = time.perf_counter() - begun
            for kind, source in (("file", str(path)), ("database", url)):
                found, wall, cpu, peak = measured(kind, source)
                assert found == count, (found, count)
                rate = f"{count / cpu:>9,.0f}"
                print(f"{count:>9,}  {kind:8}  {wall:>7.1f}  {cpu:>6.1f}  {rate}  {peak:>6.0f}")
            print(f"{'':>9}  (the database was filled in {filled:.0f} s)")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [5000, 20000])
