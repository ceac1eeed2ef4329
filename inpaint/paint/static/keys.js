// Keys of the page, where no field takes them itself.

export function listenToKeys(keys) {
  const found = (event) => {
    if (event.altKey) return null;
    const held = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
    const work = keys[held + event.key] ?? (held ? null : keys[event.key.toLowerCase()]);
    return work && !takes(event.target, event.key, held) ? work : null;
  };
  addEventListener("keydown", (event) => {
    const work = found(event);
    if (!work) return;
    event.preventDefault();
    if (work.down) work.down();
    else work();
  });
  addEventListener("keyup", (event) => found(event)?.up?.());
}

function takes(element, key, held) {
  const { tagName, type } = element;
  if (tagName === "SELECT") return !held;
  if (tagName === "INPUT" && type !== "checkbox")
    return key.startsWith("Arrow") || (type === "range" && key.length > 1 && key !== "Escape");
  return (tagName === "BUTTON" || tagName === "A") && key === "Enter";
}
