import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of what the hall says of itself. */
export const t = messages(source, { en: () => import("./en.json") });
