// Shows a photograph on the canvas: zoomed, moved, painted over, compared.

const LARGEST = 40; // screen pixels for one of the photograph
const THUMB = 16; // pixels, of the wipe's slider

export class View {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.photograph = null;
    this.scale = 1;
    this.x = this.y = 0; // of the photograph's corner, on the canvas
    this.wipe = null; // share of the width that shows what was before
    this.before = false;
    this.attention = null; // canvas of where the network looked
    this.cursor = null; // { x, y, size, box } in the photograph's pixels
    this.onzoom = () => {};
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    const fitted = this.isFitted;
    this.ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    if (fitted) this.fit();
    else this.draw();
  }

  show(photograph) {
    this.photograph = photograph;
    this.attention = null;
    this.fit();
  }

  get smallest() {
    const { width, height } = this.photograph;
    return Math.min(1, (this.width - 16) / width, (this.height - 16) / height);
  }

  fit() {
    if (!this.photograph) return this.draw();
    this.scale = this.smallest;
    this.x = (this.width - this.photograph.width * this.scale) / 2;
    this.y = (this.height - this.photograph.height * this.scale) / 2;
    this.isFitted = true;
    this.changed();
  }

  // The point of the photograph under one of the window.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: (event.clientX - box.left - this.x) / this.scale,
      y: (event.clientY - box.top - this.y) / this.scale,
    };
  }

  zoom(factor, event = null) {
    if (!this.photograph) return;
    const box = this.canvas.getBoundingClientRect();
    const x = event ? event.clientX - box.left : this.width / 2;
    const y = event ? event.clientY - box.top : this.height / 2;
    const scale = Math.min(LARGEST, Math.max(this.smallest / 2, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.isFitted = false;
    this.changed();
  }

  move(x, y) {
    if (!this.photograph) return;
    const keep = 40; // pixels that stay in sight
    const { width, height } = this.photograph;
    this.x = Math.min(this.width - keep, Math.max(keep - width * this.scale, this.x + x));
    this.y = Math.min(this.height - keep, Math.max(keep - height * this.scale, this.y + y));
    this.isFitted = false;
    this.changed();
  }

  changed() {
    this.onzoom(this.scale * this.ratio);
    this.draw();
  }

  draw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.paint();
    });
  }

  paint() {
    const { context, photograph } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!photograph?.version.bitmap || !photograph.mask.canvas) return;
    const zoom = this.scale * this.ratio;
    context.setTransform(zoom, 0, 0, zoom, this.x * this.ratio, this.y * this.ratio);
    context.imageSmoothingEnabled = zoom < 2;
    context.imageSmoothingQuality = "high";
    const before = photograph.original.bitmap;
    context.drawImage(this.before ? before : photograph.version.bitmap, 0, 0);
    if (this.before) return;
    if (this.wipe !== null) this.paintWipe(before);
    if (this.attention) context.drawImage(this.attention, 0, 0);
    context.globalAlpha = 0.55;
    context.drawImage(photograph.mask.canvas, 0, 0);
    context.globalAlpha = 1;
    context.drawImage(photograph.sketch.canvas, 0, 0);
    if (this.cursor) this.paintCursor();
  }

  paintWipe(before) {
    const { context } = this;
    const at = THUMB / 2 + this.wipe * (this.width - THUMB);
    const edge = (at - this.x) / this.scale;
    context.save();
    context.beginPath();
    context.rect(0, 0, Math.max(edge, 0), this.photograph.height);
    context.clip();
    context.drawImage(before, 0, 0);
    context.restore();
    this.line(3, "#000", () => context.rect(edge, 0, 0, this.photograph.height));
    this.line(1, "#fff", () => context.rect(edge, 0, 0, this.photograph.height));
  }

  paintCursor() {
    const { x, y, size, box } = this.cursor;
    const outline = () => {
      if (box) this.context.rect(box.x, box.y, box.width, box.height);
      else this.context.arc(x, y, size / 2, 0, 2 * Math.PI);
    };
    this.line(3, "rgb(0 0 0 / 60%)", outline);
    this.line(1.2, "#fff", outline);
  }

  line(width, colour, path) {
    this.context.lineWidth = width / this.scale;
    this.context.strokeStyle = colour;
    this.context.beginPath();
    path();
    this.context.stroke();
  }
}
