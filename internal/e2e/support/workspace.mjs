// The staff's workspace of a platform of its own, and the staff of the demo city in it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "./browser.mjs";
import { artefacts, root, until } from "./hall.mjs";

/** Starts a platform with the demo city at a port, its data in a folder of that name; browser says which one is needed. */
export async function openWorkspace(name, port, browser = {}) {
  const base = `http://127.0.0.1:${port}`;
  const data = join(artefacts, name);
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const platform = spawn(
    join(root, "bin/platform"),
    ["--data", data, "--listen", `127.0.0.1:${port}`, "--demo"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  platform.stderr.pipe(createWriteStream(join(data, "platform.log")));
  const web = await openBrowser([], browser);
  await until("the platform is ready", async () => {
    try {
      return (await fetch(`${base}/readyz`)).ok;
    } catch {
      return false;
    }
  });

  return {
    base,
    web,
    /** Opens a page for somebody of the demo city who is signed in. */
    async as(account, path = "/staff/") {
      const page = await web.open(`${base}/healthz`, 1366, 768);
      const answer = await page.request.post(`${base}/api/v1/staff/sessions`, {
        data: { account, password: "demo1234", code: "246810" },
      });
      assert.equal(answer.status(), 200, account);
      await page.goto(base + path);
      await page.getByRole("button", { name: "退出" }).waitFor();
      return page;
    },
    /** Goes to a page by its address. */
    async go(page, path, heading) {
      await page.goto(base + path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    },
    /** Ends the platform; no page may have reported an error. */
    async close() {
      await web.close();
      const ended = once(platform, "exit");
      platform.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null], "the platform ends in peace");
      assert.deepEqual(web.errors, [], "no page reported an error");
    },
  };
}
