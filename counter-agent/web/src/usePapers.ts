import { type Bodies, type MessageType, type Papers, problemOf, type UploadView } from "@smarthall/ui";
import { computed, onUnmounted, ref, watch } from "vue";
import { beside, moved, type Paper, uploadsOf } from "./papers";
import { t } from "./text";
import type { TheDesk } from "./useDesk";

/** usePapers is the materials of a visit: what the agent tells of them, and what can be done. */
export function usePapers(d: TheDesk, ticket: () => string | undefined) {
  const papers = ref<Papers>();
  const uploads = ref<UploadView[]>([]);
  const open = ref(false);
  const selected = ref<string>();
  const problem = ref("");
  const going = ref(0);
  /** paper is what is laid into the scanner. */
  const paper = ref<Paper>("auto");

  const shown = computed(() => (papers.value?.ticket === ticket() ? papers.value : undefined));
  const pages = computed(() => shown.value?.pages ?? []);
  const page = computed(
    () => pages.value.find((p) => p.id === selected.value) ?? pages.value[pages.value.length - 1],
  );
  const onTheWay = computed(() => uploadsOf(uploads.value, ticket()));

  const off = [
    d.client.on("papers.changed", (body) => {
      if (body.ticket !== ticket()) return;
      const fresh =
        body.pages?.length !== pages.value.length && (body.pages?.length ?? 0) > pages.value.length;
      papers.value = body;
      if (fresh) selected.value = body.pages?.[body.pages.length - 1]?.id;
    }),
    d.client.on("uploads.changed", (body) => {
      uploads.value = body.uploads ?? [];
      if (open.value && uploads.value.some((u) => u.state === "stored" && u.ticket === ticket())) look();
    }),
    d.client.on("page.snapshot", (body) => {
      uploads.value = body.uploads?.uploads ?? [];
      if (open.value) look();
    }),
  ];
  uploads.value = d.page.value?.uploads?.uploads ?? [];
  onUnmounted(() => {
    for (const end of off) end();
  });

  watch(ticket, () => {
    papers.value = undefined;
    selected.value = undefined;
    problem.value = "";
    if (open.value) look();
  });
  watch(open, (now) => now && look());

  /** send sends a command beside whatever the desk does. */
  async function send<T extends MessageType>(type: T, body: Bodies[T]): Promise<boolean> {
    going.value++;
    problem.value = "";
    try {
      await d.client.command(type, body);
      return true;
    } catch (err) {
      const { code, detail } = problemOf(err);
      // A scan or a picture may take longer than the page waits; its state follows.
      if (code !== "page.timeout") problem.value = detail || t("counter.says.away");
      return false;
    } finally {
      going.value--;
    }
  }

  /** on calls f with the visit in front; false without one. */
  function on(f: (ticket: string) => Promise<boolean>): Promise<boolean> {
    const id = ticket();
    return id ? f(id) : Promise.resolve(false);
  }

  const look = () => on((ticket) => send("papers.open", { ticket }));
  const capture = () => on((ticket) => send("papers.capture", { ticket }));
  const scan = (source: "flatbed" | "feeder") =>
    on((ticket) =>
      send("papers.scan", {
        ticket,
        source,
        twoSided: source === "feeder",
        ...(paper.value === "auto" ? {} : { paper: paper.value }),
      }),
    );
  const phone = (open: boolean) => on((ticket) => send("papers.phone", { ticket, open }));
  const finish = (name: string) => on((ticket) => send("papers.finish", { ticket, name }));
  const removeDocument = (document: string) => on((ticket) => send("papers.remove", { ticket, document }));
  const dropUpload = (id: string) => send("upload.drop", { id });

  function edit(change: Omit<Bodies["papers.edit"], "ticket" | "page">, id = page.value?.id) {
    return on((ticket) =>
      id ? send("papers.edit", { ticket, page: id, ...change }) : Promise.resolve(false),
    );
  }

  function move(id: string | undefined, to: number) {
    const next = id
      ? moved(
          pages.value.map((p) => p.id),
          id,
          to,
        )
      : undefined;
    if (!next) return Promise.resolve(false);
    selected.value = id;
    return on((ticket) => send("papers.order", { ticket, pages: next }));
  }

  function removePage(id = page.value?.id) {
    if (!id) return Promise.resolve(false);
    if (id === page.value?.id) selected.value = beside(shown.value, id);
    return on((ticket) => send("papers.delete", { ticket, page: id }));
  }

  function select(by: number) {
    const at = pages.value.findIndex((p) => p.id === page.value?.id);
    selected.value = pages.value[Math.min(pages.value.length - 1, Math.max(0, at + by))]?.id;
  }

  const state = { shown, pages, page, onTheWay, open, selected, problem, going, paper };
  return {
    ...state,
    look,
    capture,
    scan,
    phone,
    finish,
    removeDocument,
    dropUpload,
    edit,
    move,
    removePage,
    select,
  };
}

/** ThePapers is what usePapers gives. */
export type ThePapers = ReturnType<typeof usePapers>;
