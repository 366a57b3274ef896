"""One module per tool: the only code that knows its words."""
