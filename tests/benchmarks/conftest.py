"""The comparison with a bare COPY needs the server; without one its file is not collected."""

from tests.conftest import SERVER

collect_ignore = [] if SERVER else ["test_copy.py"]
