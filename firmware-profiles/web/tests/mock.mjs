// A stand-in for the simulator: serves dist and tests/devices.json over the
// console's API, carries out the plainest actions, and keeps what was asked.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const conditions = { stall: "stall", "paper-out": "paper-out", jam: "jam", "cover-open": "cover-open" };

export async function startMock(port = 0) {
  const devices = JSON.parse(await readFile(new URL("./devices.json", import.meta.url), "utf8"));
  const ticket = await readFile(new URL("./ticket.png", import.meta.url));
  const pages = new Set();
  const asked = [];
  const tell = (device) => {
    for (const page of pages) page.write(`event: device\ndata: ${JSON.stringify(device)}\n\n`);
  };

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://mock");
    if (pathname === "/api/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      pages.add(response);
      request.on("close", () => pages.delete(response));
      for (const device of devices) response.write(`event: device\ndata: ${JSON.stringify(device)}\n\n`);
      return;
    }
    const [, id, action] = /^\/api\/devices\/([^/]+)\/([^/]+)/.exec(pathname) ?? [];
    if (action === "tickets") return response.writeHead(200, { "content-type": "image/png" }).end(ticket);
    if (action && request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      const device = devices.find((d) => d.id === id);
      asked.push({ id, action, body: JSON.parse(body) });
      if (action === "wrong-checksum") {
        response.writeHead(409, { "content-type": "application/problem+json" });
        return response.end(JSON.stringify({ code: "action.unsupported", detail: "这类设备没有此操作" }));
      }
      if (conditions[action]) device.conditions.push(conditions[action]);
      if (action === "unplug") device.plugged = false;
      tell(device);
      return response.writeHead(204).end();
    }
    const name = pathname === "/" ? "/index.html" : pathname;
    try {
      const data = await readFile(dist + name.slice(1));
      response
        .writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" })
        .end(data);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    asked,
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
