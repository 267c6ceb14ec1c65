import { ref } from "vue";
import type { Edit, Outcome } from "./api";
import type { Hall } from "./hall";

/**
 * useChange is a page whose whole form is saved at once: begin opens the dialog
 * that shows what would change, unless nothing does.
 */
export function useChange(hall: Hall, edits: () => Edit[]) {
  const asked = ref<Edit[]>();
  return {
    /** asked are the edits that the dialog is about; undefined without one. */
    asked,
    begin() {
      asked.value = edits();
    },
    run(dryRun: boolean, note: string): Promise<Outcome> {
      const list = asked.value ?? [];
      if (list.length === 0) {
        return Promise.resolve({ version: hall.state.version, changes: [], effects: [], saved: false });
      }
      return dryRun ? hall.dryRun(list) : hall.save(list, note);
    },
  };
}
