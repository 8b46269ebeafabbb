// What both checks do: open a page as a reader does, at two widths, light and dark, and gather
// what is wrong with it. With SHOTS set to a folder, pictures of the pages are left there.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];

/// Runs `check` in each window, prints a line a fault, and ends with 1 if there was any.
/// `own` says which requests the page may make.
export const inWindows = async (executablePath, own, check) => {
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
        // The pages forbid scripts from elsewhere, and so axe's.
        bypassCSP: true,
      });
      const page = await context.newPage();
      const fault = (text) => faults.push(`${width} px, ${colorScheme}: ${text}`);
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) fault(`console: ${message.text()}`);
      });
      page.on("pageerror", (error) => fault(`error: ${error.message}`));
      page.on("request", (request) => {
        if (!own.test(request.url())) fault(`asks for ${request.url()}`);
      });
      await check({ page, fault, width, colorScheme });
      await context.close();
    }
  }
  await browser.close();
  for (const fault of faults) console.log(fault);
  process.exit(faults.length > 0 ? 1 : 0);
};

/// Nothing is wider than the window.
export const fits = async ({ page, fault }, what) => {
  // A page that follows a study may load again, and has nothing for a moment.
  const found = await page.waitForFunction(() => {
    const root = document.documentElement;
    return root && { over: root.scrollWidth - root.clientWidth };
  });
  const { over } = await found.jsonValue();
  if (over > 0) fault(`${what} is ${over} px wider than the window`);
};

/// What is shown where one points at a chart's first point: bars at their left end.
const pointedAt = async (page, chart) => {
  await chart.scrollIntoViewIfNeeded({ timeout: 5_000 });
  const centre = await chart.evaluate((svg) => {
    const point = svg.querySelector(".point");
    const [x, y] = point.getAttribute("d").slice(1).split(/[ m]/).map(Number.parseFloat);
    const { x: left, y: top } = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
    return { x: left, y: top };
  });
  await page.mouse.move(centre.x + 1, centre.y + 1);
  const shown = await page.$eval(".tip", (tip) => (tip.hidden ? "" : tip.textContent));
  await page.mouse.move(0, 0);
  return shown;
};

/// A chart shows a value where one points. A page that follows a study may replace the chart while
/// one does, so it is tried again.
export const showsValue = async ({ page, fault }, chart) => {
  const name = await chart.getAttribute("aria-label");
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const shown = await pointedAt(page, chart).catch(() => "");
    if (/\d|perfect|equal/.test(shown)) return;
  }
  fault(`no value is shown in: ${name}`);
};

/// axe-core finds no serious fault. Each width and each scheme is asked once: ten seconds a time.
export const accessible = async ({ page, fault, width, colorScheme }, what) => {
  if ((width === 1280) !== (colorScheme === "light")) return;
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const { id, impact, help, nodes } of violations) {
    if (!["serious", "critical"].includes(impact)) continue;
    const first = nodes[0].html.slice(0, 160);
    fault(`axe, ${what}: ${impact}: ${id} (${help}), ${nodes.length} times: ${first}`);
  }
};

/// A picture of the whole page, for a person to look at.
export const picture = async ({ page, width, colorScheme }, what) => {
  if (!process.env.SHOTS) return;
  const path = `${process.env.SHOTS}/${what}-${width}-${colorScheme}.png`;
  await page.screenshot({ path, fullPage: true });
};
