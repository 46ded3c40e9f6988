"use strict";
// The page of a graph: move, zoom, search, and follow arrows. All text is set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.getElementById("canvas");
  const svg = canvas.querySelector("svg");
  const panel = document.getElementById("panel");
  const query = document.getElementById("query");
  const hits = document.getElementById("hits");

  // ---- the graph -------------------------------------------------------------------------------------------------
  const nodes = new Map(data.nodes.map((node) => [node.name, { ...node, drawn: null, needs: [], users: [] }]));
  const titleOf = new Map(data.nodes.map((node) => [node.name, node.drawn])); // what a node is called in the drawing
  const titles = new Map(data.nodes.map((node) => [node.drawn, nodes.get(node.name)]));
  const arrows = new Map();
  for (const arrow of data.arrows) {
    nodes.get(arrow.start).needs.push(arrow);
    nodes.get(arrow.end).users.push(arrow);
    arrows.set(`${titleOf.get(arrow.start)}->${titleOf.get(arrow.end)}`, arrow);
  }
  for (const drawn of svg.querySelectorAll("g.node, g.edge")) {
    const title = drawn.querySelector("title").textContent;
    const known = drawn.classList.contains("node") ? titles.get(title) : arrows.get(title);
    if (known) known.drawn = drawn;
    drawn.querySelector("title").remove(); // browsers would show it as a tooltip
  }
  const hidden = new Set(); // "hard", "soft": which arrows don't count

  function reached(start, side) {
    const end = side === "needs" ? "end" : "start";
    const found = new Set([start]);
    const crossed = [];
    for (const name of found) {
      for (const arrow of nodes.get(name)[side]) {
        if (hidden.has(arrow.hard ? "hard" : "soft")) continue;
        crossed.push(arrow);
        found.add(arrow[end]);
      }
    }
    found.delete(start);
    return { names: found, arrows: crossed };
  }

  // ---- moving and zooming ----------------------------------------------------------------------------------------
  const whole = svg.viewBox.baseVal;
  const all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...all };
  const LETTERS = 11; // how high letters are in the drawing's units
  const READABLE = 7; // and how many pixels they should be
  svg.removeAttribute("width");
  svg.removeAttribute("height");

  function show(next) {
    view = next;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  }
  const scale = () => Math.max(view.width / canvas.clientWidth, view.height / canvas.clientHeight);
  function fit() {
    show({ ...all });
  }
  // Begin with everything, or where names would be too small to be read with as much of the upper left as can be.
  function open() {
    const across = all.width / canvas.clientWidth;
    const down = all.height / canvas.clientHeight;
    const readable = LETTERS / READABLE;
    if (Math.max(across, down) <= readable) return fit();
    const unit = Math.min(readable, Math.max(1, Math.min(across, down)));
    show({ x: all.x, y: all.y, width: canvas.clientWidth * unit, height: canvas.clientHeight * unit });
  }
  function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const width = view.width * factor;
    if (width > all.width * 4 || width < 40) return;
    const at = position(x, y);
    show({
      x: at.x - (at.x - view.x) * factor,
      y: at.y - (at.y - view.y) * factor,
      width,
      height: view.height * factor,
    });
  }
  function position(x, y) {
    const unit = scale();
    return {
      x: view.x + view.width / 2 + (x - canvas.clientWidth / 2) * unit,
      y: view.y + view.height / 2 + (y - canvas.clientHeight / 2) * unit,
    };
  }
  function move(dx, dy) {
    const unit = scale();
    show({ ...view, x: view.x - dx * unit, y: view.y - dy * unit });
  }
  function bring(name) {
    const drawn = nodes.get(name).drawn;
    if (!drawn) return;
    const box = drawn.getBoundingClientRect();
    const frame = uncovered();
    const readable = box.height >= 15;
    const inside = box.left > frame.left && box.right < frame.right && box.top > frame.top && box.bottom < frame.bottom;
    if (readable && inside) return;
    const middle = (one) => [(one.left + one.right) / 2, (one.top + one.bottom) / 2];
    const [x, y] = middle(box);
    const [goalX, goalY] = middle(frame);
    move(goalX - x, goalY - y);
    if (!readable) zoom(Math.max(box.height / 22, 40 / view.width), goalX - frame.left, goalY - frame.top);
  }
  // What is seen of the canvas: on a narrow screen the panel lies over its lower part.
  function uncovered() {
    const { left, right, top, bottom } = canvas.getBoundingClientRect();
    const over = panel.getBoundingClientRect();
    const lies = !panel.hidden && over.left < right - 1 && over.top > top;
    return { left, right, top, bottom: lies ? over.top : bottom };
  }

  const pointers = new Map();
  let moved = 0;
  canvas.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    if (moved > 4 && !canvas.hasPointerCapture(event.pointerId)) {
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add("moving");
    }
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
      const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      const frame = canvas.getBoundingClientRect();
      zoom(gap(before) / gap(event), (event.clientX + other.clientX) / 2 - frame.left, (event.clientY + other.clientY) / 2 - frame.top);
    } else if (moved > 4) {
      move(event.clientX - before.clientX, event.clientY - before.clientY);
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      canvas.classList.remove("moving");
    });
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const frame = canvas.getBoundingClientRect();
      const lines = event.deltaMode === 1 ? 30 : 1;
      zoom(Math.exp(Math.max(-80, Math.min(80, event.deltaY * lines)) / 400), event.clientX - frame.left, event.clientY - frame.top);
    },
    { passive: false },
  );
  document.getElementById("zoom").addEventListener("click", (event) => {
    const how = event.target.dataset.zoom;
    if (how === "fit") fit();
    else if (how) zoom(how === "in" ? 0.75 : 1.34);
  });

  // ---- choosing a node -------------------------------------------------------------------------------------------
  let chosen = null;

  function choose(name, { quiet = false } = {}) {
    chosen = nodes.has(name) ? name : null;
    for (const drawn of svg.querySelectorAll(".chosen, .down, .up")) drawn.classList.remove("chosen", "down", "up");
    svg.classList.toggle("picked", chosen !== null);
    panel.hidden = chosen === null;
    if (!quiet) history.replaceState(null, "", chosen === null ? location.href.split("#")[0] : `#${encodeURIComponent(chosen)}`);
    if (chosen === null) return;
    const down = reached(chosen, "needs");
    const up = reached(chosen, "users");
    mark("down", down);
    mark("up", up);
    nodes.get(chosen).drawn?.classList.add("chosen");
    describe(nodes.get(chosen), down, up);
    bring(chosen);
  }
  function mark(how, { names, arrows: crossed }) {
    for (const name of names) nodes.get(name).drawn?.classList.add(how);
    for (const arrow of crossed) arrow.drawn?.classList.add(how);
  }

  function describe(node, down, up) {
    const close = element("button", { id: "close", type: "button", title: "Close (Esc)", text: "×" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => choose(null));
    const facts = element("dl");
    for (const [what, value] of node.facts) {
      facts.append(element("dt", { text: what }), element("dd", { text: value }));
    }
    panel.replaceChildren(
      close,
      element("h2", { text: node.name }),
      facts,
      ...listed("Needs", node.needs, "end", down.names.size, "needs"),
      ...listed("Needed by", node.users, "start", up.names.size, "users"),
    );
    panel.scrollTop = 0;
  }
  function listed(title, some, end, count, side) {
    const heading = element("h3", { text: `${title}: ${some.length} directly, ${count} in all` });
    const list = element("ul", { className: side });
    for (const arrow of [...some].sort((one, other) => other.hard - one.hard || one[end].localeCompare(other[end]))) {
      const link = element("a", { href: `#${encodeURIComponent(arrow[end])}`, text: arrow[end] });
      const entry = element("li", { className: arrow.hard ? "" : "soft" });
      entry.append(link, ...arrow.why.map((why) => element("small", { text: why })));
      list.append(entry);
    }
    return some.length ? [heading, list] : [heading];
  }
  function element(tag, { text, ...properties } = {}) {
    const made = Object.assign(document.createElement(tag), properties);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  svg.addEventListener("click", (event) => {
    if (moved > 4) return;
    const drawn = event.target.closest("g.node");
    const node = drawn && data.nodes.find((one) => nodes.get(one.name).drawn === drawn);
    choose(node ? node.name : null);
  });
  for (const node of nodes.values()) {
    if (!node.drawn) continue;
    node.drawn.setAttribute("tabindex", "0");
    node.drawn.setAttribute("role", "button");
    node.drawn.setAttribute("aria-label", node.name);
    node.drawn.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      choose(node.name);
    });
  }

  // ---- searching -------------------------------------------------------------------------------------------------
  document.getElementById("names").append(...data.nodes.map((node) => element("option", { value: node.name })));
  function search() {
    const wanted = query.value.trim().toLowerCase();
    const found = wanted ? data.nodes.filter((node) => node.name.toLowerCase().includes(wanted)) : [];
    for (const node of nodes.values()) node.drawn?.classList.toggle("hit", found.some((one) => one.name === node.name));
    svg.classList.toggle("searched", wanted !== "");
    hits.textContent = wanted ? `${found.length} found` : "";
    return found;
  }
  query.addEventListener("input", () => {
    const found = search();
    if (nodes.has(query.value) && found.length) choose(query.value);
  });
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const found = search();
    const exact = found.find((node) => node.name.toLowerCase() === query.value.trim().toLowerCase());
    const best = exact || found[0];
    if (!best) return;
    query.value = "";
    search();
    choose(best.name);
  });

  // ---- legend ----------------------------------------------------------------------------------------------------
  const legend = document.getElementById("legend");
  for (const look of data.looks) {
    const entry = element("span");
    entry.append(element("span", { className: `swatch ${look.name}${look.dashed ? " dashed" : ""}` }), look.title);
    legend.append(entry);
  }
  for (const sort of ["hard", "soft"]) {
    if (!data.arrows.some((arrow) => arrow.hard === (sort === "hard"))) continue;
    const entry = element("label");
    const box = element("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      box.checked ? hidden.delete(sort) : hidden.add(sort);
      svg.classList.toggle(`no-${sort}`, !box.checked);
      choose(chosen, { quiet: true });
    });
    entry.append(box, element("span", { className: `stroke ${sort}` }), data[sort]);
    legend.append(entry);
  }

  // ---- keys and addresses ----------------------------------------------------------------------------------------
  const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      query.value = "";
      search();
      choose(null);
      canvas.focus();
      return;
    }
    if (event.target.closest("input, button, a, aside")) return;
    if (event.key === "/") query.focus();
    else if (event.key === "+" || event.key === "=") zoom(0.75);
    else if (event.key === "-") zoom(1.34);
    else if (event.key === "0") fit();
    else if (steps[event.key]) move(...steps[event.key]);
    else return;
    event.preventDefault();
  });
  function fromAddress() {
    let name = "";
    try {
      name = decodeURIComponent(location.hash.slice(1));
    } catch {
      // a broken address means no node
    }
    choose(name, { quiet: true });
  }
  open();
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
