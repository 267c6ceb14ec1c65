import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the console's texts. */
export const t = messages(zh);
