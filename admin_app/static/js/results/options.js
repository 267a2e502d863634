// From what the server says of a chart to what ECharts draws. Colours come from the style sheet, so that both themes and the
// bars in tables have the same.
const { lang } = document.documentElement;
const whole = new Intl.NumberFormat(lang);
const share = new Intl.NumberFormat(lang, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const ROW = 34;
// Narrower than this, a label beside its bar has room for a word: it stands above the bar.
const NARROW = 520;
const ABOVE = 22;
const TONES = 11;

// Tokens that differ by theme are light-dark(); a probe's computed colour is what they come out as. Paper is light.
export function colours(root = document.body, paper = false) {
  const probe = document.createElement("span");
  if (paper) probe.style.colorScheme = "light";
  root.append(probe);
  const read = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    still: paper,
    text: read("--text"),
    muted: read("--muted"),
    border: read("--border"),
    surface: read("--surface"),
    groups: [read("--cr-group-0"), read("--cr-group-1")],
    tones: Array.from({ length: TONES }, (_none, at) => read(`--cr-tone-${at}`)),
    // It goes into attributes of the picture as it is.
    font: getComputedStyle(root).fontFamily.replaceAll('"', "'"),
  };
  probe.remove();
  return found;
}

function luminance(colour) {
  const [r, g, b] = colour.match(/[\d.]+/g).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const inkOn = (colour) => (luminance(colour) > 0.19 ? "#14181d" : "#ffffff");
const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function tooltip(look, words) {
  return {
    trigger: "item",
    // Plain text drawn by the chart: the usual one needs style attributes, which the policy forbids.
    renderMode: "richText",
    confine: true,
    backgroundColor: look.surface,
    borderColor: look.border,
    textStyle: { color: look.text, fontFamily: look.font, fontSize: 13 },
    formatter: words,
  };
}

const said = (name, label, count, of) => `${name ? `${name}\n` : ""}${label}: ${whole.format(count)}${of === null ? "" : ` (${share.format(of)})`}`;

function base(look) {
  return {
    animation: !look.still,
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    textStyle: { fontFamily: look.font, color: look.text },
    aria: { enabled: false },
  };
}

// The labels of bars that lie: `share` of the width beside them, or all of it above them.
function labelsOf(look, width, share, bars) {
  const label = { color: look.text, fontSize: 13, overflow: "truncate" };
  if (width >= NARROW) return { ...label, width: width * share };
  return { ...label, width: width - 32, inside: true, margin: 0, verticalAlign: "bottom", padding: [0, 0, 9 * bars + 6, 4] };
}

function plain(spec, look, width) {
  const lying = spec.kind === "bars";
  const many = spec.series.length > 1;
  const values = (one) => (lying || many ? one.shares.map((value) => value ?? 0) : one.counts);
  const format = lying || many ? (value) => share.format(value) : (value) => whole.format(value);
  const names = {
    type: "category",
    data: spec.categories,
    inverse: lying,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: look.muted } },
    z: 3,
    axisLabel: lying ? labelsOf(look, width, 0.34, spec.series.length) : { color: look.text, fontSize: 13, hideOverlap: true },
  };
  const numbers = {
    type: "value",
    min: 0,
    minInterval: lying || many ? undefined : 1,
    splitNumber: 4,
    axisLabel: { color: look.muted, formatter: format, hideOverlap: true },
    splitLine: { lineStyle: { color: look.border } },
  };
  return {
    ...base(look),
    grid: { left: 8, right: lying ? 64 : 16, top: 16, bottom: 8, containLabel: true },
    xAxis: lying ? { ...numbers, show: false } : names,
    yAxis: lying ? names : numbers,
    tooltip: tooltip(look, ({ seriesName, dataIndex, seriesIndex, name }) =>
      said(many ? seriesName : "", name, spec.series[seriesIndex].counts[dataIndex], spec.series[seriesIndex].shares[dataIndex])),
    series: spec.series.map((one, at) => ({
      type: "bar",
      name: one.name,
      data: values(one),
      barMaxWidth: lying ? 18 : undefined,
      barCategoryGap: lying ? "35%" : "12%",
      itemStyle: { color: look.groups[at], borderColor: look.text, borderWidth: at ? 1 : 0 },
      label: lying ? { show: true, position: "right", color: look.text, formatter: ({ value }) => format(value) } : { show: false },
    })),
  };
}

const tone = (at, of, look) => look.tones[of > 1 ? Math.round((at * (TONES - 1)) / (of - 1)) : TONES - 1];

// How much of each row lies left of the middle of the scale.
function leftOf(spec) {
  const half = (spec.series.length - 1) / 2;
  return spec.categories.map((_name, row) =>
    spec.series.reduce((sum, one, at) => sum + (one.shares[row] ?? 0) * (at < half ? 1 : at === half ? 0.5 : 0), 0));
}

function stacked(spec, look, width) {
  const left = spec.diverging ? leftOf(spec) : spec.categories.map(() => 0);
  const most = Math.max(...left);
  const labels = spec.categories.map((label, at) => [label, spec.groups[at]].filter((text, place, all) => text && all.indexOf(text) === place).join(" · "));
  const spacer = { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: left.map((value) => most - value) };
  const series = spec.series.map((one, at) => {
    const colour = tone(at, spec.series.length, look);
    return {
      type: "bar",
      stack: "all",
      name: one.name,
      barMaxWidth: 24,
      data: one.shares.map((value) => value ?? 0),
      itemStyle: { color: colour, borderColor: look.surface, borderWidth: 1 },
      label: { show: true, color: inkOn(colour), fontSize: 12, formatter: ({ value }) => (value * width > 70 ? share.format(value) : "") },
    };
  });
  return {
    ...base(look),
    legend: { data: spec.series.map((one) => one.name), top: 0, left: 0, type: "plain", icon: "rect", itemWidth: 12, itemHeight: 12, textStyle: { color: look.text }, formatter: (name) => shortened(name, 40), selectedMode: false },
    grid: { left: 8, right: 16, top: legendHeight(spec, width) + 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", show: false, min: 0, max: Math.max(1, ...left.map((value) => most - value + 1)) },
    yAxis: { type: "category", data: labels, inverse: true, axisTick: { show: false }, axisLine: { show: false }, z: 3, axisLabel: labelsOf(look, width, 0.3, 1) },
    tooltip: tooltip(look, ({ seriesIndex, dataIndex, name }) => {
      const one = spec.series[seriesIndex - 1];
      return said(name, one.name, one.counts[dataIndex], one.shares[dataIndex]);
    }),
    series: [spacer, ...series],
  };
}

function legendHeight(spec, width) {
  const letters = spec.series.reduce((sum, one) => sum + Math.min(one.name.length, 40) * 7 + 34, 0);
  return Math.ceil(letters / Math.max(width - 24, 1)) * 24;
}

export function heightOf(spec, width) {
  if (spec.kind === "columns") return 240;
  const above = width < NARROW ? ABOVE : 0;
  if (spec.kind === "stacked") return legendHeight(spec, width) + spec.categories.length * (ROW + above) + 24;
  return spec.categories.length * ((spec.series.length > 1 ? ROW * 1.5 : ROW) + above) + 24;
}

export function optionsOf(spec, look, width) {
  return spec.kind === "stacked" ? stacked(spec, look, width) : plain(spec, look, width);
}
