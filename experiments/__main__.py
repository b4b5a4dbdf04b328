"""`python -m experiments` is `adlab`."""

from experiments.entry import main

raise SystemExit(main())
