"""Short stories about what can go wrong between agencies. Each is played, tested and printed.

None of their families and officers is real. Where a story follows history, `happened` says which
and by which source, and what is made up.
"""
