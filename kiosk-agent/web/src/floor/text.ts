import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of the floor guide. */
export const t = messages(source, { en: () => import("./en.json") });

/** title and hint are the words on the guide's button. */
export const title = () => t("floor.title");
export const hint = () => t("floor.hint");
