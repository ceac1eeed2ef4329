// The page: its buttons, and what they do to the photograph that is shown.

import { attentionOf } from "./attention.js";
import { listenToKeys } from "./keys.js";
import { holeOf } from "./layer.js";
import { Photograph } from "./photograph.js";
import { encode } from "./png.js";
import { listen } from "./pointer.js";
import * as server from "./server.js";
import { View } from "./view.js";

const LARGEST_BRUSH = 200;
const SOON = 300; // milliseconds between two questions to the server

const $ = (id) => document.getElementById(id);
const view = new View($("view"));
const photographs = [];
let shown = null;
let choices = [];
let largest = Infinity; // bytes of a file

const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;
const choice = () => choices.find((x) => x.name === $("choice").value);

function say(text, isWrong = false) {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", isWrong);
}

// Runs what a button does; what goes wrong is told in one line.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
  refresh();
}

function refresh() {
  const idle = Boolean(shown) && !shown.busy;
  const filled = idle && shown.version !== shown.original;
  $("empty").hidden = Boolean(shown);
  $("view").classList.toggle("idle", !idle);
  for (const id of ["previous", "next"]) $(id).disabled = photographs.length < 2;
  for (const id of ["clear", "save-mask", "load-mask"]) $(id).disabled = !idle;
  for (const id of ["zoom", "zoom-in", "zoom-out", "fit"]) $(id).disabled = !shown;
  $("fill").disabled = !idle || !choice()?.ready;
  $("undo").disabled = !idle || !shown.done.length;
  $("redo").disabled = !idle || !shown.undone.length;
  $("before").disabled = $("wipe").disabled = !filled;
  $("busy").hidden = !shown?.busy;
  $("busy-text").textContent = shown?.busy ?? "";
  $("wipe-at").hidden = !filled || !$("wipe").checked;
  view.wipe = $("wipe-at").hidden ? null : $("wipe-at").value / 1000;
  if (!filled) view.before = false;
  $("layers").hidden = !choice()?.guided;
  if ($("layers").hidden) document.querySelector("input[value=mask]").checked = true;
  $("attention-label").hidden = !choice()?.attention;
  const place = photographs.indexOf(shown) + 1;
  $("name").textContent = shown ? `${shown.name}${shown.extension} ${place}/${photographs.length}` : "";
  $("name").title = $("name").textContent;
  $("view").setAttribute(
    "aria-label",
    shown
      ? `${shown.name}, ${shown.width} by ${shown.height} pixels${filled ? ", filled" : ""}: paint over what should go`
      : "No photograph yet",
  );
  offer(filled ? shown.version : null);
  view.draw();
}

function offer(version) {
  const link = $("download");
  if (link.version === version) return;
  link.version = version;
  if (link.href) URL.revokeObjectURL(link.href);
  link.toggleAttribute("aria-disabled", !version);
  if (!version) {
    link.removeAttribute("href");
    return;
  }
  link.href = URL.createObjectURL(version.blob);
  link.download = `${shown.name}_filled${shown.extension}`;
}

async function show(photograph) {
  if (shown && shown !== photograph) shown.hide();
  shown = photograph;
  await photograph.show();
  if (shown !== photograph) return photograph.hide(); // another was asked for meanwhile
  view.show(photograph);
  refresh();
}

function turn(by) {
  if (photographs.length < 2) return;
  const place = photographs.indexOf(shown) + by + photographs.length;
  attempt(() => show(photographs[place % photographs.length]));
}

async function open(files) {
  let last = null;
  for (const file of files) {
    say(`Opening ${file.name}…`);
    try {
      if (file.size > largest) throw new Error(`${file.name}: larger than ${largest >> 20} MB`);
      last = new Photograph(await server.send(file), file);
      photographs.push(last);
      say("Paint over what should go.");
    } catch (error) {
      say(error.message, true);
      break;
    }
  }
  if (last) await attempt(() => show(last));
}

async function fill() {
  const photograph = shown;
  if (!photograph || photograph.busy || !choice()?.ready) return;
  const { mask, sketch, width, height } = photograph;
  if (mask.isEmpty) return say("Paint over what should go first.");
  photograph.busy = "Filling…";
  refresh();
  const start = performance.now();
  const asking = setInterval(() => ask(photograph, start), SOON);
  await attempt(async () => {
    try {
      const wanted = { choice: choice().name, mask: await encode(mask.bytes, width, height) };
      if (choice().guided) wanted.sketch = await encode(sketch.bytes, width, height);
      await photograph.fill(wanted);
      say(`Filled in ${((performance.now() - start) / 1000).toFixed(1)} s.`);
      $("view").dataset.filled = photograph.version.number;
    } catch (error) {
      if (error.status !== 409) throw error;
      say("Cancelled.");
    } finally {
      clearInterval(asking);
      photograph.busy = null;
      if (photograph !== shown) photograph.hide();
    }
  });
  if (photograph === shown) lookAttentively();
}

async function ask(photograph, start) {
  const told = await server.progress(photograph).catch(() => null);
  if (!told || photograph.busy === null) return;
  const seconds = Math.round((performance.now() - start) / 1000);
  photograph.busy = `${told.running && !told.steps ? "Waiting" : "Filling"}… ${seconds} s`;
  if (photograph !== shown) return;
  $("busy-text").textContent = photograph.busy;
  if (told.steps > 1) {
    $("progress").max = told.steps;
    $("progress").value = told.done;
  } else $("progress").removeAttribute("value");
}

function cancel() {
  if (shown?.busy) attempt(() => server.cancel(shown));
}

function step(way) {
  if (shown && !shown.busy) attempt(() => shown[way]().then(() => lookAttentively()));
}

function clear() {
  if (!shown || shown.busy) return;
  shown.did([shown.mask, shown.sketch].map((layer) => ({ layer, change: layer.clear() })));
  refresh();
}

async function loadMask(file) {
  const plain = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const picture = await createImageBitmap(file, plain).catch(() => null);
  if (!picture) throw new Error(`${file.name}: expected a picture`);
  const { width, height, mask } = shown;
  if (picture.width !== width || picture.height !== height)
    throw new Error(
      `${file.name} is ${picture.width} × ${picture.height} pixels, the photograph ${width} × ${height}`,
    );
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(picture, 0, 0);
  const change = mask.replace(holeOf(context.getImageData(0, 0, width, height).data));
  shown.did([{ layer: mask, change }]);
}

async function saveMask() {
  const { mask, name, width, height } = shown;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await encode(mask.bytes, width, height));
  link.download = `${name}_mask.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function resize(size) {
  $("size").value = Math.min(LARGEST_BRUSH, Math.max(1, Math.round(size)));
  tools.size = Number($("size").value);
  $("size-shown").textContent = `${tools.size} px`;
  if (view.cursor) view.cursor.size = tools.size;
  view.draw();
}

// One pixel more or less of a small brush, a tenth of a large one.
const resizeBy = (steps) => resize(tools.size + steps * Math.max(1, Math.round(tools.size / 10)));

function pick(name, value) {
  const button = document.querySelector(`input[name=${name}][value=${value}]`);
  if (button.closest("fieldset").hidden) return;
  button.checked = true;
  tools.tool = chosen("tool");
}

// Shows the attention of the last fill, where it is asked for and the pointer is in it.
async function lookAttentively(point = null) {
  const version = shown?.version;
  const wanted = $("attention").checked && version?.hole && !shown.busy;
  const always = matchMedia("(hover: none)").matches || $("attention").matches(":focus-visible");
  const inside = wanted && (always || (point && isIn(version.hole.area, point)));
  if (wanted && !version.attention) {
    version.attention = attentionOf(shown, version);
    say("Asking where the network looked…");
    version.attention.then(
      () => say("Attention: hue is the direction, strength the distance."),
      (error) => say(error.message, true),
    );
  }
  const picture = inside ? await version.attention.catch(() => null) : null;
  if (view.attention !== picture) {
    view.attention = picture;
    view.draw();
  }
}

const isIn = (area, { x, y }) =>
  x >= area.x && y >= area.y && x < area.x + area.width && y < area.y + area.height;

const tools = {
  tool: "brush",
  size: 40,
  layer: () => (shown && !shown.busy && shown.mask.canvas ? shown[chosen("layer")] : null),
  stroked(layer, change) {
    shown.did([{ layer, change }]);
    refresh();
    if ($("at-once").checked && layer === shown.mask) fill();
  },
  resized: resizeBy,
  hovered: (point) => lookAttentively(point),
};

function before(isHeld) {
  view.before = isHeld && !$("before").disabled;
  view.draw();
}

function tellChoices(state) {
  const select = $("choice");
  const old = select.value;
  choices = state.choices;
  largest = state.maxBody;
  select.replaceChildren(
    ...choices.map((x) => new Option(x.ready ? x.title : `${x.title} (loading…)`, x.name)),
  );
  if (old) select.value = old;
  refresh();
  if (choices.some((x) => !x.ready))
    setTimeout(() => attempt(async () => tellChoices(await server.state())), SOON);
}

function wire() {
  const press = (id, work) => $(id).addEventListener("click", work);
  for (const id of ["open", "open-first"]) press(id, () => $("files").click());
  $("files").addEventListener("change", async () => {
    await open([...$("files").files]);
    $("files").value = "";
  });
  press("previous", () => turn(-1));
  press("next", () => turn(1));
  press("undo", () => step("undo"));
  press("redo", () => step("redo"));
  press("clear", clear);
  press("fill", fill);
  press("cancel", cancel);
  press("zoom-in", () => view.zoom(1.5));
  press("zoom-out", () => view.zoom(1 / 1.5));
  press("zoom", () => view.zoom(1 / (view.scale * view.ratio)));
  press("fit", () => view.fit());
  press("load-mask", () => $("mask-file").click());
  press("save-mask", () => attempt(saveMask));
  $("mask-file").addEventListener("change", async () => {
    const [file] = $("mask-file").files;
    if (file) await attempt(() => loadMask(file));
    $("mask-file").value = "";
  });
  for (const kind of ["pointerdown", "keydown"])
    $("before").addEventListener(kind, (event) => {
      if (kind === "pointerdown" || event.key === " " || event.key === "Enter") before(true);
    });
  for (const kind of ["pointerup", "pointerleave", "keyup", "blur"])
    $("before").addEventListener(kind, () => before(false));
  $("wipe").addEventListener("change", refresh);
  $("wipe-at").addEventListener("input", refresh);
  $("choice").addEventListener("change", refresh);
  $("attention").addEventListener("change", () => lookAttentively());
  $("size").addEventListener("input", () => resize(Number($("size").value)));
  $("size").addEventListener("wheel", (event) => {
    event.preventDefault();
    resizeBy(event.deltaY < 0 ? 1 : -1);
  });
  for (const button of document.querySelectorAll("input[name=tool]"))
    button.addEventListener("change", () => pick("tool", button.value));
  // The keys are the picture's again once the mouse has pressed a button.
  document.addEventListener("click", (event) => {
    if (event.detail && event.target.closest("#tools")) $("view").focus({ preventScroll: true });
  });
  view.onzoom = (zoom) => ($("zoom").textContent = `${Math.round(zoom * 100)} %`);
  listen(view, tools);
  listenToKeys({
    b: () => pick("tool", "brush"),
    e: () => pick("tool", "eraser"),
    r: () => pick("tool", "rectangle"),
    s: () => pick("layer", chosen("layer") === "mask" ? "sketch" : "mask"),
    o: () => $("files").click(),
    w: () => $("wipe").disabled || $("wipe").click(),
    c: { down: () => before(true), up: () => before(false) },
    "[": () => resizeBy(-1),
    "]": () => resizeBy(1),
    "+": () => view.zoom(1.5),
    "=": () => view.zoom(1.5),
    "-": () => view.zoom(1 / 1.5),
    0: () => view.fit(),
    1: () => $("zoom").click(),
    Enter: fill,
    Escape: cancel,
    Delete: clear,
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    "Ctrl+z": () => step("undo"),
    "Ctrl+Z": () => step("redo"),
    "Ctrl+y": () => step("redo"),
  });
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length) open(files);
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    $("stage").classList.add("over");
  });
  for (const kind of ["dragleave", "drop"])
    addEventListener(kind, () => $("stage").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    open([...event.dataTransfer.files]);
  });
}

wire();
refresh();
attempt(async () => {
  const state = await server.state();
  tellChoices(state);
  photographs.push(...state.photographs.map((x) => new Photograph(x)));
  if (photographs.length) await show(photographs[0]);
  say(photographs.length ? "Paint over what should go." : "");
});
