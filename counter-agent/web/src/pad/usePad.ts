import { LinkClient, type PadAnswer, type PadDesk, type PadFace, type Socket, useNow } from "@smarthall/ui";
import { computed, onUnmounted, ref, watch } from "vue";

/** How long a thank-you stays, in milliseconds. */
const THANKS = 4000;

/** tokenOf is the tablet's token behind the # of the address; empty on the window's own computer. */
export function tokenOf(hash: string): string {
  const token = hash.replace(/^#/, "");
  return /^[A-Za-z0-9]{16,64}$/.test(token) ? token : "";
}

/** padClient is the page's line to its agent; a tablet shows its token as a sub-protocol. */
export function padClient(hash = location.hash): LinkClient {
  const token = tokenOf(hash);
  const protocols = token ? ["smarthall.v1", `token.${token}`] : ["smarthall.v1"];
  return new LinkClient({
    url: "/pad/ws",
    retryMax: 3000,
    open: (url) => new WebSocket(url, protocols) as unknown as Socket,
  });
}

/**
 * usePad is what the citizen's page shows. What belongs to a person is
 * forgotten with the next face, when its time has passed, and when the line
 * breaks.
 */
export function usePad(client = padClient()) {
  const face = ref<PadFace>();
  const desk = ref<PadDesk>();
  /** An answer was given and not yet replied to. */
  const sent = ref(false);
  const now = useNow(client, 500);
  let thanks: ReturnType<typeof setTimeout> | undefined;
  let thanking = false;

  function show(next: PadFace): void {
    if (next.desk) desk.value = next.desk;
    if (next.show === "thanks") {
      thank(next);
      return;
    }
    if (next.show === "idle" && thanking) return;
    stopThanks();
    sent.value = false;
    face.value = next;
    // Another page has taken over: this one must not fight for the place.
    if (next.show === "elsewhere") client.close();
  }

  function thank(next: PadFace): void {
    stopThanks();
    sent.value = false;
    thanking = true;
    face.value = { show: "thanks", text: next.text };
    thanks = setTimeout(rest, THANKS);
  }

  function stopThanks(): void {
    clearTimeout(thanks);
    thanking = false;
  }

  function rest(): void {
    stopThanks();
    sent.value = false;
    face.value = { show: "idle" };
  }

  client.on("pad.face", show);
  watch(
    () => client.status.connected,
    (connected) => {
      if (connected || face.value?.show === "elsewhere") return;
      stopThanks();
      face.value = undefined;
    },
  );

  const left = computed(() => {
    const until = face.value?.until;
    return until ? Math.max(0, (Date.parse(until) - now.value) / 1000) : 0;
  });
  watch(left, (seconds) => {
    if (face.value?.until && seconds <= 0) rest();
  });

  /** answer sends an answer once; if the line is down the page forgets the question anyway. */
  function answer(body: Omit<PadAnswer, "ask">): void {
    const ask = face.value?.ask;
    if (!ask || sent.value) return;
    sent.value = client.send("pad.answer", { ...body, ask });
  }

  /** here takes the place back from another page. */
  function here(): void {
    face.value = undefined;
    client.connect();
  }

  client.connect();
  onUnmounted(() => {
    stopThanks();
    client.close();
  });
  return { client, face, desk, left, sent, now, answer, here };
}

/** ThePad is what usePad gives. */
export type ThePad = ReturnType<typeof usePad>;
