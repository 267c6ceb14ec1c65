import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the words of the writing area. */
export const t = messages(source, { en: () => import("./en.json") });
