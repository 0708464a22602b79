"""Seeds that once broke a promise, and what they found. A change of the simulation changes what
its seeds do: then they are seeds like any others.
"""

from __future__ import annotations

REGRESSIONS = {
    27: "two dead letters of one event, tried in one transaction, got two standings each",
    41: "two dead letters of one event, tried in one transaction, got two standings each",
    65: "held records of a new account were drained before older ones of their key",
    517: "held records of a new account were drained before older ones of their key",
}
