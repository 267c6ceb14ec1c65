import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the platform's pages. */
export const t = messages(zh);
