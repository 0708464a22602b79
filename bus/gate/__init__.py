"""The gate for other programs: over HTTP, and in Python.

freshness.py  how far the tracker is behind, looked at every second
service.py    the service `gate`: answers questions from what the tracker has stored
http.py       the questions and answers as HTTP
client.py     `async with gate(policy_id)`: for those who act
"""
