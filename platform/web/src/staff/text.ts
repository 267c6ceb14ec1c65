import { messages } from "@smarthall/ui";
import zh from "./zh-CN.json";

/** t gives the texts of the workspace's shell and kit. */
export const t = messages(zh);
