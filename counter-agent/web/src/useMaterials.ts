import { problemOf } from "@smarthall/ui";
import { wordsOf } from "@smarthall/ui/problems";
import { computed, ref, watch } from "vue";
import { t } from "./text";
import type { TheDesk } from "./useDesk";

/**
 * useMaterials is what to bring for the visit in front and what of it has been
 * seen. Ticks show at once and are kept with the visit beside everything else
 * the clerk does: the hall has them, or the agent while the hall is away; so
 * they outlast this page and go to whoever serves the visit next.
 */
export function useMaterials(d: TheDesk) {
  const front = computed(() => d.window.value?.ticket);
  const materials = computed(
    () => d.hall.value?.services?.find((s) => s.id === front.value?.service)?.materials ?? [],
  );

  /** told is what is kept of the visit in front; undefined while nobody has said. */
  const told = computed<readonly string[] | undefined>(() => {
    const id = front.value?.id;
    const waits = d.pending.value.filter((a) => a.type === "ticket.materials" && a.ticket === id).at(-1);
    if (waits) return waits.seen ?? [];
    const queue = d.queue.value;
    return id && queue?.front === id ? (queue.seen ?? []) : undefined;
  });
  /** What the clerk has just ticked or taken back, until it is told. */
  const own = ref<ReadonlyMap<string, boolean>>(new Map());
  const seen = computed<ReadonlySet<string>>(() => {
    const out = new Set(told.value);
    for (const [name, yes] of own.value) {
      if (yes) out.add(name);
      else out.delete(name);
    }
    return out;
  });

  /** What is to be sent, by visit: all that was seen of it. */
  const waiting = new Map<string, string[]>();
  let sending = false;

  async function send(): Promise<void> {
    if (sending) return;
    sending = true;
    for (let next = waiting.entries().next().value; next; next = waiting.entries().next().value) {
      const [ticket, names] = next;
      waiting.delete(ticket);
      try {
        await d.client.command("ticket.materials", { ticket, seen: names });
      } catch (err) {
        if (front.value?.id === ticket) own.value = new Map();
        d.say(wordsOf(problemOf(err), t("counter.says.timeout")), true);
      }
    }
    sending = false;
  }

  /** keep sends what was ticked, once it is known what had been seen before; a hall that is away tells nobody that. */
  function keep(): void {
    const id = front.value?.id;
    if (!id || own.value.size === 0 || (!told.value && d.online.value)) return;
    waiting.set(id, [...seen.value]);
    void send();
  }
  watch(d.online, (is) => {
    if (!is && !told.value) keep();
  });

  watch(
    () => front.value?.id,
    () => {
      own.value = new Map();
    },
  );
  watch(told, (now, before) => {
    if (!now) return;
    if (!before) return keep(); // what was ticked before anybody had said
    own.value = new Map([...own.value].filter(([name, yes]) => now.includes(name) !== yes));
  });

  /** tick notes that a material was seen, or takes that back; by default the next one. */
  function tick(material = materials.value.find((m) => !seen.value.has(m))): void {
    if (!material) return;
    own.value = new Map(own.value).set(material, !seen.value.has(material));
    keep();
  }

  return { materials, seen, tick };
}
