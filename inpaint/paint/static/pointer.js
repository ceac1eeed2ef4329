// Mouse, pen and touch on the canvas: strokes, moving, pinching.

const PEN_ERASER = 32; // among a pointer's buttons

// `tools` tells { tool, size, layer() } and takes `stroked(layer, change)`,
// `resized(steps)`, `hovered(point)`; layer() is null where nothing may be painted.
export function listen(view, tools) {
  const { canvas } = view;
  const fingers = new Map();
  let stroke = null;
  let moving = null;
  let space = false;

  function begin(event) {
    const layer = tools.layer();
    if (!layer) return;
    const erases =
      tools.tool === "eraser" || event.button === 2 || (event.buttons & PEN_ERASER) !== 0;
    const point = view.at(event);
    layer.begin();
    stroke = { layer, erases, id: event.pointerId, from: point, last: point, box: tools.tool === "rectangle" };
    paint(event);
  }

  function paint(event) {
    const point = view.at(event);
    if (!stroke.box) stroke.layer.stroke(stroke.last, point, tools.size, !stroke.erases);
    stroke.last = point;
  }

  function end(keeps) {
    if (!stroke) return;
    const { layer, box, from, last, erases } = stroke;
    stroke = null;
    if (keeps && box) layer.rectangle(from, last, !erases);
    const change = layer.end();
    if (change && keeps) tools.stroked(layer, change);
    else if (change) layer.put(change, change.before);
    view.draw();
  }

  function hover(event) {
    const point = event.type === "pointerleave" ? null : view.at(event);
    const shown = point && event.pointerType !== "touch" && !space && tools.layer();
    view.cursor = shown || stroke?.box ? { ...point, size: tools.size } : null;
    if (stroke?.box && point) {
      const { from } = stroke;
      view.cursor.box = { x: from.x, y: from.y, width: point.x - from.x, height: point.y - from.y };
    } else if (tools.tool === "rectangle" && view.cursor) view.cursor.size = 6 / view.scale;
    tools.hovered(point);
    view.draw();
  }

  function pinch(event) {
    const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
    const old = fingers.get(event.pointerId);
    const apart = (a) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY);
    const middle = {
      clientX: (event.clientX + other.clientX) / 2,
      clientY: (event.clientY + other.clientY) / 2,
    };
    view.move((event.clientX - old.clientX) / 2, (event.clientY - old.clientY) / 2);
    view.zoom(apart(event) / Math.max(apart(old), 1), middle);
  }

  const place = ({ clientX, clientY }) => ({ clientX, clientY });

  canvas.addEventListener("pointerdown", (event) => {
    canvas.focus({ preventScroll: true });
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that is gone already cannot be captured.
    }
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, place(event));
      if (fingers.size > 1) return end(false);
    }
    if (space || event.button === 1) moving = place(event);
    else if (!stroke) begin(event);
    hover(event);
    event.preventDefault();
  });

  canvas.addEventListener("pointermove", (event) => {
    if (fingers.size === 2 && fingers.has(event.pointerId)) pinch(event);
    else if (moving) {
      view.move(event.clientX - moving.clientX, event.clientY - moving.clientY);
      moving = place(event);
    } else if (stroke?.id === event.pointerId) {
      const passed = event.getCoalescedEvents?.() ?? [];
      for (const each of passed.length ? passed : [event]) paint(each);
    }
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, place(event));
    hover(event);
  });

  for (const kind of ["pointerup", "pointercancel"])
    canvas.addEventListener(kind, (event) => {
      fingers.delete(event.pointerId);
      moving = null;
      if (stroke?.id === event.pointerId) end(kind === "pointerup");
      hover(event);
    });

  canvas.addEventListener("pointerleave", hover);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const turned = event.deltaY || event.deltaX;
      if (event.shiftKey) tools.resized(turned < 0 ? 1 : -1);
      else view.zoom(Math.exp(-turned * (event.deltaMode ? 0.05 : 0.002)), event);
      hover(event);
    },
    { passive: false },
  );

  // Space held, with the focus on nothing that it would press.
  const presses = (element) => /^(BUTTON|INPUT|SELECT|A)$/.test(element.tagName);
  addEventListener("keydown", (event) => {
    if (event.key !== " " || presses(event.target)) return;
    event.preventDefault();
    space = true;
    canvas.classList.add("pans");
  });
  addEventListener("keyup", (event) => {
    if (event.key !== " ") return;
    space = false;
    canvas.classList.remove("pans");
  });
}
