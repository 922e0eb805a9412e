"""``python -m vox`` is the command ``vox``."""

import sys

from vox.cli import main

sys.exit(main())
