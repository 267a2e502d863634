// Copies the built files that pages load out of node_modules, and draws the one sprite of icons.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";

const MIT = (name, holders) => `${name}

MIT License

${holders}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES
OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR
IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const PACKAGES = {
  tabler: {
    from: "@tabler/core",
    files: ["dist/css/tabler.min.css", "dist/css/tabler-vendors.min.css"],
    // The package carries no licence file; the text and the holders stand in its style sheet and its manifest.
    licence: MIT("Tabler", "Copyright (c) 2018-2026 The Tabler Authors\nCopyright (c) 2018-2026 codecalm.net Paweł Kuna"),
  },
  sortable: { from: "sortablejs", files: ["Sortable.min.js", "LICENSE"] },
  htmx: { from: "htmx.org", files: ["dist/htmx.min.js", "LICENSE"] },
  "tom-select": {
    from: "tom-select",
    files: ["dist/js/tom-select.popular.min.js", "dist/css/tom-select.bootstrap5.min.css", "LICENSE"],
  },
  inter: {
    from: "@fontsource-variable/inter",
    files: ["files/inter-latin-wght-normal.woff2", "files/inter-latin-ext-wght-normal.woff2", "LICENSE"],
  },
  icons: { from: "@tabler/icons", files: ["LICENSE"] },
  // Bundled below out of the parts that charts are made of.
  echarts: { from: "echarts", files: ["LICENSE", "NOTICE"] },
};

// A map that is not shipped would be asked for by every open inspector.
const withoutMap = (text) => text.replace(/\s*(\/\*# sourceMappingURL=.*?\*\/|\/\/# sourceMappingURL=\S+)\s*$/, "\n");

for (const [name, { from, files, licence }] of Object.entries(PACKAGES)) {
  rmSync(name, { recursive: true, force: true });
  mkdirSync(name);
  for (const file of files) {
    const source = join("node_modules", from, file);
    const target = join(name, basename(file));
    if (/\.(css|js)$/.test(file)) writeFileSync(target, withoutMap(readFileSync(source, "utf8")));
    else copyFileSync(source, target);
  }
  if (licence) writeFileSync(join(name, "LICENSE"), licence);
}

buildSync({ entryPoints: ["echarts.mjs"], outfile: "echarts/echarts.min.js", bundle: true, format: "esm", minify: true, legalComments: "none" });
// It carries the renderer of another package, under a licence of its own.
copyFileSync("node_modules/zrender/LICENSE", "echarts/LICENSE-zrender");

const names = readFileSync("icons.txt", "utf8").split("\n").map((line) => line.trim()).filter(Boolean);
const symbols = names.map((name) => {
  const svg = readFileSync(join("node_modules/@tabler/icons/icons/outline", `${name}.svg`), "utf8");
  const shapes = svg
    .replace(/^[\s\S]*?<svg[\s\S]*?>/, "")
    .replace("</svg>", "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
});
mkdirSync("../img", { recursive: true });
writeFileSync("../img/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
console.log(`${Object.keys(PACKAGES).length} packages, ${names.length} icons`);
