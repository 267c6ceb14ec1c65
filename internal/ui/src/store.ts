import { reactive, watch } from "vue";
import type { LinkClient } from "./client";
import { fold, folded } from "./fold";
import { setLanguageNames } from "./i18n";
import type { PageSnapshot } from "./link.gen";

/** Where all state of an agent's page enters: the agent's snapshot, then deltas. */
export interface AgentStore {
  /** page is undefined until the agent's first snapshot. */
  page: PageSnapshot | undefined;
}

/** agentStore keeps the agent's state up to date with what the client receives. */
export function agentStore(client: LinkClient): AgentStore {
  const store = reactive<AgentStore>({ page: undefined });
  client.on("page.snapshot", (body) => {
    // An agent that just started may not have reached the hall yet; what was
    // known stays until it has.
    store.page = { ...body, hall: body.hall ?? store.page?.hall };
  });
  for (const type of folded) {
    client.on(type, (_, message) => {
      if (store.page) fold(store.page, message);
    });
  }
  watch(() => store.page?.hall?.hall.languages, setLanguageNames, { flush: "sync" });
  return store;
}
