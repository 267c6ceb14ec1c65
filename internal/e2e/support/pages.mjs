// What several tests do on the pages.
import { until } from "./hall.mjs";

/** Signs a clerk in at a counter page. */
export async function signIn(page, staff) {
  await page.getByLabel("工号").fill(staff);
  await page.getByLabel("密码").fill("demo1234");
  await page.keyboard.press("Enter");
  await usable(page, "暂停", page);
}

/** Signs somebody in on a page of the hall-server and comes back to it. */
export async function signInWall(page, staff) {
  await page.getByLabel("账号").fill(staff);
  await page.getByLabel("口令", { exact: true }).fill("demo1234");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
}

/** Waits until a button of the clerk's key bar can be used. */
export async function usable(page, label, within = page.getByRole("navigation", { name: "操作" })) {
  const button = within.getByRole("button", { name: new RegExp(`^${label}`) }).first();
  await until(`${label} can be used`, () => button.isEnabled());
}
