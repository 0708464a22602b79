"""What operators are given: alerts, who is told of them, runbooks.

What needs nothing but Python runs with every test. What needs Prometheus, Alertmanager and their
tools is marked `debian`, and runs with `make test-operators`.
"""
