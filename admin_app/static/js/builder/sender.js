// What is changed here goes to the server one after the other, and stays in the browser until it is there. The line at the top
// says how it stands, and never says "saved" of what is not.
import { emit, entities, load, outgoing, received, same, setFindings, takeOver } from "./store.js";
import { root, say, words } from "./dom.js";

const PAUSE = 800;
const RETRY = [2000, 5000, 15000, 60000];

const queue = [];
const timers = new Map();
let busy = false;
let trouble = null;
let tries = 0;
let again = 0;

const token = () => document.querySelector('meta[name="csrf-token"]');

// ---- keeping ----

const KEEP = root.dataset.keep;

// Only what is typed is kept: a text is work, a click is not.
function keep() {
  const kept = {};
  for (const [uid, entity] of entities) {
    if (!entity.dirty.size || entity.deleted) continue;
    const fields = [...entity.dirty].map((name) => [name, [entity.base[name], entity.values[name]]]);
    kept[uid] = { kind: entity.kind, fields: Object.fromEntries(fields) };
  }
  try {
    if (Object.keys(kept).length) localStorage.setItem(KEEP, JSON.stringify(kept));
    else localStorage.removeItem(KEEP);
  } catch {
    // A browser without room or without permission keeps nothing; leaving then warns as ever.
  }
}

// What was typed before and never arrived, put back where it was typed.
export function restoreKept() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEEP) ?? "{}");
  } catch {
    localStorage.removeItem(KEEP);
  }
  let count = 0;
  for (const [uid, { fields }] of Object.entries(kept)) {
    const entity = entities.get(uid);
    if (!entity || entity.deleted) continue;
    for (const [name, [base, value]] of Object.entries(fields)) {
      if (same(entity.base[name], value)) continue;
      entity.stale ||= !same(entity.base[name], base);
      entity.base[name] = base;
      entity.values[name] = value;
      entity.dirty.add(name);
      count += 1;
    }
    if (!entity.dirty.size) continue;
    emit("entity", uid);
    flush(entity);
  }
  return count;
}

// ---- the line at the top ----

// What was taken out takes along what was being typed into it.
const there = () => [...entities.values()].filter((one) => !one.deleted);
const waiting = () => queue.length > 0 || there().some((one) => unsent(one).length > 0);
const refused = () => there().some((one) => one.held.size > 0);

function status() {
  const name = trouble ? "trouble" : waiting() ? "saving" : refused() ? "refused" : "saved";
  emit("status", { name, sentence: trouble?.sentence ?? "", login: Boolean(trouble?.login) });
}

export const unsaved = () => waiting() || refused();

// ---- what is typed ----

const unsent = (entity) => [...entity.dirty].filter((name) => !entity.held.has(name));

// Say that a field holds something else now. It is sent when nothing has been typed for a moment, or with `now` at once.
export function changed(entity, name, { now = false } = {}) {
  entity.held.delete(name);
  delete entity.errors[name];
  if (same(entity.values[name], entity.base[name])) entity.dirty.delete(name);
  else entity.dirty.add(name);
  keep();
  clearTimeout(timers.get(entity.uid));
  timers.delete(entity.uid);
  if (now) flush(entity);
  else timers.set(entity.uid, setTimeout(() => flush(entity), PAUSE));
  status();
}

export const isTyping = (entity) => timers.has(entity.uid);

// Send what was typed into one section or question without waiting any longer.
export function flush(entity) {
  clearTimeout(timers.get(entity.uid));
  timers.delete(entity.uid);
  emit("burst", entity);
  if (unsent(entity).length && !queue.some((job) => job.entity === entity && !job.sent)) queue.push({ entity });
  pump();
}

export function flushAll() {
  for (const uid of [...timers.keys()]) flush(entities.get(uid));
}

// Until all that was changed so far is there, or cannot be sent.
export async function settled() {
  flushAll();
  while ((busy || queue.length) && !trouble) await new Promise((resume) => setTimeout(resume, 40));
}

// Send a change that is one of its own; `done` gets the answer, `failed` the refusal.
export function send(body, { done = () => {}, failed = () => {} } = {}) {
  queue.push({ body, done, failed });
  pump();
}

// ---- sending ----

async function pump() {
  status();
  if (busy || again) return;
  busy = true;
  while (queue.length) {
    const job = queue[0];
    const body = job.entity ? saving(job) : job.body;
    if (body) {
      const answer = await post(body);
      if (answer.trouble) {
        setBack(job, answer.trouble);
        break;
      }
      settle(job, answer);
    }
    queue.shift();
    keep();
    status();
  }
  busy = false;
  status();
}

function saving(job) {
  const { entity } = job;
  const names = unsent(entity);
  if (!names.length) return null;
  job.sent = Object.fromEntries(names.map((name) => [name, entity.values[name]]));
  const edits = names.map((name) => [name, [outgoing(entity.base[name]), outgoing(entity.values[name])]]);
  const lock = entity.stale ? 0 : entity.lock;
  return { change: `save_${entity.kind}`, [entity.kind]: entity.uid, lock_version: lock, edits: Object.fromEntries(edits) };
}

function setBack(job, found) {
  delete job.sent;
  if (!trouble) say(found.sentence);
  trouble = found;
  if (!found.login) {
    again = setTimeout(retry, RETRY[Math.min(tries, RETRY.length - 1)]);
    tries += 1;
  } else again = -1;
}

export function retry() {
  if (again > 0) clearTimeout(again);
  again = 0;
  trouble = null;
  pump();
}

addEventListener("online", () => trouble && retry());

async function post(body, fresh = false) {
  let response;
  try {
    response = await fetch(root.dataset.changeUrl, {
      method: "POST",
      redirect: "manual",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token().content },
      body: JSON.stringify(body),
    });
  } catch {
    return { trouble: { sentence: words("no_connection") } };
  }
  // A stranger is sent to the login page, and so is whoever was logged out.
  if (response.type === "opaqueredirect" || response.status === 401) return { trouble: { sentence: words("logged_out"), login: true } };
  const json = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json().catch(() => null) : null;
  if (response.ok && json) {
    trouble = null;
    tries = 0;
    return { json };
  }
  if (response.status === 400 && !fresh) {
    const found = await newToken();
    if (found === "login") return { trouble: { sentence: words("logged_out"), login: true } };
    if (found) return post(body, true);
  }
  if (response.status >= 500 || response.status === 429 || !json) return { trouble: { sentence: words("no_answer") } };
  return { refusal: json.error, status: response.status };
}

// After logging in again the page's token is of a session that is gone. Returns whether there is another one, or "login".
async function newToken() {
  const page = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (page?.type === "opaqueredirect") return "login";
  if (!page?.ok) return false;
  const found = new DOMParser().parseFromString(await page.text(), "text/html").querySelector('meta[name="csrf-token"]');
  if (!found || found.content === token().content) return false;
  token().content = found.content;
  return true;
}

// ---- answers ----

function settle(job, { json, refusal, status: code }) {
  if (job.entity && json) stored(job, json[`${job.entity.kind}s`][0]);
  if (json) {
    for (const one of json.surveys) emit("entity", takeOver("survey", one).uid);
    for (const one of json.sections) emit("entity", takeOver("section", one).uid);
    for (const one of json.questions) emit("entity", takeOver("question", one).uid);
    setFindings(json.findings);
    job.done?.(json);
    return;
  }
  if (job.entity) kept(job, refusal, code);
  else job.failed(refusal, code);
}

// What was sent is stored: fields that hold the same still are clean, in others more was typed meanwhile.
function stored({ entity, sent }, answer) {
  for (const [name, value] of Object.entries(sent)) {
    entity.base[name] = received(entity.kind, answer, name);
    if (same(entity.values[name], value)) entity.dirty.delete(name);
    else if (Array.isArray(value)) takeCodes(entity.values[name], value, entity.base[name]);
  }
}

// The server made codes of labels: choices whose code nobody touched meanwhile have these now.
function takeCodes(choices, sent, made) {
  for (const choice of choices) {
    const was = sent.find((one) => one.uid === choice.uid);
    const is = made.find((one) => one.uid === choice.uid);
    if (was && is && was.code === choice.code) Object.assign(choice, { code: is.code, fresh: false });
  }
}

// The server took nothing. What was typed stays here, with the reason at its field, until it is changed.
function kept({ entity, sent }, refusal) {
  for (const name of Object.keys(sent)) entity.held.add(name);
  if (refusal.clashes) {
    entity.clashes = { ...entity.clashes, ...refusal.clashes };
    Object.assign(entity, { lock: refusal.lock_version, stale: false });
    for (const name of Object.keys(sent)) if (!refusal.clashes[name]) entity.held.delete(name);
  } else {
    const named = Object.entries(refusal.fields ?? {}).filter(([name]) => name in sent);
    Object.assign(entity.errors, Object.fromEntries(named));
    if (!named.length) entity.errors[""] = refusal.message;
    // What has no fault is sent again without the others.
    if (named.length) for (const name of Object.keys(sent)) if (!entity.errors[name]) entity.held.delete(name);
  }
  if (unsent(entity).length) queue.push({ entity });
  say(refusal.message);
  emit("entity", entity.uid);
}

// Begin anew from what the server has, after a change that it did not take.
export async function resync() {
  const response = await fetch(root.dataset.stateUrl, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.ok) load(await response.json());
}

addEventListener("beforeunload", (event) => {
  flushAll();
  if (unsaved()) event.preventDefault();
});
document.addEventListener("visibilitychange", () => document.hidden && flushAll());
