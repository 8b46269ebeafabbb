// Saves figures: a drawing as an SVG file of its own, light on white, with title and legend,
// and its data as CSV. Made from what is in the page; `figure/file.rs` puts the same
// together outside a browser.
(() => {
  const WIDTH = 1116; // of four panels beside each other, in drawing units
  const MARGIN = 12;
  const GAP = [20, 14]; // between panels: across, down
  const LINE = 20;
  const FONTS = "'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
  const SVG = document.querySelector("svg").namespaceURI;

  const make = (name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const drawing = (figure) => {
    const file = make("svg", { xmlns: SVG, role: "img", "font-family": FONTS });
    file.append(make("style", {}, fileStyle));
    const ground = make("rect", { class: "file-ground" });
    file.append(ground);
    const write = (kind, x, y, text) => file.append(make("text", { class: kind, x, y }, text));
    const place = (svg, x, y, width) => {
      const [, , ownWidth, ownHeight] = svg.getAttribute("viewBox").split(" ").map(Number);
      const height = (ownHeight * width) / ownWidth;
      const copy = svg.cloneNode(true);
      copy.removeAttribute("tabindex");
      for (const point of copy.querySelectorAll(".shown")) point.classList.remove("shown");
      for (const [key, value] of Object.entries({ x, y, width, height, overflow: "visible" }))
        copy.setAttribute(key, value);
      file.append(copy);
      return height;
    };

    // What is folded is left out: what is saved is what one sees.
    const groups = [...figure.querySelectorAll(".panels")].filter(
      (group) => !group.closest("details:not([open])"),
    );
    const columnsOf = (group) => Number(group.className.match(/of-(\d+)/)[1]);
    const columns = Math.max(1, ...groups.map(columnsOf));
    const width = (WIDTH - GAP[0] * (columns - 1)) / columns;
    const used = Math.max(1, ...groups.map((g) => Math.min(g.children.length, columnsOf(g))));
    const right = MARGIN + used * (width + GAP[0]) - GAP[0];

    const title = figure.querySelector("figcaption strong").textContent.replace(/^Figure \d+\. |\.$/g, "");
    file.setAttribute("aria-label", title);
    let y = MARGIN + LINE;
    write("file-title", MARGIN, y - 6, title);
    let x = MARGIN;
    [...figure.querySelectorAll(".legend li")].forEach((entry, at) => {
      const swatch = entry.querySelector("svg");
      const name = entry.textContent.trim();
      const own = Number(swatch.getAttribute("width"));
      const needs = 38 + 6.4 * name.length;
      if (at === 0 || x + needs > right) [x, y] = [MARGIN, y + LINE];
      place(swatch, x, y - 15, own);
      write("file-name", x + own + 6, y - 5, name);
      x += needs + GAP[0];
    });
    for (const group of groups) {
      const before = group.previousElementSibling;
      if (before && before.matches(".group-title, summary")) {
        y += LINE;
        write("file-title", MARGIN, y - 4, before.textContent);
      }
      const panels = [...group.children];
      const row = columnsOf(group);
      for (let first = 0; first < panels.length; first += row) {
        y += LINE;
        const heights = panels.slice(first, first + row).map((panel, at) => {
          const left = MARGIN + at * (width + GAP[0]);
          write("file-name", left, y - 4, panel.querySelector(".panel-title").textContent);
          return place(panel.querySelector("svg"), left, y, width);
        });
        y += Math.max(...heights) + GAP[1];
      }
    }
    const size = { width: Math.ceil(right + MARGIN), height: Math.ceil(y) };
    for (const [key, value] of Object.entries(size)) {
      file.setAttribute(key, value);
      ground.setAttribute(key, value);
    }
    file.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    return new XMLSerializer().serializeToString(file);
  };

  // A row for each cell of the tables: what it is of, our figure, its range, the thesis's.
  const data = (figure) => {
    const own = figure.querySelector("template.csv");
    if (own) return own.content.textContent;
    const field = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const part = (cell, name) => {
      const found = cell.querySelector(name);
      if (!found) return "";
      const unseen = found.querySelector(".unseen");
      return found.textContent.slice(unseen ? unseen.textContent.length : 0);
    };
    const rows = [["table", "row", "column", "value", "lowest", "highest", "thesis"]];
    for (const table of figure.querySelectorAll("table")) {
      const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
      for (const row of table.tBodies[0].rows) {
        [...row.cells].slice(1).forEach((cell, at) => {
          const [low, high] = part(cell, ".range").split("–");
          const value = cell.firstChild ? cell.firstChild.textContent : "";
          const told = [value, low, high || "", part(cell, ".thesis")];
          rows.push([table.getAttribute("aria-label"), row.cells[0].textContent, columns[at + 1], ...told]);
        });
      }
    }
    const plain = (text) => field(text.replaceAll("\u00a0", " ").trim());
    return rows.map((row) => row.map(plain).join(",")).join("\n") + "\n";
  };

  const save = (name, kind, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = name;
    link.click();
    // The browser reads it after the click.
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  for (const figure of document.querySelectorAll("figure")) {
    const bar = document.createElement("p");
    bar.className = "save";
    for (const [ending, kind, what] of [
      ["svg", "image/svg+xml", drawing],
      ["csv", "text/csv", data],
    ]) {
      const button = document.createElement("button");
      button.type = "button";
      const file = `${figure.dataset.name}.${ending}`;
      button.textContent = `Save ${file}`;
      button.addEventListener("click", () => save(file, kind, what(figure)));
      bar.append(button);
    }
    figure.append(bar);
  }
})();
