"""`python -m wenyuan.cli`: the same as the `wenyuan` command."""

from __future__ import annotations

import sys

from wenyuan.cli import main

sys.exit(main())
