import { messages } from "../i18n";
import source from "./zh-CN.json";

/** t gives the texts of the plan: what stands on it and the words of a way. */
export const t = messages(source, { en: () => import("./en.json") }, "plan");
