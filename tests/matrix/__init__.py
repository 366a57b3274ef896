"""Every fault at every tool: what the bridge does, tried and written down."""
