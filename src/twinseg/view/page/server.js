/* All that is asked of the server: one function a question, errors as one line for people. */

class Refused extends Error {}

async function answerOf(request) {
  let response;
  try {
    response = await request;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer: is `twinseg view` still running?");
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refused(said.error ?? `The server answered with status ${response.status}.`);
}

/** An address with its parameters; undefined ones are left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const words = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return words.length ? `${path}?${words.join("&")}` : path;
}

export async function ask(path, parameters, signal) {
  // What is kept beside the study, and a study that runs, change under one address.
  return (await answerOf(fetch(address(path, parameters), { signal, cache: "no-store" }))).json();
}

export async function fetchPicture(url, signal) {
  const response = await answerOf(fetch(url, { signal }));
  return { blob: await response.blob(), clipped: Number(response.headers.get("X-Clipped") ?? 0) };
}

function send(path, body) {
  const headers = { "Content-Type": "application/json", "X-Twinseg": "view" };
  return answerOf(fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export const post = async (path, body) => (await send(path, body)).json();

export const postForFile = async (path, body) => (await send(path, body)).blob();

export async function download(path, body, name) {
  const url = URL.createObjectURL(await postForFile(path, body));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
