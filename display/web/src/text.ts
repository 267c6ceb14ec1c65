import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the display pages' texts. */
export const t = messages(zh, { en: () => import("./en.json") });
