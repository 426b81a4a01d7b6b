"""Commands of the `heshi` command line, one module a noun."""
