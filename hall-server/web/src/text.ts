import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the hall-server's pages. */
export const t = messages(zh, { en: () => import("./en.json") });
