import { type Answer, type Picture, Queue } from "./queue";
import { shrink } from "./shrink";
import { ulid } from "./ulid";

/** PATIENCE is how long one picture may take, in milliseconds. */
const PATIENCE = 120_000;

/** send sends one picture; fetch can't tell how far it is. */
function send(path: string, id: string, picture: Blob, progress: (part: number) => void): Promise<Answer> {
  return new Promise((done) => {
    const body = new FormData();
    body.append("id", id);
    body.append("picture", picture, "picture");
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.timeout = PATIENCE;
    request.setRequestHeader("Smarthall-Part", "1");
    request.upload.onprogress = (e) => progress(e.total > 0 ? e.loaded / e.total : 0);
    const nobody = () => done({ status: 0 });
    request.onerror = nobody;
    request.ontimeout = nobody;
    request.onabort = nobody;
    request.onload = () => done({ ...parsed(request.responseText), status: request.status });
    request.send(body);
  });
}

function parsed(text: string): Partial<Answer> {
  try {
    const { pictures, detail } = JSON.parse(text) as Partial<Answer>;
    return { pictures, detail };
  } catch {
    return {};
  }
}

/** word is a text of the page, which the server wrote in its language. */
function word(name: string, n = 0): string {
  return (byId("pictures").dataset[name] ?? "").replace("#", String(n));
}

/** follow makes the page that the server wrote send pictures by itself, to where its form would. */
function follow(main: HTMLElement, path: string) {
  const items = new Map<string, HTMLLIElement>();
  const list = byId("pictures");
  const queue = new Queue((id, picture, progress) => send(path, id, picture, progress), {
    changed: draw,
    away: (away) => {
      byId("away").hidden = !away;
    },
    count: (n) => {
      byId("count").textContent = word("count", n);
    },
  });

  function draw(picture: Picture) {
    const item = items.get(picture.id) ?? made(picture);
    const bar = item.querySelector("progress") as HTMLProgressElement;
    const line = item.querySelector("span") as HTMLElement;
    const again = item.querySelector("button") as HTMLButtonElement;
    bar.value = picture.part;
    bar.hidden = picture.state !== "sending";
    again.hidden = picture.state !== "refused";
    line.className = picture.state === "sent" ? "good" : picture.state === "refused" ? "bad" : "";
    line.textContent = picture.detail || word(picture.state);
  }

  function made(picture: Picture): HTMLLIElement {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.alt = word("picture", items.size + 1);
    image.src = URL.createObjectURL(picture.blob);
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = word("again");
    again.addEventListener("click", () => queue.again(picture));
    item.append(image, document.createElement("progress"), document.createElement("span"), again);
    list.append(item);
    items.set(picture.id, item);
    return item;
  }

  for (const name of ["take", "pick"]) {
    const input = byId(name) as HTMLInputElement;
    input.addEventListener("change", async () => {
      const files = [...(input.files ?? [])];
      input.value = "";
      for (const file of files) queue.add(ulid(), await shrink(file));
    });
  }
  byId("plain").remove();
  for (const label of main.querySelectorAll<HTMLElement>("[data-script]")) label.hidden = false;
  // Whoever leaves before the pictures are sent is asked first.
  window.addEventListener("beforeunload", (e) => {
    if (queue.pictures.some((p) => p.state === "waiting" || p.state === "sending")) e.preventDefault();
  });
}

function byId(id: string): HTMLElement {
  const x = document.getElementById(id);
  if (!x) throw new Error(`the page has no ${id}`);
  return x;
}

const main = document.getElementById("upload");
const form = main?.querySelector("form");
if (main && form) follow(main, form.action);
