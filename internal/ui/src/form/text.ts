import { messages } from "../i18n";
import zh from "./zh-CN.json";

/** t gives the texts of forms. */
export const t = messages(zh, { en: () => import("./en.json") });

/** has tells whether there is a text for a key that a code makes. */
export const has = (key: string) => key in zh;
