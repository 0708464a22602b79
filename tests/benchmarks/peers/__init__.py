"""What others would do with the same records: each file is a program of its own.

They run in .venv-bench and know nothing of the bus: `custody.py` is all that they share.
"""
