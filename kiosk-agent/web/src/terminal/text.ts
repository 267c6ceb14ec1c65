import { messages } from "@smarthall/ui";
import source from "./zh-CN.json";

/** t gives the texts of self-service. */
export const t = messages(source, { en: () => import("./en.json") });

/** has tells whether there is a text for a key that the platform's codes make. */
export const has = (key: string) => key in source;
