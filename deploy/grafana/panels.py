"""Panels, dressed the same on every board. Each says what it shows, in which unit, and why.

Data source, ids and places are set by `deploy.grafana.layout`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides,
    DashboardRangeMapOptions,
    DashboardSpecialValueMapOptions,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColor,
    FieldColorModeId,
    FieldConfigSource,
    GridPos,
    MatcherConfig,
    Panel,
    RangeMap,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsConfig,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

GOOD, NEUTRAL, WARNING, BAD, DARK = "green", "blue", "orange", "red", "purple"

REF_IDS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class About:
    """What a panel tells its reader; `width` is in 24ths of the board."""

    title: str
    description: str
    unit: str
    width: int


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the name of its answer: a text with {{label}}s."""

    expression: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What a value is called, and its colour."""

    text: str
    color: str


NONE = Word("none", GOOD)
UNSEEN = Word("CAN'T TELL", DARK)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the values of one question, or what a label says if there is none."""

    title: str
    expression: str = ""
    label: str = ""
    unit: str = ""
    steps: tuple[tuple[float, str], ...] = ()
    words: Mapping[str, Word] | None = None
    width: int | None = None
    is_hidden: bool = False


Steps = Sequence[tuple[float, str]]
"""From which value on which colour holds."""


def number(
    about: About,
    expression: str,
    steps: Steps = (),
    *,
    base: str = GOOD,
    words: Mapping[str, Word] | None = None,
    none_above: float | None = None,
    text_size: int | None = None,
) -> Panel:
    """Return one big value on its colour.

    `words` stand for single values, "none" for all from `none_above` on. Where there is no answer
    at all, that is what it says.
    """
    builder = (
        stat.Panel()
        .color_mode(options.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(options.BigValueGraphMode.NONE)
        .justify_mode(options.BigValueJustifyMode.CENTER)
        .reduce_options(_last())
        .no_value(UNSEEN.text)
        .mappings([*_mappings(words), *_none(none_above), _unseen()])
    )
    if text_size is not None:
        builder = builder.text(common.VizTextDisplayOptions().value_size(text_size))
    panel = _dressed(builder.build(), about, [_asked(Query(expression), 0, instant=True)])
    return _colored(panel, steps, base)


def states(about: About, words: Mapping[str, Word], query: Query) -> Panel:
    """Return the word that holds now for each series, beside its name, on its colour."""
    builder = (
        stat.Panel()
        .color_mode(options.BigValueColorMode.BACKGROUND_SOLID)
        .graph_mode(options.BigValueGraphMode.NONE)
        .text_mode(options.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(_last())
        .no_value(UNSEEN.text)
        .mappings([*_mappings(words), _unseen()])
    )
    return _dressed(builder.build(), about, [_asked(query, 0, instant=True)])


def lines(
    about: About,
    *queries: Query,
    stacked: bool = False,
    steps: Steps = (),
    colors: Mapping[str, str] | None = None,
) -> Panel:
    """Return values over time, with a dashed line at each of `steps`.

    `colors` are of series that mean something good or bad by their name.
    """
    builder = (
        timeseries.Panel()
        .line_width(2)
        .fill_opacity(70 if stacked else 0)
        .show_points(options.VisibilityMode.NEVER)
        .min(0)
        .no_value("None in this time.")
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(options.TooltipDisplayMode.MULTI)
            .sort(options.SortOrder.DESCENDING)
        )
    )
    if stacked:
        builder = builder.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL))
    if steps:
        builder = builder.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        )
    targets = [_asked(query, index) for index, query in enumerate(queries)]
    panel = _dressed(builder.build(), about, targets)
    _config(panel).overrides = [_line_color(*each) for each in (colors or {}).items()]
    return _colored(panel, steps, GOOD, FieldColorModeId.PALETTE_CLASSIC) if steps else panel


def bars(about: About, query: Query, steps: Steps = (), *, base: str = NEUTRAL) -> Panel:
    """Return values beside each other, as bars."""
    builder = (
        bargauge.Panel()
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .orientation(options.VizOrientation.HORIZONTAL)
        .reduce_options(_last())
        .min(0)
        .no_value("None in this time.")
    )
    panel = _dressed(builder.build(), about, [_asked(query, 0, instant=True)])
    return _colored(panel, steps, base)


def timeline(about: About, words: Mapping[str, Word], *queries: Query) -> Panel:
    """Return which word held when, one bar for each series."""
    builder = (
        statetimeline.Panel()
        .merge_values(True)
        .show_value(options.VisibilityMode.AUTO)
        .row_height(0.8)
        .fill_opacity(90)
        .mappings(_mappings(words))
    )
    targets = [_asked(query, index) for index, query in enumerate(queries)]
    return _dressed(builder.build(), about, targets)


def rows_of(about: About, *columns: Column, nothing: str = "none") -> Panel:
    """Return a table, the greatest value of its first asked column first, unless that is hidden."""
    asked = [column for column in columns if column.expression]
    leading = [column.title for column in asked[:1] if not column.is_hidden]
    builder = (
        table.Panel()
        .show_header(True)
        .cell_height(options.TableCellHeight.MD)
        .no_value(nothing)
        .sort_by(
            [common.TableSortByFieldState().display_name(title).desc(True) for title in leading]
        )
    )
    targets = [
        _asked(Query(column.expression), index, instant=True, as_table=True)
        for index, column in enumerate(asked)
    ]
    panel = _dressed(builder.build(), about, targets)
    panel.transformations = [
        DataTransformerConfig("merge", options={}),
        DataTransformerConfig("organize", options=_order(columns, asked)),
    ]
    _config(panel).overrides = [_column(column) for column in columns]
    return panel


def _order(columns: Sequence[Column], asked: Sequence[Column]) -> dict[str, object]:
    fields = {
        column.title: f"Value #{REF_IDS[asked.index(column)]}" if column in asked else column.label
        for column in columns
    }
    if len(asked) == 1:  # Grafana names the only value of a table without its question
        fields[asked[0].title] = "Value"
    hidden = [fields[column.title] for column in columns if column.is_hidden]
    return {
        "excludeByName": dict.fromkeys(["Time", *hidden], True),
        "indexByName": {field: index for index, field in enumerate(fields.values())},
        "renameByName": {field: title for title, field in fields.items()},
    }


def _column(column: Column) -> DashboardFieldConfigSourceOverrides:
    properties = [DynamicConfigValue("unit", column.unit)] if column.unit else []
    if column.steps:
        properties.append(DynamicConfigValue("thresholds", _thresholds(column.steps, "text")))
    if column.words:
        properties.append(DynamicConfigValue("mappings", _mappings(column.words)))
    if column.steps or column.words:
        kind = "color-background" if column.words else "color-text"
        properties.append(DynamicConfigValue("custom.cellOptions", {"type": kind}))
    if column.width is not None:
        properties.append(DynamicConfigValue("custom.width", column.width))
    matcher = MatcherConfig("byName", column.title)
    return DashboardFieldConfigSourceOverrides(matcher=matcher, properties=properties)


def _line_color(name: str, color: str) -> DashboardFieldConfigSourceOverrides:
    fixed = FieldColor(FieldColorModeId.FIXED, fixed_color=color)
    return DashboardFieldConfigSourceOverrides(
        matcher=MatcherConfig("byName", name), properties=[DynamicConfigValue("color", fixed)]
    )


def _asked(query: Query, index: int, *, instant: bool = False, as_table: bool = False) -> Dataquery:
    target = Dataquery().expr(query.expression).ref_id(REF_IDS[index])
    target = target.legend_format(query.name or "__auto")
    target = target.instant() if instant else target.range()
    return target.format(PromQueryFormat.TABLE) if as_table else target


def _dressed(panel: Panel, about: About, targets: Sequence[Dataquery]) -> Panel:
    panel.title, panel.description = about.title, about.description
    panel.grid_pos = GridPos(w=about.width)
    panel.targets = [target.build() for target in targets]
    _config(panel).defaults.unit = about.unit
    return panel


def _colored(
    panel: Panel, steps: Steps, base: str, mode: FieldColorModeId = FieldColorModeId.THRESHOLDS
) -> Panel:
    defaults = _config(panel).defaults
    defaults.thresholds = _thresholds(steps, base)
    defaults.color = FieldColor(mode)
    return panel


def _thresholds(steps: Steps, base: str) -> ThresholdsConfig:
    return ThresholdsConfig(steps=[Threshold(None, base), *(Threshold(*step) for step in steps)])


def _mappings(words: Mapping[str, Word] | None) -> list[ValueMapping]:
    if not words:
        return []
    named = enumerate(words.items())
    return [ValueMap({key: _result(word, index) for index, (key, word) in named})]


def _none(above: float | None) -> list[ValueMapping]:
    if above is None:
        return []
    result = _result(NONE, 0)
    return [RangeMap(DashboardRangeMapOptions(from_val=above, to=None, result=result))]


def _unseen() -> ValueMapping:
    match = SpecialValueMatch.NULL_AND_NAN
    return SpecialValueMap(DashboardSpecialValueMapOptions(match, _result(UNSEEN, 0)))


def _result(word: Word, index: int) -> ValueMappingResult:
    return ValueMappingResult(text=word.text, color=word.color, index=index)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _config(panel: Panel) -> FieldConfigSource:
    if panel.field_config is None:
        panel.field_config = FieldConfigSource()
    return panel.field_config
