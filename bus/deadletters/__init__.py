"""What operators do with dead letters, and with the breaker. The engine carries it out.

letters.py      dead letters as people look at them, and how they are chosen
requests.py     asking for a redrive or a discard: stored here, done by the partition's owner
progress.py     how far what was asked for has come
correcting.py   the event that corrects another one
breakers.py     a group's breaker, by hand
"""
