// Undo and redo over all kinds of changes. A step knows how to be undone and done again; both go to the server like any change.
import { emit } from "./store.js";
import { say, words } from "./dom.js";

const MOST = 200;
const done = [];
const undone = [];

// The step that is being done, undone or done again, for what is sent by it.
export let running = null;

// A step is { label, undo, redo }: each a function that returns a sentence where it cannot, or nothing.
export function remember(step) {
  done.push(step);
  if (done.length > MOST) done.shift();
  undone.length = 0;
  emit("history");
}

// Do a step for the first time; where the server refuses it, it is taken out again.
export function perform(step) {
  running = step;
  step.redo();
  running = null;
  remember(step);
}

export const canUndo = () => done.length > 0;
export const canRedo = () => undone.length > 0;

// Take a step out that the server refused: there is nothing to undo.
export function drop(step) {
  for (const list of [done, undone]) if (list.includes(step)) list.splice(list.indexOf(step), 1);
  emit("history");
}

function go(from, to, verb, sentence) {
  const step = from.pop();
  if (!step) return;
  running = step;
  const refusal = step[verb]();
  running = null;
  if (refusal) {
    emit("notice", { sentence: words(`${verb}_refused`, { why: refusal }), tone: "warning" });
  } else {
    to.push(step);
    say(words(sentence, { what: step.label }));
  }
  emit("history");
}

// Undo one step, wherever it stands: what a notice offers.
export function undoStep(step) {
  const at = done.indexOf(step);
  if (at < 0) return;
  done.splice(at, 1);
  done.push(step);
  undo();
}

export const undo = () => go(done, undone, "undo", "undone");
export const redo = () => go(undone, done, "redo", "redone");
