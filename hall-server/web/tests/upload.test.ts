import { describe, expect, it } from "vitest";
import { type Answer, Queue, type Sender, temporary } from "../src/upload/queue";
import { fitted } from "../src/upload/shrink";
import { ulid } from "../src/upload/ulid";

const picture = new Blob(["x"]);

/** scripted answers as told, and notes the ids it was asked for. */
function scripted(...answers: Answer[]) {
  const asked: string[] = [];
  const send: Sender = async (id, _, progress) => {
    asked.push(id);
    progress(0.5);
    return answers.shift() ?? { status: 200, pictures: asked.length };
  };
  return { asked, send };
}

function queue(send: Sender) {
  const away: boolean[] = [];
  const pauses: number[] = [];
  const counts: number[] = [];
  const q = new Queue(send, {
    changed: () => undefined,
    away: (is) => away.push(is),
    count: (n) => counts.push(n),
    pause: async (ms) => void pauses.push(ms),
  });
  return { q, away, pauses, counts };
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe("the phone's queue", () => {
  it("sends picture after picture", async () => {
    const { asked, send } = scripted();
    const { q, counts } = queue(send);
    q.add("a", picture);
    q.add("b", picture);
    await settle();
    expect(asked).toEqual(["a", "b"]);
    expect(q.pictures.map((p) => p.state)).toEqual(["sent", "sent"]);
    expect(counts).toEqual([1, 2]);
  });

  it("sends again under the same id while nobody answers, with growing pauses", async () => {
    const { asked, send } = scripted({ status: 0 }, { status: 503 }, { status: 429 });
    const { q, away, pauses } = queue(send);
    q.add("a", picture);
    await settle();
    expect(asked).toEqual(["a", "a", "a", "a"]);
    expect(pauses).toEqual([1000, 2000, 4000]);
    expect(away.at(-1)).toBe(false);
    expect(q.pictures[0]?.state).toBe("sent");
  });

  it("shows a refusal in the hall's words, goes on with the next, and sends again when asked", async () => {
    const { asked, send } = scripted({ status: 415, detail: "只能上传 JPEG、PNG 图片" });
    const { q } = queue(send);
    const first = q.add("a", picture);
    q.add("b", picture);
    await settle();
    expect(first).toMatchObject({ state: "refused", detail: "只能上传 JPEG、PNG 图片" });
    expect(q.pictures[1]?.state).toBe("sent");
    q.again(first);
    await settle();
    expect(asked).toEqual(["a", "b", "a"]);
    expect(first).toMatchObject({ state: "sent", detail: "" });
  });

  it("tells what can pass from what can't", () => {
    expect([0, 429, 500, 503].map(temporary)).toEqual([true, true, true, true]);
    expect([200, 403, 404, 413, 415, 422].some(temporary)).toBe(false);
  });
});

describe("pictures", () => {
  it("never grow and keep their proportions", () => {
    expect(fitted(800, 600)).toEqual({ width: 800, height: 600 });
    expect(fitted(7016, 4960)).toEqual({ width: 3508, height: 2480 });
    expect(fitted(3000, 8000, 4000)).toEqual({ width: 1500, height: 4000 });
    expect(fitted(40_000, 1)).toEqual({ width: 3508, height: 1 });
  });

  it("get ids that sort by time and are ULIDs", () => {
    expect(ulid(0, new Uint8Array(16))).toBe("0".repeat(26));
    expect(ulid(1_469_922_850_259, new Uint8Array(16)).slice(0, 10)).toBe("01ARZ3NDEK");
    expect(ulid()).toMatch(/^0[0-9A-HJKMNP-TV-Z]{25}$/);
  });
});
