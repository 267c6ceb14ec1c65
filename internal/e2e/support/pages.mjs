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

/** Chooses an option of a select by its label; a list that is still opening moves under the mouse. */
export async function choose(page, within, label, option) {
  const box = within.getByRole("combobox", { name: label });
  const select = within.locator(".el-select").filter({ has: page.getByRole("combobox", { name: label }) });
  await until(`${label} is ${option}`, async () => {
    await box.click({ force: true });
    const one = page.getByRole("option", { name: option, exact: true }).locator("visible=true").first();
    const clicked = await one.click({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
    return clicked && (await select.innerText()).includes(option);
  });
}
