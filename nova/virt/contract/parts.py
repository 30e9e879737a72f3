"""Parts of a node that are counted beside it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class HostPart:
    """What placement counts for itself, below the node: `name` among the node's parts (in
    lower case), and how much there is by resource class.

    A guest gets `most` at once; `reserved` of each class are for nobody.  `verbatim`:
    placement shows the name as it is here, else in capitals.
    """

    name: str
    inventories: Mapping[str, int]
    traits: frozenset[str] = frozenset()
    reserved: int = 0
    most: int = 1
    verbatim: bool = False
