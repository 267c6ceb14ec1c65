import { afterEach, describe, expect, test, vi } from "vitest";
import { Config } from "../src/admin/config";
import { byLine, changedLines, offsetOf } from "../src/admin/lines";
import { ApiError, call, type HallFile, readHall, writeHall } from "../src/api";
import { problem } from "./fixtures";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** remote is a hall-server with one file; refuse makes the next save fail. */
function remote() {
  const server = {
    text: "name: 大厅\n",
    version: 1,
    writes: [] as HallFile[],
    refuse: undefined as ApiError | undefined,
    read: async () => ({ text: server.text, etag: `"${server.version}"` }),
    write: async (file: HallFile) => {
      server.writes.push(file);
      if (server.refuse) throw server.refuse;
      server.text = file.text;
      server.version++;
      return `"${server.version}"`;
    },
  };
  return server;
}

async function opened() {
  const server = remote();
  const out = vi.fn();
  const config = new Config(server, out);
  await config.load();
  return { server, config, out };
}

describe("editing the hall's file", () => {
  test("a saved file is saved under the version it was read at, then the next", async () => {
    const { server, config } = await opened();
    config.state.text = "name: 一号大厅\n";
    await config.save();
    config.state.text = "name: 二号大厅\n";
    await config.save();
    expect(server.writes.map((w) => w.etag)).toEqual(['"1"', '"2"']);
    expect(config.changed).toBe(false);
    expect(config.state.savedAt).toBeGreaterThan(0);
  });

  test("without a change nothing is sent", async () => {
    const { server, config } = await opened();
    await config.save();
    expect(server.writes).toEqual([]);
  });

  test("two presses of the key save once", async () => {
    const { server, config } = await opened();
    config.state.text = "name: x\n";
    await Promise.all([config.save(), config.save()]);
    expect(server.writes).toHaveLength(1);
  });

  test("what is typed while it is being saved is still unsaved afterwards", async () => {
    const { config } = await opened();
    config.state.text = "name: x\n";
    const saving = config.save();
    config.state.text = "name: xy\n";
    await saving;
    expect(config.state.saved).toBe("name: x\n");
    expect(config.changed).toBe(true);
  });

  test("a refused file keeps the text and names its lines in order", async () => {
    const { server, config } = await opened();
    server.refuse = new ApiError(422, "配置有误", [
      { line: 9, message: "没有业务" },
      { line: 2, column: 5, message: "没有区域" },
    ]);
    config.state.text = "name: x\n";
    await config.save();
    expect(config.state.text).toBe("name: x\n");
    expect(config.state.mistakes.map((m) => m.line)).toEqual([2, 9]);
    expect(config.state.failure).toBe("配置有误");
  });

  test("somebody else's save is a conflict, and loading it replaces the text", async () => {
    const { server, config } = await opened();
    config.state.text = "name: mine\n";
    server.text = "name: theirs\n";
    server.refuse = new ApiError(412, "已被他人修改");
    await config.save();
    expect(config.state).toMatchObject({ conflict: true, text: "name: mine\n" });
    await config.load();
    expect(config.state).toMatchObject({ conflict: false, failure: "", text: "name: theirs\n" });
  });

  test("an ended session is told to the page, which keeps the text", async () => {
    const { server, config, out } = await opened();
    server.refuse = new ApiError(401, "登录已过期");
    config.state.text = "name: x\n";
    await config.save();
    expect(out).toHaveBeenCalled();
    expect(config.state.text).toBe("name: x\n");
  });
});

describe("lines of a file", () => {
  test.each([
    ["a\nb\nc", "a\nb\nc", undefined],
    ["a\nb\nc", "a\nX\nc", { first: 2, last: 2 }],
    ["a\nc", "a\nb\nc", { first: 2, last: 2 }],
    ["a\nb\nc", "a\nc", { first: 2, last: 1 }],
    ["a\na", "a\na\na", { first: 3, last: 3 }],
    ["", "a", { first: 1, last: 1 }],
  ])("%j became %j: changed %j", (was, text, want) => expect(changedLines(was, text)).toEqual(want));

  test("mistakes beyond the end stand at the last line", () => {
    const map = byLine(
      [
        { line: 99, message: "缺少 zones" },
        { line: 2, message: "x" },
      ],
      3,
    );
    expect([...map.keys()]).toEqual([3, 2]);
  });

  test("a place in the text is found, and never beyond its line", () => {
    const text = "ab\ncde\n";
    expect(offsetOf(text, 2, 2)).toBe(4);
    expect(offsetOf(text, 1, 99)).toBe(2);
    expect(offsetOf(text, 99)).toBe(text.length);
  });
});

describe("what the hall-server answers", () => {
  const answer = (response: Response) => {
    const asked = vi.fn(async () => response);
    vi.stubGlobal("fetch", asked);
    return asked as unknown as { mock: { calls: [string, RequestInit][] } };
  };

  test("a problem's own words are shown, and its places kept", async () => {
    answer(
      problem(422, { detail: "配置有误", errors: [{ line: 3, message: "没有业务" }, { bad: 1 }, null] }),
    );
    await expect(writeHall({ text: "x", etag: '"1"' })).rejects.toMatchObject({
      status: 422,
      message: "配置有误",
      mistakes: [{ line: 3, message: "没有业务" }],
    });
  });

  test("an answer that is no problem document still has words", async () => {
    answer(new Response("<html>", { status: 502 }));
    await expect(call("/board")).rejects.toMatchObject({ message: "操作没有成功（502），请稍后再试" });
  });

  test("a network that is away is told apart", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("failed to fetch");
    });
    await expect(call("/board")).rejects.toMatchObject({ status: 0 });
  });

  test("the file is read and written with its version", async () => {
    answer(new Response("name: 大厅\n", { headers: { etag: '"7"' } }));
    expect(await readHall()).toEqual({ text: "name: 大厅\n", etag: '"7"' });
    const asked = answer(new Response(null, { status: 204, headers: { etag: '"8"' } }));
    expect(await writeHall({ text: "name: x\n", etag: '"7"' })).toBe('"8"');
    expect(asked.mock.calls[0]?.[1]).toMatchObject({ method: "PUT", headers: { "if-match": '"7"' } });
  });
});
