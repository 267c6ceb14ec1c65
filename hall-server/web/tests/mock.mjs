// A stand-in for the hall-server: serves dist, the REST paths the pages use,
// and the live board from tests/board.json. Sign in with admin / demo1234.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const me = { staff: "admin", name: "系统管理员", role: "admin" };

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

/** check finds what the real hall-server would refuse: here, unknown services of windows. */
function check(yaml) {
  const known = new Set([...yaml.matchAll(/^ {2}- id: ([\w-]+)/gm)].map((m) => m[1]));
  const errors = [];
  yaml.split("\n").forEach((text, i) => {
    const list = /services: \[([^\]]*)\]/.exec(text);
    for (const id of list ? list[1].split(/,\s*/) : []) {
      if (!known.has(id))
        errors.push({ line: i + 1, column: text.indexOf(id) + 1, message: `没有业务“${id}”` });
    }
    if (/\t/.test(text)) errors.push({ line: i + 1, message: "缩进请用空格，不要用制表符" });
  });
  return errors;
}

export async function startMock(port = 0) {
  const board = JSON.parse(await readFile(new URL("./board.json", import.meta.url), "utf8"));
  const hall = { text: await readFile(new URL("./hall.yaml.txt", import.meta.url), "utf8"), version: 1 };
  const started = Date.now();
  const begin = Date.parse(board.now);
  const now = () => new Date(begin + Date.now() - started).toISOString();

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://mock");
    const signedIn = (request.headers.cookie ?? "").includes("session=1");
    const json = (status, body, headers = {}) => {
      const type = status < 400 ? "application/json" : "application/problem+json";
      response.writeHead(status, { "content-type": type, ...headers }).end(JSON.stringify(body));
    };
    if (!pathname.startsWith("/api/")) return page(pathname, response);
    if (pathname === "/api/v1/sessions" && request.method === "POST") {
      const { password } = JSON.parse(await bodyOf(request));
      if (password !== "demo1234")
        return json(401, { status: 401, code: "session.refused", detail: "账号或口令不正确" });
      return json(200, me, { "set-cookie": "session=1; Path=/; HttpOnly" });
    }
    if (!signedIn) return json(401, { status: 401, code: "session.none", detail: "请先登录" });
    if (pathname === "/api/v1/sessions/current") {
      if (request.method !== "DELETE") return json(200, me);
      return response.writeHead(204, { "set-cookie": "session=; Path=/; Max-Age=0" }).end();
    }
    if (pathname === "/api/v1/board") return json(200, { ...board, now: now() });
    if (pathname === "/api/v1/hall/config") return config(request, response, json, hall);
    return json(404, { status: 404, code: "not-found", detail: "没有这个地址" });
  });
  const sockets = new WebSocketServer({ server, path: "/api/v1/board/live" });
  sockets.on("connection", (socket) => {
    socket.send(JSON.stringify({ type: "board.snapshot", at: now(), body: { ...board, now: now() } }));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    board,
    hall,
    url: `http://127.0.0.1:${server.address().port}`,
    send(type, body) {
      for (const socket of sockets.clients) socket.send(JSON.stringify({ type, at: now(), body }));
    },
    close() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
    },
  };
}

async function config(request, response, json, hall) {
  const etag = `"${hall.version}"`;
  if (request.method === "GET") {
    return response.writeHead(200, { "content-type": "text/yaml; charset=utf-8", etag }).end(hall.text);
  }
  const text = await bodyOf(request);
  if (request.headers["if-match"] !== etag) {
    return json(412, { status: 412, code: "hall.changed", detail: "配置已被他人修改，请载入最新配置后再改" });
  }
  const errors = check(text);
  if (errors.length > 0) return json(422, { status: 422, code: "hall.invalid", detail: "配置有误", errors });
  hall.text = text;
  hall.version++;
  return response.writeHead(204, { etag: `"${hall.version}"` }).end();
}

async function page(pathname, response) {
  const name = pathname === "/" ? "/board.html" : extname(pathname) ? pathname : `${pathname}.html`;
  try {
    const data = await readFile(dist + name.slice(1));
    response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(data);
  } catch {
    response.writeHead(404).end();
  }
}
