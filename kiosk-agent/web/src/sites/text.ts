import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the sites of the web. */
export const t = messages(source, { en: () => import("./en.json") });
