"""adlab's simulator: market, venue, ADL designs, agents, engine; see the layers in CONTRIBUTING."""
