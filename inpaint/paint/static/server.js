// Requests to the server; what it refuses becomes an Error with its line.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error(
      "No answer: inpaint paint has ended, or cannot be reached. What is here can still be downloaded.",
    );
  }
  if (!answer.ok) {
    const error = new Error((await answer.text()).trim() || `error ${answer.status}`);
    error.status = answer.status;
    throw error;
  }
  return answer;
}

const of = (photograph, version) => `/photographs/${photograph.number}/${version}`;

function form({ choice, mask, sketch }) {
  const data = new FormData();
  data.set("choice", choice);
  data.set("mask", mask, "mask.png");
  if (sketch) data.set("sketch", sketch, "sketch.png");
  return { method: "POST", body: data };
}

export const state = async () => (await ask("/state")).json();

export const send = async (file) =>
  (await ask(`/photographs?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file })).json();

export const picture = async (photograph, version) =>
  (await ask(of(photograph, version))).blob();

export const preview = async (photograph, version) =>
  (await ask(`${of(photograph, version)}/preview`)).blob();

export async function fill(photograph, version, wanted) {
  const answer = await ask(`${of(photograph, version)}/fill`, form(wanted));
  return { number: Number(answer.headers.get("Inpaint-Version")), blob: await answer.blob() };
}

export const attention = async (photograph, version, wanted) =>
  (await ask(`${of(photograph, version)}/attention`, form(wanted))).blob();

export const progress = async (photograph) =>
  (await ask(`/photographs/${photograph.number}/progress`)).json();

export const cancel = (photograph) =>
  ask(`/photographs/${photograph.number}/cancel`, { method: "POST" });
