import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of printing one's licences. */
export const t = messages(source, { en: () => import("./en.json") });
