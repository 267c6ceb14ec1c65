import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the sample forms. */
export const t = messages(source, { en: () => import("./en.json") });
