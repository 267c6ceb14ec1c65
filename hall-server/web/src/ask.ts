import { ElMessageBox } from "element-plus";
import { t } from "./text";

/** sure asks before something that can't be taken back; yes is what its button says. */
export async function sure(question: string, yes: string): Promise<boolean> {
  try {
    await ElMessageBox.confirm(question, {
      confirmButtonText: yes,
      cancelButtonText: t("ask.no"),
      type: "warning",
      buttonSize: "large",
    });
    return true;
  } catch {
    return false; // what Element Plus calls a refusal
  }
}
