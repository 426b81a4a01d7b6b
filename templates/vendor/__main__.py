"""`python -m templates.vendor`: fetch and build the script assets unless fresh; `--force` builds anyway."""

from __future__ import annotations

import sys

from templates.vendor import TARGET, build, is_fresh

if "--force" in sys.argv or not is_fresh():
    build()
    print(f"script assets built in {TARGET}")
else:
    print("script assets are fresh")
