// Shared by the tabs of a browser: hears the news once and passes them on.

import { listen } from "/news.js";

const ports = new Set();
const newest = new Map();

listen((part, text) => {
  const news = [part, text, Date.now()];
  if (part !== "beat") newest.set(part, news);
  for (const port of ports) port.postMessage(news);
});

addEventListener("connect", ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = () => ports.delete(port);
  for (const news of newest.values()) port.postMessage(news);
});
