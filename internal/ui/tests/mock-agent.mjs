// A stand-in for an agent, for looking at a page without Go: it serves a built
// dist folder, speaks the link on /ws by a script, and keeps what the page
// sent. Only tests and screenshots use it.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { WebSocketServer } from "ws";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png" };

/**
 * mockAgent serves dist on a free port. snapshot() is the page.snapshot body;
 * onCommand(type, body) returns the answer's body, or { error: problem }, or
 * a promise of one; undefined never answers.
 */
export async function mockAgent({ dist, snapshot, onCommand = () => ({}) }) {
  const received = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url, "http://mock");
    if (url.pathname === "/qr.png") {
      res.writeHead(200, { "Content-Type": "image/svg+xml" });
      res.end(pattern(url.searchParams.get("text") ?? ""));
      return;
    }
    const path = url.pathname === "/" ? "/index.html" : url.pathname;
    try {
      const data = readFileSync(join(dist, path));
      res.writeHead(200, {
        "Content-Type": types[extname(path)] ?? "application/octet-stream",
        "Content-Security-Policy":
          "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws:",
      });
      res.end(data);
    } catch {
      res.writeHead(404).end();
    }
  });
  const sockets = new WebSocketServer({ server, path: "/ws" });
  const send = (type, body, extra = {}) => {
    const text = JSON.stringify({ type, at: new Date().toISOString(), body, ...extra });
    for (const ws of sockets.clients) ws.send(text);
  };
  sockets.on("connection", (ws) => {
    ws.send(JSON.stringify({ type: "page.snapshot", at: new Date().toISOString(), body: snapshot() }));
    ws.on("message", async (data) => {
      const m = JSON.parse(data);
      received.push(m);
      if (!m.id) return;
      const answer = await onCommand(m.type, m.body, send);
      if (answer === undefined) return;
      const type = answer.error ? "error" : "answer";
      ws.send(JSON.stringify({ type, re: m.id, at: new Date().toISOString(), body: answer.error ?? answer }));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    for (const ws of sockets.clients) ws.terminate();
    return new Promise((resolve) => server.close(resolve));
  };
  const drop = () => {
    for (const ws of sockets.clients) ws.terminate();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, send, received, close, drop };
}

/** pattern is a picture of the size and weight of a QR code. */
function pattern(text) {
  let seed = [...text].reduce((n, c) => (n * 31 + c.charCodeAt(0)) >>> 0, 7);
  let cells = "";
  for (let y = 0; y < 29; y++) {
    for (let x = 0; x < 29; x++) {
      seed = (seed * 1664525 + 1013904223) >>> 0;
      const eye = (x < 8 || x > 20) && (y < 8 || y > 20) && !(x > 20 && y > 20);
      if (!eye && seed >>> 31) cells += `<path d="M${x} ${y}h1v1h-1z"/>`;
    }
  }
  const eye = (x, y) => `<path d="M${x} ${y}h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z" fill-rule="evenodd"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 33 33"><path d="M-2-2h33v33h-33z" fill="#fff"/>${cells}${eye(0, 0)}${eye(22, 0)}${eye(0, 22)}</svg>`;
}
