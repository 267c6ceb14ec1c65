import { ElMessage, ElMessageBox } from "element-plus";
import { t } from "../text";

/** done tells in passing that something was done. */
export function done(words: string): void {
  ElMessage.success({ message: words, duration: 2500 });
}

/** sure asks before something that can't be taken back. */
export async function sure(question: string, yes: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(question, {
      confirmButtonText: yes,
      cancelButtonText: t("kit.no"),
      type: "warning",
    });
    return true;
  } catch {
    return false;
  }
}

/** reason asks for words, such as why; undefined if the reader went back. */
export async function reason(question: string, yes: string, max = 200): Promise<string | undefined> {
  try {
    const { value } = await ElMessageBox.prompt(question, {
      confirmButtonText: yes,
      cancelButtonText: t("kit.no"),
      inputType: "textarea",
      inputValidator: (text) => (!!text?.trim() && text.trim().length <= max) || t("kit.reasonRule", { max }),
    });
    return value.trim();
  } catch {
    return undefined;
  }
}
