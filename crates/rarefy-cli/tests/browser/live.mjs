// Opens the live view of studies, one of which runs, as a reader does, at two widths, light and
// dark, and says what is wrong with it: a line a fault, and exit status 1.
// Usage: node live.mjs CHROMIUM ADDRESS
import { accessible, fits, inWindows, picture, showsValue } from "./window.mjs";

const [executablePath, address] = process.argv.slice(2);
const own = new RegExp(`^(data:|${address})`);
const PATIENCE = { timeout: 60_000 };

await inWindows(executablePath, own, async (window) => {
  const { page, fault } = window;
  const look = async (what) => {
    await fits(window, what);
    await picture(window, what);
    await accessible(window, what);
  };
  // Waits until a condition of the page holds, or says what stands there instead.
  const becomes = async (condition, argument, otherwise) => {
    try {
      await page.waitForFunction(condition, argument, PATIENCE);
    } catch {
      fault(await otherwise());
    }
  };
  // Every chart has a line, and shows the values of its points.
  const charts = async (what) => {
    const all = page.locator("svg.chart");
    if ((await all.count()) === 0) fault(`${what} has no chart`);
    for (const chart of await all.all()) {
      if ((await chart.locator(".point").count()) === 0) fault(`a chart of ${what} is empty`);
      else await showsValue(window, chart);
    }
  };

  await page.goto(address);
  if ((await page.locator("section.card h2 a").count()) !== 2) fault("it does not show two studies");
  await look("studies");

  await page.getByRole("link", { name: "running", exact: true }).click();
  await page.waitForSelector(".state.running", PATIENCE);
  await page.waitForSelector("svg.chart .point", PATIENCE);
  // The trial that runs grows while one looks.
  const epoch = () => page.locator("tr:has(.state.running) td.number").nth(1).textContent();
  const before = await epoch();
  await becomes(
    (before) => document.querySelectorAll("tr:has(.state.running) td.number")[1]?.textContent !== before,
    before,
    () => `the epoch of the trial that runs stays ${before}`,
  );
  await charts("running");
  await look("running");

  // Words, state and cell filter; the address says so.
  const rows = page.locator("table.trials tbody tr");
  const shown = (wanted, what) =>
    becomes(
      (wanted) => document.querySelectorAll("table.trials tbody tr").length === wanted,
      wanted,
      async () => `${what} shows ${await rows.count()} trials, not ${wanted}`,
    );
  await shown(7, "no filter");
  // What runs comes first; then by any column, on the same page.
  const first = () => rows.first().textContent();
  if (!(await first()).includes("running")) fault(`another trial comes first: ${await first()}`);
  await page.evaluate(() => (globalThis.kept = true));
  for (const [column, order] of [["percent", "ascending"], ["percent", "descending"], ["trial", "ascending"]]) {
    await page.locator("table.trials thead a", { hasText: new RegExp(`^${column}$`) }).click();
    await becomes(
      ([column, order]) =>
        [...document.querySelectorAll(`table.trials th[aria-sort=${order}]`)].some((head) => head.textContent === column),
      [column, order],
      () => `no ${order} order by ${column}`,
    );
  }
  if (!(await page.evaluate(() => globalThis.kept))) fault("an order leaves the page");
  await page.fill("#words", "gru percent=90");
  await shown(1, "gru percent=90");
  if (!(await rows.first().textContent()).includes("gru")) fault("the filter shows another cell");
  if (!page.url().includes("q=gru")) fault(`the address does not know the filter: ${page.url()}`);
  await page.fill("#words", "");
  await shown(7, "no words");
  await page.selectOption("#of-state", "running");
  await shown(1, "state running");
  await page.selectOption("#of-state", "");
  await page.selectOption("#of-cell", "rnn_tanh");
  await shown(3, "cell rnn_tanh");
  await page.selectOption("#of-cell", "");
  await shown(7, "no cell");
  // Only the curves of what is picked.
  await page.locator("table.trials tbody input").first().check();
  await becomes(() => document.getElementById("clear"), null, () => "a pick changes nothing");

  await page.locator("tr:has(.state.running) th a").click();
  await page.waitForSelector("svg.chart .point", PATIENCE);
  await charts("a trial that runs");
  await look("trial");

  // A network that is wired as a graph: its graph and its masks.
  await page.goto(`${address}study/wired`);
  await page.locator("table.trials tbody th a").first().click();
  await charts("a trial that is done");
  for (const mark of ["svg.graph .node", "svg.mask path"]) {
    if ((await page.locator(mark).count()) === 0) fault(`a wired trial shows no ${mark}`);
  }
  await look("wired");
});
