import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of signing in by scanning. */
export const t = messages(zh);
