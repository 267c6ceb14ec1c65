import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of applying on line. */
export const t = messages(zh);
