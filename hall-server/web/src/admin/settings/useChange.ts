import { ref } from "vue";
import type { Mistake } from "../../api";
import type { Edit, Outcome } from "./api";
import type { Hall } from "./hall";

/**
 * useChange is a page whose whole form is saved at once: begin opens the dialog
 * that shows what would change. edits are asked for anew each time: somebody
 * else may have saved in between.
 */
export function useChange(hall: Hall, edits: () => Edit[]) {
  const asked = ref(false);
  const mistakes = ref<Mistake[]>([]);
  return {
    /** asked tells that the dialog is open. */
    asked,
    /** mistakes are what the hall-server found wrong the last time. */
    mistakes,
    begin() {
      mistakes.value = [];
      asked.value = true;
    },
    run(dryRun: boolean, note: string): Promise<Outcome> {
      const list = edits();
      if (list.length === 0) {
        return Promise.resolve({ version: hall.state.version, changes: [], effects: [], saved: false });
      }
      return dryRun ? hall.dryRun(list) : hall.save(list, note);
    },
  };
}
