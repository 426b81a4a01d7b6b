"""Jinja2 and Typst templates, and the assets we serve: no rule, no arithmetic."""
