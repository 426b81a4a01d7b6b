"""推算: events that the book itself shows, from columns, over any span of days. Pure array functions."""
