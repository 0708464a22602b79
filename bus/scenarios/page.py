"""A story as a page for people who decide on policies."""

from __future__ import annotations

from collections.abc import Iterator

from bus.scenarios.story import Step, Story


def page_of(story: Story) -> str:
    """Return the page as Markdown."""
    return "\n".join(_lines(story)) + "\n"


def _lines(story: Story) -> Iterator[str]:
    yield f"# {story.title}"
    yield from ("", "## What happened", "", story.happened)
    yield from ("", "## What is done", "")
    for step in story.steps:
        yield _moment(step)
    yield from ("", "## What each office sees", "")
    for who in _onlookers(story):
        yield f"- **{who}**"
        yield from _seen_by(who, story)
    yield from ("", "## What remains open", "", story.remains, "")
    yield (
        f"*Printed by `bus demo {story.name} --page`. `bus demo {story.name}` plays it on a real "
        "Kafka and Postgres, and checks each line of what the offices see.*"
    )


def _moment(step: Step) -> str:
    acts = " ".join(act.sentence for act in step.acts)
    return f"- **{_day(step)}** {step.told} {acts}".rstrip()


def _onlookers(story: Story) -> list[str]:
    """Return who sees something, in the order of first seeing it."""
    return list(dict.fromkeys(sight.who for step in story.steps for sight in step.sights))


def _seen_by(who: str, story: Story) -> Iterator[str]:
    for step in story.steps:
        for sight in step.sights:
            if sight.who == who:
                yield f"  - {_day(step)}: {sight.text}"


def _day(step: Step) -> str:
    return f"{step.at:%Y-%m-%d}"
