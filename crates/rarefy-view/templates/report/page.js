// Shows a point's text while one points at it, or walks the points with the arrow
// keys. Without this script the browser shows each point's <title>, and every
// figure's data is in the table below it.
(() => {
  const REACH = 24; // in the drawing's units, about CSS pixels
  const TOGETHER = 2; // points nearer than this to the nearest are shown with it
  const MOST = 8; // lines in one tip

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);

  const equip = (svg) => {
    const points = [...svg.querySelectorAll(".point")].map((shape) => {
      const title = shape.querySelector("title");
      const [x, y] = shape.getAttribute("d").slice(1).split(/[ m]/).map(Number.parseFloat);
      const text = title.textContent;
      title.remove();
      return { shape, text, x, y };
    });
    points.sort((a, b) => a.x - b.x || a.y - b.y);
    let current = -1;

    const hide = () => {
      tip.hidden = true;
      for (const point of points) point.shape.classList.remove("shown");
    };
    const show = (centre) => {
      hide();
      const shown = points.filter((p) => Math.hypot(p.x - centre.x, p.y - centre.y) < TOGETHER);
      for (const point of shown) point.shape.classList.add("shown");
      const lines = shown.slice(0, MOST).map((point) => point.text);
      if (shown.length > MOST) lines.push(`and ${shown.length - MOST} more`);
      tip.textContent = lines.join("\n");
      tip.hidden = false;
      const at = new DOMPoint(centre.x, centre.y).matrixTransform(svg.getScreenCTM());
      const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
      const above = at.y - tip.offsetHeight - 12;
      tip.style.left = `${Math.max(8, Math.min(at.x + 12, room)) + scrollX}px`;
      tip.style.top = `${(above > 0 ? above : at.y + 16) + scrollY}px`;
    };
    const point = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY);
      const { x, y } = at.matrixTransform(svg.getScreenCTM().inverse());
      const far = (p) => Math.hypot(p.x - x, p.y - y);
      // A bar is pointed at anywhere.
      const within = points.find((p) => p.shape === event.target);
      const nearest = within || points.reduce((best, p) => (best && far(best) <= far(p) ? best : p), null);
      if (within || (nearest && far(nearest) < REACH)) {
        current = points.indexOf(nearest);
        show(nearest);
      } else hide();
    };

    svg.addEventListener("pointermove", point);
    svg.addEventListener("pointerdown", point);
    svg.addEventListener("pointerleave", hide);
    if (points.length > 0) svg.setAttribute("tabindex", "0");
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!step) return;
      event.preventDefault();
      const last = points.length - 1;
      const start = current < 0 && step < 0 ? 0 : current;
      // Over the points that are shown together with the last one.
      let next = start;
      do next = next + step < 0 ? last : next + step > last ? 0 : next + step;
      while (next !== start && points[next].shape.classList.contains("shown"));
      current = next;
      show(points[current]);
    });
  };
  const ready = new WeakSet();
  const all = () => {
    for (const svg of document.querySelectorAll("svg.chart")) {
      if (!ready.has(svg)) equip(svg);
      ready.add(svg);
    }
  };
  all();
  // A page whose charts change says so.
  document.addEventListener("charts", () => {
    tip.hidden = true;
    all();
  });
})();
