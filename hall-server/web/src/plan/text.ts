import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the plan on phones. */
export const t = messages(source, { en: () => import("./en.json") }, "phone-plan");
