import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the page for private networks. */
export const t = messages(zh);
