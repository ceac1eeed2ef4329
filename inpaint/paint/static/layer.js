// What is painted over a photograph: a byte for each pixel, 255 where there is paint,
// and a canvas that shows it. A pixel is painted or not; nothing is in between.

export class Layer {
  constructor(width, height, colour) {
    this.width = width;
    this.height = height;
    this.colour = colour;
    this.bytes = new Uint8Array(width * height);
    this.canvas = null;
  }

  // The canvas is there only while its photograph is shown.
  show() {
    if (this.canvas) return;
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext("2d");
    this.context.fillStyle = `rgb(${this.colour})`;
    this.draw({ x: 0, y: 0, width: this.width, height: this.height });
  }

  hide() {
    if (this.canvas) this.canvas.width = this.canvas.height = 0;
    this.canvas = null;
  }

  get isEmpty() {
    return !this.bytes.includes(255);
  }

  begin() {
    this.before = this.bytes.slice();
    this.touched = null;
  }

  // What has changed since `begin`, to be undone and redone; null for nothing.
  end() {
    const box = this.touched;
    if (!box) return null;
    const area = { x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1] };
    const change = { ...area, before: this.cut(area, this.before), after: this.cut(area) };
    this.before = null;
    return change.before.every((byte, i) => byte === change.after[i]) ? null : change;
  }

  cut({ x, y, width, height }, from = this.bytes) {
    const part = new Uint8Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = (y + row) * this.width + x;
      part.set(from.subarray(start, start + width), row * width);
    }
    return part;
  }

  put(area, part) {
    for (let row = 0; row < area.height; row++)
      this.bytes.set(
        part.subarray(row * area.width, (row + 1) * area.width),
        (area.y + row) * this.width + area.x,
      );
    this.draw(area);
  }

  replace(bytes) {
    this.begin();
    let [left, top, right, bottom] = [this.width, this.height, 0, 0];
    for (let y = 0, i = 0; y < this.height; y++)
      for (let x = 0; x < this.width; x++, i++)
        if (bytes[i] !== this.bytes[i]) {
          left = Math.min(left, x);
          right = Math.max(right, x + 1);
          top = Math.min(top, y);
          bottom = y + 1;
        }
    if (right > left) this.touched = [left, top, right, bottom];
    this.bytes.set(bytes);
    const change = this.end();
    if (change) this.draw(change);
    return change;
  }

  clear() {
    return this.replace(new Uint8Array(this.bytes.length));
  }

  rectangle(a, b, paints) {
    const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)].map(Math.floor);
    const [top, bottom] = [Math.min(a.y, b.y), Math.max(a.y, b.y)].map(Math.floor);
    for (let y = top; y <= bottom; y++) this.row(y, left, right + 1, paints);
  }

  // All pixels whose centre is within the brush on its way from a to b.
  stroke(a, b, size, paints) {
    const snap = size % 2 ? (v) => Math.floor(v) + 0.5 : Math.round;
    const [p, q] = [a, b].map(({ x, y }) => ({ x: snap(x), y: snap(y) }));
    const radius = size / 2;
    const length = Math.hypot(q.x - p.x, q.y - p.y);
    const aside = length
      ? { x: ((p.y - q.y) / length) * radius, y: ((q.x - p.x) / length) * radius }
      : { x: 0, y: 0 };
    const corners = [
      { x: p.x + aside.x, y: p.y + aside.y },
      { x: q.x + aside.x, y: q.y + aside.y },
      { x: q.x - aside.x, y: q.y - aside.y },
      { x: p.x - aside.x, y: p.y - aside.y },
    ];
    const top = Math.floor(Math.min(p.y, q.y) - radius);
    const bottom = Math.ceil(Math.max(p.y, q.y) + radius);
    for (let y = top; y <= bottom; y++) {
      const centre = y + 0.5;
      let low = Infinity, high = -Infinity;
      const reach = (x) => { low = Math.min(low, x); high = Math.max(high, x); };
      for (const end of [p, q]) {
        const half = Math.sqrt(radius ** 2 - (centre - end.y) ** 2);
        if (half >= 0) { reach(end.x - half); reach(end.x + half); }
      }
      corners.forEach((from, i) => {
        const to = corners[(i + 1) % 4];
        const share = (centre - from.y) / (to.y - from.y);
        if (share >= 0 && share <= 1) reach(from.x + share * (to.x - from.x));
      });
      if (low <= high) this.row(y, Math.ceil(low - 0.5), Math.floor(high - 0.5) + 1, paints);
    }
  }

  row(y, left, right, paints) {
    left = Math.max(left, 0);
    right = Math.min(right, this.width);
    if (y < 0 || y >= this.height || left >= right) return;
    this.bytes.fill(paints ? 255 : 0, y * this.width + left, y * this.width + right);
    if (paints) this.context.fillRect(left, y, right - left, 1);
    else this.context.clearRect(left, y, right - left, 1);
    const box = this.touched ?? [left, y, right, y + 1];
    this.touched = [
      Math.min(box[0], left), Math.min(box[1], y),
      Math.max(box[2], right), Math.max(box[3], y + 1),
    ];
  }

  draw(area) {
    if (this.canvas) this.context.putImageData(this.picture(area, this.cut(area)), area.x, area.y);
  }

  picture(area, part) {
    const picture = new ImageData(area.width, area.height);
    const [red, green, blue] = this.colour;
    const pixel = new Uint32Array(picture.data.buffer);
    const paint = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    for (let i = 0; i < part.length; i++) if (part[i]) pixel[i] = paint;
    return picture;
  }
}

// The bytes of a mask file by the rule of docs/masks.md: the brightest channel by alpha,
// above half of white, which is 1 where nothing is brighter.
export function holeOf(pixels) {
  const levels = new Uint8Array(pixels.length / 4);
  let brightest = 0;
  for (let i = 0; i < levels.length; i++) {
    const at = 4 * i;
    const level = Math.max(pixels[at], pixels[at + 1], pixels[at + 2]);
    levels[i] = Math.floor((level * pixels[at + 3] + 127) / 255);
    brightest = Math.max(brightest, levels[i]);
  }
  const above = brightest <= 1 ? 0 : 127;
  return levels.map((level) => (level > above ? 255 : 0));
}
