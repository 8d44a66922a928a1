// The server's news. All tabs of a browser share one connection, where the browser can: it has but
// six to a server, and STOP must never wait for one.

const PARTS = ["task", "stack", "health", "cameras", "arm"];
const SILENT_MS = 6000;

// tell(part, text): a part has changed, or "beat" and nothing has.
export function listen(tell) {
  let source, heardAt;
  const open = () => {
    source = new EventSource("/api/events");
    heardAt = Date.now();
    for (const part of [...PARTS, "beat"]) {
      source.addEventListener(part, (event) => { heardAt = Date.now(); tell(part, event.data); });
    }
  };
  open();
  setInterval(() => {
    if (Date.now() - heardAt < SILENT_MS && source.readyState !== EventSource.CLOSED) return;
    source.close();
    open();
  }, 1000);
}

// heard(part, value, age): the same in a page; value is null for a beat, age in milliseconds.
export function listenTogether(heard) {
  const take = (part, text, at) =>
    heard(part, part === "beat" ? null : JSON.parse(text), Date.now() - at);
  if (typeof SharedWorker === "undefined") {
    listen((part, text) => take(part, text, Date.now()));
    return;
  }
  const worker = new SharedWorker("/worker.js", { type: "module" });
  worker.port.onmessage = ({ data: [part, text, at] }) => take(part, text, at);
  worker.port.start();
  addEventListener("pagehide", () => worker.port.postMessage("bye"));
}
