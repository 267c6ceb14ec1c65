import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the forms over the hall's file. */
export const t = messages(zh, { en: () => import("./en.json") }, "settings");

/** Key is a text's key, for those that are put together. */
export type Key = keyof typeof zh;
