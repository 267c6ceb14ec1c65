import { onMounted, onUnmounted, watch } from "vue";
import { pressOf } from "./next";
import { t } from "./text";
import type { Parts, TheDesk } from "./useDesk";

/** useKeys does the whole desk by keys, while no dialog is open. */
export function useKeys(d: TheDesk, parts: Parts) {
  function key(event: KeyboardEvent) {
    if (
      d.results.asking.value ||
      d.code.value ||
      d.open.theirs.value ||
      document.querySelector(".el-message-box")
    )
      return;
    const target = event.target as HTMLElement;
    // What has the focus keeps the keys that are its own.
    if (event.key === " " && target.closest("button, a, label")) return;
    if (/^Arrow/.test(event.key) && target.closest(".wait, [role=radiogroup]")) return;
    const press = pressOf(event, /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
    if (!press) return;
    event.preventDefault();
    d.hint.value = "";
    if ("stage" in press) d.turn(press.stage);
    else if ("material" in press) digit(press.material);
    else if ("move" in press) move(press.move);
    else desk(press.do);
  }

  function digit(n: number) {
    const v = d.view.value;
    if (!v) parts.itemStep.value?.pick(n);
    const m = v?.materials[n - 1];
    if (!m) return;
    d.stage.value = "materials";
    d.select(m.id, false);
  }

  function move(by: number) {
    if (d.stage.value !== "materials") return;
    const all = d.view.value?.materials ?? [];
    const to = all[all.findIndex((m) => m.id === d.selected.value) + by];
    if (to) d.select(to.id, false);
  }

  function desk(what: string) {
    if (what === "next") void d.press();
    else if (what === "new") void d.finish();
    else if (what === "code") d.code.value = true;
    else if (what === "search") parts.list.value?.focus();
    else if (what === "print") d.print();
    else if (d.stage.value === "materials" && d.material.value) {
      const { id } = d.material.value;
      if (d.busy.value) waiting = () => material(what, id);
      else material(what, id);
    }
  }

  /** waiting is what was pressed about a material while the one before was on its way. */
  let waiting: (() => void) | undefined;
  watch(
    () => d.busy.value,
    (busy) => {
      const next = waiting;
      if (busy || !next) return;
      waiting = undefined;
      next();
    },
  );

  function material(what: string, id: string) {
    if (what === "ok" || what === "missing") void d.review(id, what, "");
    if (what === "wrong") parts.materialsStep.value?.write();
    if (what === "defer") d.defer(id);
    if (what !== "attach") return;
    const used = d.used[d.view.value?.id ?? ""];
    const scan = d.intake.visit.value?.papers.find((s) => !used?.[s.id]);
    if (scan) void d.attach(id, [scan]);
    else d.hint.value = t("hint.noScan");
  }

  onMounted(() => window.addEventListener("keydown", key));
  onUnmounted(() => window.removeEventListener("keydown", key));
}
