// Opens a report as a reader does, at two widths, light and dark, and says what is wrong with it:
// a line a fault, and exit status 1. Usage: node check.mjs CHROMIUM REPORT
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, report] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
const browser = await chromium.launch({
  executablePath,
  // As root, where a build runs, Chromium has no sandbox.
  args: ["--no-sandbox", "--disable-gpu"],
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height: 800 },
      acceptDownloads: true,
      // The page forbids scripts from elsewhere, and so axe's.
      bypassCSP: true,
    });
    const page = await context.newPage();
    const fault = (text) => faults.push(`${width} px, ${colorScheme}: ${text}`);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) fault(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => fault(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) fault(`asks for ${request.url()}`);
    });
    await page.goto(pathToFileURL(report).href);

    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (over > 0) fault(`the body is ${over} px wider than the window`);

    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    const marks = "svg .point, svg .node, svg .kept";
    const figures = await page.$$eval(
      "figure",
      (all, marks) =>
        all.map((figure) => {
          const size = (mark) => mark.getBoundingClientRect();
          const drawn = [...figure.querySelectorAll(marks)].filter((m) => size(m).width > 0);
          return { id: figure.id, marks: drawn.length };
        }),
      marks,
    );
    if (figures.length < 5) fault(`only ${figures.length} figures`);
    for (const { id, marks } of figures) if (marks === 0) fault(`nothing is drawn in ${id}`);

    // Every chart that has points shows a value: pointed at, and by the keyboard.
    // In one window all of them, in the others one of each figure: there are very many.
    const whole = width === 1280 && colorScheme === "light";
    const charts = page.locator(
      whole ? "svg.chart[tabindex]" : ".panel:first-child > svg.chart[tabindex]",
    );
    const count = await charts.count();
    if (count === 0) fault("no chart has points");
    for (let at = 0; at < (whole ? count : Math.min(count, 12)); at += 1) {
      const chart = charts.nth(at);
      const name = await chart.getAttribute("aria-label");
      await chart.scrollIntoViewIfNeeded();
      // Where the script looks for it: bars are shown at their left end.
      const centre = await chart.evaluate((svg) => {
        const point = svg.querySelector(".point");
        const [x, y] = point.getAttribute("d").slice(1).split(/[ m]/).map(Number.parseFloat);
        const { x: left, y: top } = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
        return { x: left, y: top };
      });
      await page.mouse.move(centre.x + 1, centre.y + 1);
      const shown = () => page.$eval(".tip", (tip) => (tip.hidden ? "" : tip.textContent));
      if (!/\d|perfect|equal/.test(await shown())) fault(`no value is shown in: ${name}`);
      await page.mouse.move(0, 0);
    }
    await charts.first().focus();
    await page.keyboard.press("ArrowRight");
    if (await page.$eval(".tip", (tip) => tip.hidden)) fault("arrow keys show no value");
    await page.keyboard.press("Escape");

    // Files are light whatever the scheme, and the same whatever the window.
    if (width === 1280) {
      for (const button of await page.locator(".save button").all()) {
        // Chromium drops what is saved after ten files at once.
        await page.waitForTimeout(150);
        const name = await button.textContent();
        const [download] = await Promise.all([page.waitForEvent("download"), button.press("Enter")]);
        const text = await readFile(await download.path(), "utf8");
        if (`Save ${download.suggestedFilename()}` !== name) fault(`${name} saves another name`);
        if (name.endsWith(".svg")) {
          if (text.includes("var(--") || !text.includes("<path")) fault(`${name}: no drawing`);
          const parsed = await page.evaluate(
            (text) => new DOMParser().parseFromString(text, "image/svg+xml").documentElement.nodeName,
            text,
          );
          if (parsed !== "svg") fault(`${name}: not well-formed`);
        } else {
          const lines = text.trim().split("\n");
          const columns = lines[0].split(",").length;
          if (lines.length < 2 || columns < 3) fault(`${name}: ${lines.length} lines`);
          // Quotes may hide commas: only tables that have none are counted.
          const ragged = lines.find((l) => !l.includes('"') && l.split(",").length !== columns);
          if (ragged) fault(`${name}: a row of another length: ${ragged}`);
        }
      }
    }

    // Each width and each scheme once: ten seconds a time.
    const asked = (width === 1280) === (colorScheme === "light");
    if (asked) await page.evaluate(axe);
    const found = asked ? await page.evaluate(() => globalThis.axe.run()) : { violations: [] };
    for (const { id, impact, help, nodes } of found.violations) {
      if (["serious", "critical"].includes(impact)) {
        fault(`axe: ${impact}: ${id} (${help}), ${nodes.length} times: ${nodes[0].html.slice(0, 160)}`);
      }
    }
    await context.close();
  }
}
await browser.close();
for (const fault of faults) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);
