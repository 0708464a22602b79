"""How a value goes over a day. Time is in hours, and 0 is the moment at which somebody looks."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

Curve = Callable[[float], float]

Moment = Callable[[float], float | None]
"""The hour of a moment, as a gauge holds it at each hour; None where there is none."""


def steady(value: float) -> Curve:
    """Return a value that stays."""
    return lambda _: value


def steps(first: float, *changes: tuple[float, float]) -> Curve:
    """Return a value that is `first`, and another from each named hour on."""

    def value(hour: float) -> float:
        return next((new for since, new in reversed(changes) if hour >= since), first)

    return value


def ramps(*points: tuple[float, float]) -> Curve:
    """Return a value on straight lines between (hour, value), level before and after."""

    def value(hour: float) -> float:
        if hour <= points[0][0]:
            return points[0][1]
        for (start, low), (end, high) in pairwise(points):
            if hour < end:
                return low + (high - low) * (hour - start) / (end - start)
        return points[-1][1]

    return value


def swing(mean: float, share: float = 0.5, seed: int = 0) -> Curve:
    """Return a value that follows the time of day, and trembles."""

    def value(hour: float) -> float:
        daily = share * math.sin((hour - 2 + seed % 3) * math.pi / 12)
        trembling = 0.1 * math.sin(hour * 7 + seed) + 0.06 * math.sin(hour * 17 + 2 * seed)
        return max(0.0, mean * (1 + daily + share * trembling))

    return value


def during(start: float, end: float, inside: Curve, outside: Curve) -> Curve:
    """Return one curve within [start, end), and another around it."""
    return lambda hour: inside(hour) if start <= hour < end else outside(hour)


def never(_: float) -> None:
    """There is no such moment."""


def since(hour: float) -> Moment:
    """Return a moment that is there from itself on."""
    return lambda now: hour if now >= hour else None


def until(hour: float) -> Moment:
    """Return a moment that is there until it has come."""
    return lambda now: hour if now < hour else None


def every(hours: float, last: float) -> Moment:
    """Return the last of moments that come one after another; the last of all is given."""
    return lambda now: (now - last) // hours * hours + last


def growing(start: float, end: float) -> Moment:
    """Return a moment that stands still within [start, end), and isn't there otherwise."""
    return lambda now: start if start <= now < end else None
