import { messages } from "../i18n";
import zh from "./zh-CN.json";

/** t gives the texts of forms. */
export const t = messages(zh, { en: () => import("./en.json") });
