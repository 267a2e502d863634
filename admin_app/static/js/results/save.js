// Charts as pictures, tables as text. A picture has its title and light colours, whatever the page has.
import { init } from "../../vendor/echarts/echarts.min.js";
import { onAction, onContent } from "../actions.js";
import { specOf } from "./charts.js";
import { colours, heightOf, optionsOf } from "./options.js";

const WIDTH = 960;
const HEAD = 56;
const SHARPNESS = 2;

const cardOf = (button) => button.closest("[data-card]");
const canCopyPictures = () => Boolean(navigator.clipboard?.write && window.ClipboardItem);

function inLight(work) {
  const sheet = document.createElement("div");
  sheet.className = "cr-paper";
  document.body.append(sheet);
  try {
    return work(colours(sheet));
  } finally {
    sheet.remove();
  }
}

function svgOf(card) {
  const spec = specOf(card);
  const height = heightOf(spec, WIDTH) + HEAD;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  try {
    return inLight((look) => {
      const options = optionsOf(spec, look, WIDTH);
      chart.setOption({
        ...options,
        animation: false,
        backgroundColor: look.surface,
        title: { text: card.dataset.title, left: 12, top: 12, textStyle: { color: look.text, fontSize: 16, fontWeight: 600, width: WIDTH - 24, overflow: "truncate" } },
        grid: { ...options.grid, top: options.grid.top + HEAD, left: 16 },
        ...(options.legend ? { legend: { ...options.legend, top: HEAD - 8, left: 12 } } : {}),
      });
      return { text: chart.renderToSVGString(), height };
    });
  } finally {
    chart.dispose();
  }
}

async function pngOf(card) {
  const { text, height } = svgOf(card);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SHARPNESS;
  canvas.height = height * SHARPNESS;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function save(card, blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${card.id}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

onAction("save-svg", (button) => {
  save(cardOf(button), new Blob([svgOf(cardOf(button)).text], { type: "image/svg+xml" }), "svg");
});

onAction("save-png", async (button) => {
  save(cardOf(button), await pngOf(cardOf(button)), "png");
});

onAction("copy-picture", (button) => {
  navigator.clipboard.write([new ClipboardItem({ "image/png": pngOf(cardOf(button)) })]);
});

onContent((part) => {
  for (const button of part.querySelectorAll('[data-action="copy-picture"]')) {
    button.hidden = !canCopyPictures() || !cardOf(button).querySelector("[data-chart]");
  }
});

// As spreadsheets take it: cells with a tab between, rows in lines.
function tableText(card) {
  const rows = [...card.querySelectorAll("[data-table] tr")];
  const cells = (row) => [...row.cells].filter((cell) => !cell.matches(".cr-ways-cell, .cr-ways-head"));
  return rows.map((row) => cells(row).map((cell) => cell.textContent.trim().replace(/\s+/g, " ")).join("\t")).join("\n");
}

// Before the click reaches what copies, which takes the text from the button.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies-table]");
  if (button) button.dataset.copy = tableText(cardOf(button));
}, true);
