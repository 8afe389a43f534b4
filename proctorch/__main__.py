"""`python -m proctorch` is the same as `proctorch`."""

from __future__ import annotations

from proctorch.cli.main import main

if __name__ == "__main__":
    main()
