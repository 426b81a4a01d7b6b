"""Pages for browsers, one module a noun."""
