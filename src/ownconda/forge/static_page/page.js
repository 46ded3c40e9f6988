// Lists the channel in whose folder this page lies: names from channeldata.json, files from repodata.json when asked.
"use strict";

const SHOWN = 100; // packages at once: a search finds the others
const NAME = /^[\w.-]+/;
const LINKS = { home: "Home page", doc_url: "Documentation", dev_url: "Development", source_url: "Source" };
const folder = new URL(".", location.href).href.replace(/\/$/, "");
const channel = decodeURIComponent(folder.split("/").pop()) || "channel";
const at = (id) => document.getElementById(id);
let packages = {}, ordered = [], subdirs = [], indexes;

at("channel").textContent = channel;
begin();

async function begin() {
  try {
    const told = await read("channeldata.json");
    ({ packages, subdirs } = told);
  } catch (error) {
    at("lead").textContent = `The index can't be read: ${error.message}`;
    return;
  }
  ordered = Object.entries(packages).sort(([a, x], [b, y]) => (y.timestamp ?? 0) - (x.timestamp ?? 0) || (a < b ? -1 : 1));
  at("search").addEventListener("input", list);
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!at("package").hidden) location.hash = "";
    at("search").focus();
  });
  show();
}

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function show() {
  const name = decoded(location.hash.slice(1));
  const known = Object.hasOwn(packages, name);
  at("list").hidden = known;
  at("package").hidden = !known;
  document.title = known ? `${name}: ${channel}` : `${channel}: channel`;
  at("title").textContent = known ? `${name} ${packages[name].version ?? ""}` : channel;
  tellHowToInstall(known ? name : ordered[0]?.[0] ?? "PACKAGE");
  if (known) showPackage(name);
  else list();
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return ""; }
}

function tellHowToInstall(name) {
  at("conda").textContent = `conda create -n work --override-channels -c ${folder} ${name}`;
  at("mamba").textContent = `mamba create -n work --override-channels -c ${folder} ${name}`;
  at("pixi").textContent = `pixi init work -c ${folder} && cd work && pixi add ${name}`;
}

function list() {
  const found = search(at("search").value.trim().toLowerCase());
  at("lead").textContent = `${count(ordered.length, "package")} in ${subdirs.join(", ")}`;
  const more = found.length > SHOWN ? `, the first ${SHOWN} are shown` : "";
  at("found").textContent = `${found.length.toLocaleString("en")} found, the newest first${more}`;
  at("rows").replaceChildren(...found.slice(0, SHOWN).map(row));
}

function search(text) {
  if (!text) return ordered;
  const ranks = [[], [], [], []];
  for (const one of ordered) {
    const name = one[0].toLowerCase();
    if (name === text) ranks[0].push(one);
    else if (name.startsWith(text)) ranks[1].push(one);
    else if (name.includes(text)) ranks[2].push(one);
    else if (String(one[1].summary ?? "").toLowerCase().includes(text)) ranks[3].push(one);
  }
  return ranks.flat();
}

function row([name, facts]) {
  const title = element("th", { scope: "row" }, element("a", { href: `#${encodeURIComponent(name)}` }, name));
  if (facts.summary) title.append(element("span", { class: "summary" }, facts.summary));
  return element("tr", {}, title,
    element("td", { class: "version" }, facts.version ?? ""),
    element("td", { class: "licence" }, facts.license ?? ""),
    element("td", { class: "builds" }, (facts.subdirs ?? []).join(", ")),
    element("td", { class: "since" }, day((facts.timestamp ?? 0) * 1000)));
}

async function showPackage(name) {
  const facts = packages[name];
  at("lead").textContent = [facts.summary, facts.license].filter(Boolean).join(" · ");
  const links = Object.entries(LINKS).filter(([key]) => /^https?:\/\//.test(facts[key] ?? ""));
  at("links").replaceChildren(...links.flatMap(([key, title]) => [element("a", { href: facts[key], rel: "noreferrer" }, title), " "]));
  at("users").replaceChildren();
  at("files").replaceChildren(element("p", { class: "quiet" }, "Reading…"));
  try {
    indexes ??= await Promise.all(subdirs.map(readSubdir));
  } catch (error) {
    at("files").replaceChildren(element("p", { class: "notice critical" }, error.message));
    return;
  }
  if (decoded(location.hash.slice(1)) !== name) return; // somebody went on meanwhile
  const all = indexes.flat();
  const files = all.filter((one) => one.name === name);
  files.sort((a, b) => newestFirst(a.version, b.version) || b.build_number - a.build_number);
  at("files").replaceChildren(...files.map(fileOf));
  const users = new Set(all.filter((one) => (one.depends ?? []).some((spec) => nameIn(spec) === name)).map((one) => one.name));
  at("users").replaceChildren(...[...users].sort().map((user) => element("li", {}, linkTo(user, user))));
  if (!users.size) at("users").append(element("li", { class: "quiet" }, "Nothing here."));
}

function newestFirst(one, other) { // nearly conda's order: what is numbers is compared as such
  return String(other).localeCompare(String(one), "en", { numeric: true });
}

async function readSubdir(subdir) {
  const index = await read(`${subdir}/repodata.json`);
  const files = Object.entries({ ...index.packages, ...index["packages.conda"] });
  return files.map(([file, record]) => ({ ...record, file, subdir }));
}

function fileOf(one) {
  const specs = (one.depends ?? []).map((spec) => element("li", {}, Object.hasOwn(packages, nameIn(spec)) ? linkTo(nameIn(spec), spec) : spec));
  return element("details", { class: "version-files" },
    element("summary", {}, element("b", {}, one.version), ` ${one.build} `,
      element("span", { class: "quiet" }, `${one.subdir} · ${size(one.size)} · `, element("time", {}, day(one.timestamp)))),
    element("p", {}, element("a", { href: `${one.subdir}/${encodeURIComponent(one.file)}` }, one.file)),
    element("p", { class: "digest" }, `sha256 ${one.sha256 ?? ""}`),
    element("ul", { class: "specs" }, ...specs));
}

function linkTo(name, text) {
  return element("a", { href: `#${encodeURIComponent(name)}` }, text);
}

function nameIn(spec) {
  return NAME.exec(spec.split("::").pop())?.[0].toLowerCase() ?? "";
}

function element(tag, attributes, ...content) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

function day(milliseconds) {
  if (!milliseconds) return "";
  const time = new Date(milliseconds < 1e11 ? milliseconds * 1000 : milliseconds); // old packages tell seconds
  return Number.isNaN(time.getTime()) ? "" : time.toISOString().slice(0, 10);
}

function size(bytes = 0) {
  const unit = ["B", "kB", "MB", "GB"].find((_, power) => bytes < 1000 ** (power + 1)) ?? "GB";
  const scaled = bytes / 1000 ** ["B", "kB", "MB", "GB"].indexOf(unit);
  return `${unit === "B" || scaled >= 10 ? Math.round(scaled) : scaled.toFixed(1)} ${unit}`;
}

function count(number, what) {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
