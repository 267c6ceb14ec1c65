import { messages } from "./i18n";
import source from "./zh-CN.json";

/** t gives the texts of the shared components. */
export const t = messages(source, { en: () => import("./en.json") });
