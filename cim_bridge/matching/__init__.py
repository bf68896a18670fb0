"""Names of places → units: ids, external ids, labels, addresses, points, shapes; and the list of
what people must decide. Start at `match`.
"""

from cim_bridge.matching.how import How
from cim_bridge.matching.keys import Keys
from cim_bridge.matching.match import match
from cim_bridge.matching.matches import Matches
from cim_bridge.matching.targets import Targets

__all__ = ["How", "Keys", "Matches", "Targets", "match"]
