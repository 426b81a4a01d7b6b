"""The twelve sections of the report, one module each: a function from a `Story` to a `Section`."""
