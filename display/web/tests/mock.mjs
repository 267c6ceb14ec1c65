// A stand-in for the display agent: serves dist, sends tests/page.json to each
// page, relays what a test sends, and keeps what the pages say.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wav": "audio/wav" };
const dist = fileURLToPath(new URL("../dist/", import.meta.url));

export async function startMock(port = 0) {
  const { at, page } = JSON.parse(await readFile(new URL("./page.json", import.meta.url), "utf8"));
  const started = Date.now();
  const now = () => new Date(Date.parse(at) + Date.now() - started).toISOString();
  const heard = [];

  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://mock").pathname;
    const name = path === "/" ? "/index.html" : extname(path) ? path : `${path}.html`;
    try {
      const data = await readFile(dist + name.slice(1));
      response.writeHead(200, {
        "content-type": types[extname(name)] ?? "application/octet-stream",
        "content-security-policy":
          "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws:",
      });
      response.end(data);
    } catch {
      response.writeHead(404).end();
    }
  });
  const sockets = new WebSocketServer({ server, path: "/ws" });
  sockets.on("connection", (socket) => {
    socket.send(JSON.stringify({ type: "page.snapshot", at: now(), body: page }));
    socket.on("message", (data) => heard.push(JSON.parse(data.toString())));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    page,
    heard,
    url: `http://127.0.0.1:${server.address().port}`,
    /** send tells all pages; the body's times are the caller's. */
    send(type, body) {
      for (const socket of sockets.clients) socket.send(JSON.stringify({ type, at: now(), body }));
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
    },
  };
}
