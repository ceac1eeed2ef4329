// A photograph: its versions, what is painted on it, and what can be undone.

import { Layer } from "./layer.js";
import * as server from "./server.js";

const HOLE = [255, 45, 120];
const SKETCH = [0, 200, 255];
const KEPT = 256 << 20; // bytes of what can be undone

export class Photograph {
  constructor(described, blob) {
    Object.assign(this, described);
    this.versions = [{ number: 0, blob }];
    this.version = this.versions[0];
    this.mask = new Layer(this.width, this.height, HOLE);
    this.sketch = new Layer(this.width, this.height, SKETCH);
    this.done = [];
    this.undone = [];
    this.busy = null; // what is told of the fill that is being made
  }

  get original() {
    return this.versions[0];
  }

  async show() {
    this.original.blob ??= await server.picture(this, 0);
    await this.decode(this.original);
    await this.decode(this.version);
    this.mask.show();
    this.sketch.show();
  }

  hide() {
    for (const version of this.versions) release(version);
    this.mask.hide();
    this.sketch.hide();
  }

  // The picture as the browser reads it, or else as the server does.
  async decode(version) {
    if (version.bitmap) return;
    let bitmap = await createImageBitmap(version.blob).catch(() => null);
    if (bitmap?.width !== this.width || bitmap.height !== this.height)
      bitmap = await createImageBitmap(await server.preview(this, version.number));
    version.bitmap = bitmap;
  }

  // A change of layers, and of the version where it is a fill.
  did(changes, to = null) {
    const step = { changes: changes.filter((x) => x.change), from: this.version, to };
    if (!step.changes.length && !to) return false;
    this.done.push(step);
    this.undone = [];
    while (this.done.length > 1 && size(this.done) > KEPT) this.done.shift();
    return true;
  }

  async undo() {
    const step = this.done.pop();
    if (!step) return;
    this.undone.push(step);
    for (const { layer, change } of step.changes) layer.put(change, change.before);
    if (step.to) await this.take(step.from);
  }

  async redo() {
    const step = this.undone.pop();
    if (!step) return;
    this.done.push(step);
    for (const { layer, change } of step.changes) layer.put(change, change.after);
    if (step.to) await this.take(step.to);
  }

  async take(version) {
    await this.decode(version);
    const old = this.version;
    this.version = version;
    if (old !== version && old !== this.original) release(old);
  }

  async fill(wanted) {
    const { number, blob } = await server.fill(this, this.version.number, wanted);
    const made = { number, blob, base: this.version.number, wanted };
    await this.decode(made);
    this.versions.push(made);
    const change = this.mask.clear();
    made.hole = { area: change, part: change.before };
    this.did([{ layer: this.mask, change }, { layer: this.sketch, change: this.sketch.clear() }], made);
    await this.take(made);
  }
}

function size(steps) {
  const changes = steps.flatMap((step) => step.changes);
  return changes.reduce((sum, { change }) => sum + 2 * change.before.length, 0);
}

function release(version) {
  version.bitmap?.close();
  version.bitmap = null;
}
