import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the plan's editor. */
export const t = messages(source, { en: () => import("./en.json") }, "draw");
