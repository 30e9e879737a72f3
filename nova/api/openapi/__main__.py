"""python -m nova.api.openapi [VERSION]: print the document of a microversion."""

import json
import sys

from nova.api.openapi.document import document
from nova.api.retired import RETIRED
from nova.api.routes import all_routes
from nova.microversions import NEWEST, Microversion


def main(arguments: list[str]) -> int:
    version = Microversion.parse(arguments[0]) if arguments else NEWEST
    sys.stdout.write(json.dumps(document(all_routes(), version, RETIRED), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
