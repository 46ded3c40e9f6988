(function (docs) {
  "use strict";

  // Hosted pages run in a sandbox, in which the browser keeps nothing for them and their scripts break at the attempt:
  // this lasts as long as the page.
  function memory() {
    const kept = new Map();
    return {
      get length() { return kept.size; },
      key: (index) => [...kept.keys()][index] ?? null,
      getItem: (name) => kept.get(String(name)) ?? null,
      setItem: (name, value) => { kept.set(String(name), String(value)); },
      removeItem: (name) => { kept.delete(String(name)); },
      clear: () => { kept.clear(); },
    };
  }

  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      void window[name].length;
    } catch {
      Object.defineProperty(window, name, { value: memory(), configurable: true });
    }
  }

  function link(one, shown, rest) {
    const item = document.createElement("a");
    item.href = one.url + rest;
    item.textContent = one.name;
    if (one.version === shown) item.setAttribute("aria-current", "page");
    return item;
  }

  function bar() {
    const [, , , shown, ...rest] = location.pathname.split("/");
    const place = document.createElement("div");
    const root = place.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = `
      :host { all: initial; position: fixed; right: .75rem; bottom: .75rem; z-index: 2147483000; }
      details { max-width: 18rem; border: 1px solid #8886; border-radius: 8px; background: #fff; color: #1f2328;
        font: 14px/1.5 system-ui, sans-serif; box-shadow: 0 2px 8px #0003; }
      summary { padding: .25rem .7rem; cursor: pointer; overflow-wrap: anywhere; }
      nav { max-height: 50vh; overflow: auto; padding: .25rem 0; border-top: 1px solid #8886; }
      a { display: block; padding: .2rem .7rem; color: #b04a12; overflow-wrap: anywhere; }
      a[aria-current] { color: inherit; font-weight: 650; text-decoration: none; }
      @media (prefers-color-scheme: dark) {
        details { background: #1c1f25; color: #e6e4e0; } a { color: #f0915a; }
      }
      @media print { :host { display: none; } }`;
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const named = docs.versions.find((one) => one.version === shown);
    summary.textContent = named ? named.name : shown;
    summary.setAttribute("aria-label", `version ${summary.textContent}; choose another`);
    const list = document.createElement("nav");
    list.setAttribute("aria-label", `versions of ${docs.project}`);
    list.append(...docs.versions.map((one) => link(one, shown, rest.join("/"))));
    list.append(link({ name: "all projects", url: new URL("/docs/", location.href).href }, shown, ""));
    details.append(summary, list);
    root.append(style, details);
    document.body.append(place);
  }

  document.addEventListener("DOMContentLoaded", () => {
    // Sphinx's search asks for each page that it found, to show a part of it: a page in a sandbox isn't told.
    if (typeof DOCUMENTATION_OPTIONS === "object") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    if (window === window.top) bar();
  });
})
