import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the code on the computer. */
export const t = messages(zh);
