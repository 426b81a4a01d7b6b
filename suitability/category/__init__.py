"""投资者类别: ordinary or professional, on what evidence, from when until when, and the conversions both ways."""
