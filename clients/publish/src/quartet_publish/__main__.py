"""`python -m quartet_publish`."""

import sys

from quartet_publish.cli import main

sys.exit(main())
