"""Whether a database may be asked: its host is on the city's list, and where the name leads to."""

from __future__ import annotations

import socket

from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.citydb.address import Address
from cim_bridge.readers.remote.citydb.snapshot import Stopped
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import Hosts


def allowed(address: Address, hosts: Hosts, log: IssueLog) -> str | None:
    """The very address to connect to, None for a socket of this machine (listed as localhost).

    Raises Stopped, with the Issue in the log, for a host that is not listed or leads elsewhere.
    """
    if not hosts.lists(address.host, address.port):
        log.add("CITYDB_HOST", file=address.label, host=f"{address.host}:{address.port}")
        raise Stopped
    if address.local:
        return None
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        places = list(dict.fromkeys(str(one[4][0]) for one in found))
        for place in places:
            hosts.check_address(address.host, address.port, place)
    except OSError as exc:
        log.add("CITYDB_CONNECT", file=address.label, reason=str(exc))
        raise Stopped from exc
    except Refused as exc:
        log.add(exc.code, file=address.label, **exc.params)
        raise Stopped from exc
    return places[0]
