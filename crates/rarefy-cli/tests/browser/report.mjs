// Opens a report as a reader does, at two widths, light and dark, and says what is wrong with it:
// a line a fault, and exit status 1. Usage: node report.mjs CHROMIUM REPORT
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { accessible, fits, inWindows, picture, showsValue } from "./window.mjs";

const [executablePath, report] = process.argv.slice(2);

await inWindows(executablePath, /^(file|data|blob):/, async (window) => {
  const { page, fault, width, colorScheme } = window;
  await page.goto(pathToFileURL(report).href);

  await fits(window, "the page");
  await picture(window, "report");

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
    await showsValue(window, charts.nth(at));
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

  await accessible(window, "the report");
});
