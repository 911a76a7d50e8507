// Asks the server for an answer and reads what happens, event by event.

/** What the server, or the way to it, answered instead of an answer. */
export class AskError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/**
 * What the server and its engine are.
 * @param {string} key The server's key, if it needs one.
 * @throws {AskError} The engine is being loaded or down, or the server cannot be reached.
 */
export async function about(key) {
  const response = await reach("sot/about", { headers: { accept: "application/json", ...proof(key) } });
  return response.json();
}

/**
 * Ask one question; yields the server's events, `finished` last.
 * @param {object} body The request.
 * @param {{key: string, signal: AbortSignal}} how The server's key, if it needs one; a signal that ends everything.
 * @throws {AskError} No answer, or not all of it.
 */
export function ask(body, how) {
  return events("sot/events", body, how);
}

/**
 * Revise an answer by its points; yields the server's events, `finished` last.
 * @param {object} body The answer and the new titles.
 * @param {{key: string, signal: AbortSignal}} how As for `ask`.
 * @throws {AskError} No answer, or not all of it.
 */
export function revise(body, how) {
  return events("sot/revise", body, how);
}

async function* events(address, body, { key, signal }) {
  const headers = { "content-type": "application/json", accept: "text/event-stream", ...proof(key) };
  const response = await reach(address, { method: "POST", headers, body: JSON.stringify(body), signal });
  for await (const event of eventsOf(response.body)) {
    if (event.type === "error") throw new AskError(event.error.message);
    yield event;
    if (event.type === "finished") return;
  }
  throw new AskError("The connection ended before the answer did.");
}

const proof = (key) => (key ? { authorization: `Bearer ${key}` } : {});

async function reach(address, request) {
  let response;
  try {
    response = await fetch(address, { cache: "no-store", ...request });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new AskError("The server cannot be reached.");
  }
  if (response.ok) return response;
  const wait = response.headers.get("retry-after");
  const again = wait && /^\d+$/.test(wait) ? ` Try again in ${wait} s.` : "";
  throw new AskError(`${await reason(response)}${again}`, response.status);
}

async function reason(response) {
  try {
    const { error } = await response.json();
    if (error?.message) return `${error.message} (${response.status})`;
  } catch {
    // Not our server's error: a gateway's page, say. The status is all there is to tell.
  }
  return `The server answered with status ${response.status}.`;
}

/** The events of a stream: each is a line `data: {json}`; other lines, such as comments, are skipped. */
async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop();
      for (const line of lines) if (line.startsWith("data:")) yield JSON.parse(line.slice(5));
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof SyntaxError) throw error;
    throw new AskError("The connection broke before the answer was complete.");
  } finally {
    reader.cancel().catch(() => {}); // it may have failed already, which the reader of the events knows
  }
}
