import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the sentences that the pages say, in writing. */
export const t = messages(source, { en: () => import("./en.json") });
