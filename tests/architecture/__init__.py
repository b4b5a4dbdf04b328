"""The shape of the repository itself: sizes, names, imports, documents."""
