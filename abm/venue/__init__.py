"""A venue's rules except its ADL: margin, liquidation, fund, backstop, waterfall."""
