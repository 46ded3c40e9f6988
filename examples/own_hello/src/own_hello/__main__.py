"""`python -m own_hello` is `own-hello`."""

import sys

from own_hello.cli import main

sys.exit(main())
