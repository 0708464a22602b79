"""The tests. `conftest.py` gives each one its broker and database; only those that ask get them."""
