// Follows what the server says: fetches the page again when there is a newer version, and
// puts the parts that have changed in the place of the old. Filters, order and picks are
// in the address, as they are without this script.
(() => {
  const body = document.body;
  const following = document.getElementById("following");
  const form = document.getElementById("view");
  const AGAIN = 300; // milliseconds between two fetches
  const TYPING = 250; // and after the last key

  body.classList.add("follows");
  // As the server wrote them: what is shown changes under the hands of whoever looks.
  const written = new Map();
  for (const part of document.querySelectorAll("[data-live]")) written.set(part.id, part.outerHTML);

  const replace = (part, fresh) => {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    const scrolled = [...part.querySelectorAll(".scroll")].map((scroll) => scroll.scrollLeft);
    part.replaceWith(fresh);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    [...fresh.querySelectorAll(".scroll")].forEach((scroll, at) => {
      scroll.scrollLeft = scrolled[at] ?? 0;
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };

  let fetching = false;
  let once = false;
  const refresh = async () => {
    if (fetching) {
      once = true;
      return;
    }
    fetching = true;
    try {
      const address = location.href;
      const answer = await fetch(address);
      // Meanwhile something else may have been asked for.
      if (answer.ok && address === location.href) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const fresh of next.querySelectorAll("[data-live]")) {
          const part = document.getElementById(fresh.id);
          const text = fresh.outerHTML;
          if (!part || written.get(fresh.id) === text) continue;
          written.set(fresh.id, text);
          replace(part, document.adoptNode(fresh));
        }
        body.dataset.version = next.body.dataset.version;
        document.title = next.title;
        document.dispatchEvent(new Event("charts"));
      }
    } catch {
      // The server has ended: the stream of events says so.
    }
    setTimeout(() => {
      fetching = false;
      if (once) {
        once = false;
        refresh();
      }
    }, AGAIN);
  };

  // A browser opens few connections to one server: only what is seen listens.
  let source = null;
  const listen = () => {
    if (document.hidden) {
      source?.close();
      source = null;
      return;
    }
    if (source) return;
    source = new EventSource(body.dataset.events);
    source.onopen = () => {
      following.textContent = "This page updates itself.";
    };
    source.onmessage = (event) => {
      if (event.data !== body.dataset.version) refresh();
    };
    source.onerror = () => {
      following.textContent = "The server does not answer. This is its last known state.";
    };
  };
  document.addEventListener("visibilitychange", listen);
  listen();

  if (form) {
    const ask = (page) => {
      const asked = new URLSearchParams();
      for (const [key, value] of new FormData(form)) if (value) asked.append(key, value);
      if (page) asked.append("page", page);
      const text = asked.toString();
      history.replaceState(null, "", text ? `${form.getAttribute("action")}?${text}` : form.getAttribute("action"));
      refresh();
    };
    // An order, a page, or no picks: links, which this follows without leaving the page.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("#trials thead a, #trials .pages a, #clear");
      if (!link || event.button > 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(null, "", link.href);
      form.elements.sort.value = new URL(link.href).searchParams.get("sort") ?? "";
      refresh();
    });
    let timer = 0;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask();
    });
    document.getElementById("words").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, TYPING);
    });
    document.addEventListener("change", (event) => {
      if (event.target.form !== form || event.target.type === "search") return;
      // A pick is no other page.
      const pick = event.target.name === "pick";
      ask(pick ? new URLSearchParams(location.search).get("page") : null);
    });
  }
})();
