"""python -m nova.cmd.manage"""

import sys

from nova.cmd.manage import main

sys.exit(main())
