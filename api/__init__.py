"""The door for machines and browsers: FastAPI routes and pages."""
