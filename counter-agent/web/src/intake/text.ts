import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of receiving while the platform is away. */
export const t = messages(source, { en: () => import("./en.json") });
