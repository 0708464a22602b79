"""Zero tolerance, 2017 to 2018: as it happened, and as it must be.

Dates and facts are those of the Inspectors General and the GAO (OEI-BL-18-00510, DOJ OIG 21-028,
DHS OIG-20-06, GAO-19-163). Families and officers are made up, and the number of families is not
that of history: each day shows the kind of event that there was, not how many.
"""

from __future__ import annotations

from bus.scenarios import Scenario
from producers.scenarios.golden.as_it_happened import AsItHappened
from producers.scenarios.golden.as_it_must_be import AsItMustBe

scenario = Scenario(
    name="golden",
    title="Zero tolerance, 2017 to 2018",
    tellings=(AsItHappened(), AsItMustBe()),
)
