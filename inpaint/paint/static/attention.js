// Where the network looked for what it painted: colours, in the hole alone.

import * as server from "./server.js";

export async function attentionOf(photograph, version) {
  const blob = await server.attention(photograph, version.base, version.wanted);
  const colours = await createImageBitmap(blob);
  const canvas = document.createElement("canvas");
  canvas.width = photograph.width;
  canvas.height = photograph.height;
  const context = canvas.getContext("2d");
  const { area, part } = version.hole;
  context.putImageData(photograph.mask.picture(area, part), area.x, area.y);
  context.globalCompositeOperation = "source-in";
  context.drawImage(colours, 0, 0);
  return canvas;
}
