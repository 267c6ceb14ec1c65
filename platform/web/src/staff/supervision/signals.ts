import { done, reason, sure } from "../kit/say";
import { useWork, type Work } from "../kit/work";
import { ask, may, me } from "../session";
import { t } from "./text";
import type { Signal } from "./watch";

/** What may be done with a signal: its office says why, a supervisor takes it as settled. */
export function useSignals(changed: () => unknown): Pick<Work, "failure"> & {
  mayExplain: (g: Signal) => boolean;
  mayClose: (g: Signal) => boolean;
  explain: (g: Signal) => Promise<void>;
  close: (g: Signal) => Promise<void>;
} {
  const { failure, run } = useWork();

  async function send(g: Signal, verb: string, body?: unknown) {
    await run(async () => {
      await ask("POST", `/supervision/signals/${g.id}/${verb}`, { body });
      done(t("done"));
      await changed();
    });
  }

  return {
    failure,
    mayExplain: (g) =>
      g.state !== "closed" && may("chief-representative") && me.value?.organisation === g.organisation,
    mayClose: (g) => g.state !== "closed" && may("supervisor"),
    async explain(g) {
      const explanation = await reason(t("explain.ask"), t("explain"), 1000);
      if (explanation) await send(g, "explain", { explanation });
    },
    async close(g) {
      if (await sure(t(g.state === "open" ? "close.unexplained" : "close.sure"), t("close")))
        await send(g, "close");
    },
  };
}
