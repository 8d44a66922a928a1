// Requests. A stop is repeated until the server has answered it, also over a lost connection.

const STOP_AGAIN_MS = 100;
const STOP_PATIENCE_MS = 1500;

async function send(path, body, patience) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
    priority: "high",
  });
  return { ok: reply.ok, ...(await reply.json()) };
}

export async function say(instruction, confirmed) {
  try {
    return await send("/api/say", { instruction, confirmed }, 15000);
  } catch (error) {
    return { code: "NOT SENT", message: `The page cannot reach ./clap console (${error.message}). ` +
      "Look whether it runs; see the plan below before you say it again." };
  }
}

export async function doctor() {
  try {
    const reply = await send("/api/doctor", {}, 60000);
    return reply.findings || [{ level: "WRONG", name: reply.code, text: reply.message, cure: "" }];
  } catch (error) {
    return [{ level: "WRONG", name: "page", text: error.message, cure: "Is ./clap console alive?" }];
  }
}

export async function suggestions() {
  try {
    return (await (await fetch("/api/suggestions")).json()).suggestions || [];
  } catch { return []; }
}

let stopping = null;

// tell(text, isOver): what is to be shown; empty text for nothing.
export function stop(tell) {
  if (stopping) return stopping;
  stopping = untilStopped(tell).finally(() => { stopping = null; });
  return stopping;
}

async function untilStopped(tell) {
  const began = performance.now();
  for (;;) {
    try {
      const reply = await once();
      if (reply.ok) tell("", true);
      else tell(`${reply.code}: ${reply.message} Press the user stop if the arm moves.`, true);
      return;
    } catch {
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      tell(`STOP has not arrived yet (${seconds} s): press the user stop if the arm moves. ` +
        "It is sent again and again.", false);
      await new Promise((resolve) => setTimeout(resolve, STOP_AGAIN_MS));
    }
  }
}

// The first request may hang on a connection that is dead: others are sent beside it.
function once() {
  const asked = [];
  return new Promise((resolve, reject) => {
    const fire = () => {
      const one = send("/api/stop", {}, 10 * STOP_PATIENCE_MS);
      asked.push(one);
      one.then(resolve, reject);
    };
    fire();
    setTimeout(() => { if (asked.length === 1) fire(); }, STOP_PATIENCE_MS);
  });
}
