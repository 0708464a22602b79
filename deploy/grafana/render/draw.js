// Draws BOARD, a dashboard of Grafana with the answers to its questions, as Grafana would.
// Values, tables, bars and timelines are plain HTML; lines are uPlot's.
"use strict";

const STEP_SECONDS = WINDOW.step;

const COLORS = {
  green: "#1a7f37", blue: "#1f60c4", orange: "#b35900", red: "#c4162a", purple: "#6f42c1",
  yellow: "#8a6d00", "dark-red": "#7a0c18", text: "#1c2127",
};
const PALETTE = [
  "#1f60c4", "#c4162a", "#1a7f37", "#b35900", "#6f42c1", "#00798c", "#a3195b", "#5c6570",
];

const DURATIONS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440, 2880, 7200].map((minutes) => minutes * 60));

const UNITS = {
  s: seconds,
  percentunit: (value) => `${Math.round(value * 100)} %`,
  eps: (value) => `${plain(value)} ev/s`,
  reqps: (value) => `${plain(value)} req/s`,
  dateTimeAsIso: (value) => new Date(value).toISOString().slice(0, 16).replace("T", " "),
};

function plain(value) {
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}

function seconds(value) {
  if (value === 0) return "0 s";
  const size = Math.abs(value);
  const [unit, name] = [[86400, "days"], [3600, "hours"], [60, "mins"], [1, "s"], [0.001, "ms"]]
    .find(([each]) => size >= each) ?? [0.001, "ms"];
  return `${plain(Number((value / unit).toFixed(1)))} ${name}`;
}

function formatted(value, unit) {
  return (UNITS[unit] ?? plain)(value);
}

// The text and colour of a value, by mappings first and thresholds then.
function shown(value, config) {
  const isNothing = value === null || Number.isNaN(value);
  for (const mapping of config.mappings ?? []) {
    const { type, options } = mapping;
    const result = type === "value" ? options[String(value)]
      : type === "special" ? isNothing && options.result
      : !isNothing && value >= (options.from ?? -Infinity) && value <= (options.to ?? Infinity)
        && options.result;
    if (result) return { text: result.text, color: COLORS[result.color] };
  }
  if (typeof value === "string") return { text: value };
  if (isNothing) return { text: config.noValue ?? "-" };
  const step = (config.thresholds?.steps ?? []).findLast((each) => value >= (each.value ?? -Infinity));
  return { text: formatted(value, config.unit), color: step && COLORS[step.color] };
}

function element(parent, name, className = "", text = "") {
  const made = parent.appendChild(document.createElement(name));
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function nameOf(series, target) {
  if (target.legendFormat === "__auto") return Object.values(series.metric).join(", ");
  return target.legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => series.metric[label] ?? "");
}

function allSeries(panel) {
  return panel.targets.flatMap((target) =>
    target.result.map((series) => ({ ...series, name: nameOf(series, target) })));
}

function drawStat(panel, section, body) {
  if (panel.options.textMode === "value_and_name") return drawStates(panel, section, body);
  const answer = panel.targets[0].result[0];
  const { text, color } = shown(answer ? Number(answer.value[1]) : null, panel.fieldConfig.defaults);
  const size = panel.options.text?.valueSize ?? (text.length > 9 ? 30 : 44);
  section.style.background = color;
  element(body, "span", "", text).style.fontSize = `${size}px`;
}

function drawStates(panel, section, body) {
  Object.assign(body.style, { alignItems: "stretch", padding: 0, gap: "2px" });
  for (const { name, value } of allSeries(panel)) {
    const { text, color } = shown(Number(value[1]), panel.fieldConfig.defaults);
    const state = element(body, "div", "state");
    state.style.background = color;
    element(state, "small", "", name);
    element(state, "span", "", text);
  }
  section.style.color = COLORS.text;
}

// Grafana's transformations "merge" and "organize", for answers at one moment.
function rowsOf(panel) {
  const rows = new Map();
  for (const target of panel.targets) {
    const field = panel.targets.length > 1 ? `Value #${target.refId}` : "Value";
    for (const { metric, value } of target.result) {
      const key = JSON.stringify(metric);
      rows.set(key, { ...metric, ...rows.get(key), [field]: Number(value[1]) });
    }
  }
  return [...rows.values()];
}

function columnsOf(panel) {
  const order = panel.transformations.find((each) => each.id === "organize").options;
  return Object.entries(order.indexByName)
    .filter(([field]) => !order.excludeByName[field])
    .sort(([, one], [, other]) => one - other)
    .map(([field]) => {
      const title = order.renameByName[field];
      const override = panel.fieldConfig.overrides.find((each) => each.matcher.options === title);
      const config = Object.fromEntries(override.properties.map(({ id, value }) => [id, value]));
      return { field, title, config };
    });
}

function drawTable(panel, _, body) {
  const rows = rowsOf(panel);
  if (!rows.length) return drawNothing(panel, body);
  const columns = columnsOf(panel);
  const sorted = columns.find(({ title }) => title === panel.options.sortBy[0]?.displayName);
  if (sorted) rows.sort((one, other) => (other[sorted.field] ?? 0) - (one[sorted.field] ?? 0));
  const table = element(body, "table");
  const head = element(table, "tr");
  for (const { title, config } of columns) {
    element(head, "th", "", title).style.width = config["custom.width"] ? `${config["custom.width"]}px` : "";
  }
  for (const row of rows) {
    const line = element(table, "tr");
    for (const { field, config } of columns) {
      const { text, color } = shown(row[field] ?? null, { ...config, noValue: "" });
      const isGround = config["custom.cellOptions"]?.type === "color-background";
      const cell = element(line, "td", isGround ? "ground" : "", text);
      if (color && isGround) cell.style.background = color;
      else if (color) Object.assign(cell.style, { color, fontWeight: color === COLORS.text ? 400 : 700 });
    }
  }
}

function drawBars(panel, _, body) {
  const series = allSeries(panel);
  if (!series.length) return drawNothing(panel, body);
  const greatest = Math.max(...series.map((each) => Number(each.value[1])));
  for (const { name, value } of series) {
    const { text, color } = shown(Number(value[1]), panel.fieldConfig.defaults);
    const bar = element(body, "div", "bar");
    element(bar, "span", "", name);
    const fill = element(element(bar, "i"), "b");
    Object.assign(fill.style, { width: `${(100 * Number(value[1])) / greatest}%`, background: color });
    element(bar, "span", "", text);
  }
}

function drawTimeline(panel, _, body) {
  const states = element(body, "div", "states");
  for (const { name, values } of allSeries(panel)) {
    element(states, "span", "", name);
    const track = element(states, "div", "track");
    for (const { from, to, value } of stretches(values)) {
      const { text, color } = shown(value, panel.fieldConfig.defaults);
      const stretch = element(track, "span", "", to - from > 0.08 ? text : "");
      Object.assign(stretch.style, { left: `${100 * from}%`, width: `${100 * (to - from)}%`, background: color });
    }
  }
  element(states, "span");
  const hours = element(states, "div", "hours");
  for (const time of ticks()) element(hours, "span", "", clock(time));
}

// Times without a change become one stretch, in shares of the window; a missing value ends it.
function stretches(values) {
  const share = (time) => (time - WINDOW.start) / (WINDOW.end - WINDOW.start);
  const found = [];
  for (const [time, text] of values) {
    const last = found.at(-1);
    const end = Math.min(1, share(time + STEP_SECONDS));
    if (last && last.value === Number(text) && last.until === time) Object.assign(last, { to: end, until: time + STEP_SECONDS });
    else found.push({ from: share(time), to: end, until: time + STEP_SECONDS, value: Number(text) });
  }
  return found;
}

function ticks() {
  return Array.from({ length: 7 }, (_, index) => WINDOW.start + ((WINDOW.end - WINDOW.start) * index) / 6);
}

function clock(time) {
  return new Date(time * 1000).toISOString().slice(11, 16);
}

function drawLines(panel, _, body) {
  const series = allSeries(panel);
  if (!series.length) return drawNothing(panel, body);
  const times = [];
  for (let time = WINDOW.start; time <= WINDOW.end; time += STEP_SECONDS) times.push(time);
  const isStacked = panel.fieldConfig.defaults.custom.stacking?.mode === "normal";
  const rows = columnsOverTime(series, times, isStacked);
  const chart = element(body, "div");
  chart.style.flex = "1";
  const legend = element(body, "div", "legend");
  const colors = series.map(({ name }, index) => colorOf(panel, name, index));
  series.forEach(({ name }, index) => {
    const entry = element(legend, "span");
    element(entry, "i").style.background = colors[index];
    entry.append(name);
  });
  const order = isStacked ? series.map((_, index) => series.length - 1 - index) : series.map((_, index) => index);
  new uPlot({
    width: chart.clientWidth,
    height: chart.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { min: WINDOW.start, max: WINDOW.end }, y: { range: (_, low, high) => scaled(high) } },
    axes: [
      { values: (_, splits) => splits.map(clock), size: 26, font: "11px sans-serif", grid: { stroke: "#e5e8ec" } },
      {
        values: (_, splits) => splits.map((value) => formatted(value, panel.fieldConfig.defaults.unit)),
        size: 66, font: "11px sans-serif", grid: { stroke: "#e5e8ec" },
        incrs: panel.fieldConfig.defaults.unit === "s" ? DURATIONS : undefined,
      },
    ],
    series: [{}, ...order.map((index) => ({
      stroke: colors[index],
      width: 2,
      points: { show: false },
      fill: isStacked ? colors[index] : undefined,
    }))],
    hooks: { draw: [(plot) => drawMarks(plot), (plot) => drawThresholds(plot, panel)] },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "UTC"),
  }, [times, ...order.map((index) => rows[index])], chart);
}

function colorOf(panel, name, index) {
  const override = panel.fieldConfig.overrides.find((each) => each.matcher.options === name);
  const fixed = override?.properties.find(({ id }) => id === "color")?.value.fixedColor;
  return COLORS[fixed] ?? PALETTE[index % PALETTE.length];
}

function scaled(high) {
  return [0, high > 0 ? high * 1.1 : 1];
}

function columnsOverTime(series, times, isStacked) {
  const rows = series.map(({ values }) => {
    const known = new Map(values.map(([time, text]) => [time, Number(text)]));
    return times.map((time) => {
      const value = known.get(time);
      return value === undefined || Number.isNaN(value) ? null : value;
    });
  });
  if (!isStacked) return rows;
  const sums = times.map(() => 0);
  return rows.map((row) => row.map((value, index) => (sums[index] += value ?? 0)));
}

function drawMarks(plot) {
  for (const mark of BOARD.annotations.list) {
    for (const { values } of mark.result) {
      let before = 0;
      for (const [time] of values) {
        if (time - before > 60) drawLine(plot, COLORS[mark.iconColor], plot.valToPos(time, "x", true));
        before = time;
      }
    }
  }
}

function drawLine(plot, color, left) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = color;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  ctx.moveTo(left, bbox.top);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(left - 5, bbox.top + bbox.height + 7);
  ctx.lineTo(left + 5, bbox.top + bbox.height + 7);
  ctx.lineTo(left, bbox.top + bbox.height);
  ctx.fill();
  ctx.restore();
}

function drawThresholds(plot, panel) {
  if (panel.fieldConfig.defaults.custom.thresholdsStyle?.mode !== "dashed") return;
  const { ctx, bbox } = plot;
  for (const { value, color } of panel.fieldConfig.defaults.thresholds.steps) {
    if (value === null || value > plot.scales.y.max) continue;
    const top = plot.valToPos(value, "y", true);
    ctx.save();
    ctx.strokeStyle = COLORS[color];
    ctx.setLineDash([8, 5]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, top);
    ctx.lineTo(bbox.left + bbox.width, top);
    ctx.stroke();
    ctx.restore();
  }
}

function drawNothing(panel, body) {
  element(body, "span", "nothing", panel.fieldConfig.defaults.noValue ?? "No data");
}

const DRAWN = {
  stat: drawStat, table: drawTable, bargauge: drawBars, timeseries: drawLines, "state-timeline": drawTimeline,
};

// What the lines across the charts are, beside the title.
for (const { name, iconColor, result } of BOARD.annotations.list) {
  if (!result.length) continue;
  const legend = element(document.querySelector("header p"), "span", "", ` ▲ ${name}`);
  legend.style.color = COLORS[iconColor];
}

for (const panel of BOARD.panels) {
  const section = element(document.querySelector("main"), "section", panel.type);
  const { x, y, w, h } = panel.gridPos;
  section.style.gridArea = `${y + 1} / ${x + 1} / span ${h} / span ${w}`;
  element(section, "h2", "", panel.title);
  DRAWN[panel.type](panel, section, element(section, "div", "body"));
}
