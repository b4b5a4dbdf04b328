"""`python -m experiments` is `adlab`."""

from experiments.cli import main

raise SystemExit(main())
