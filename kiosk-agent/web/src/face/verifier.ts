/** Look is what one picture of a camera shows. */
export interface Look {
  /** faces is how many there are. */
  faces: number;
  /** alike is how alike the nearest face is to the known one, from 0 to 1. */
  alike: number;
  /** turn is how far its head is turned, from -1 to 1: below 0 to her right, above 0 to her left. */
  turn: number;
}

/** FaceVerifier compares pictures of a camera with one photo. It works on this machine alone. */
export interface FaceVerifier {
  /** know takes the photo to compare with; false if there is no face in it. */
  know(photo: ImageBitmap): Promise<boolean>;
  look(frame: ImageBitmap): Promise<Look>;
  /** close lets go of the programs and of the photo. */
  close(): void;
}

/** Asked and Answered are what goes to and fro between the page and the frame that compares. */
export type Asked = { id: number; know: ImageBitmap } | { id: number; look: ImageBitmap };
export type Answered = { id: number; ready?: true; known?: boolean; look?: Look; failed?: string };

/** LOAD is how long the programs may take to load, WORK how long one picture, in ms. */
const LOAD = 60_000;
const WORK = 20_000;

/** ADDRESS is the page that may run WebAssembly, where the hall has allowed it. */
const ADDRESS = "/face.html";

/** openVerifier loads the programs into a frame of their own, out of sight. */
export function openVerifier(): Promise<FaceVerifier> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "face";
  frame.src = ADDRESS;
  const waiting = new Map<number, (a: Answered) => void>();
  let last = 0;

  function hear(event: MessageEvent<Answered>) {
    if (event.source !== frame.contentWindow || event.origin !== location.origin) return;
    waiting.get(event.data.id)?.(event.data);
  }

  function close() {
    removeEventListener("message", hear);
    frame.remove();
    for (const done of waiting.values()) done({ id: 0, failed: "closed" });
    waiting.clear();
  }

  /** answer waits for the answer with an id. */
  function answer(id: number, patience: number): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle({ id, failed: "timeout" }), patience);
      const settle = (a: Answered) => {
        clearTimeout(timer);
        waiting.delete(id);
        if (a.failed) reject(new Error(a.failed));
        else resolve(a);
      };
      waiting.set(id, settle);
    });
  }

  function ask(what: { know: ImageBitmap } | { look: ImageBitmap }): Promise<Answered> {
    const id = ++last;
    const picture = "know" in what ? what.know : what.look;
    frame.contentWindow?.postMessage({ id, ...what } satisfies Asked, location.origin, [picture]);
    return answer(id, WORK);
  }

  addEventListener("message", hear);
  const ready = answer(0, LOAD);
  document.body.append(frame);
  return ready.then(
    () => ({
      know: async (photo) => (await ask({ know: photo })).known === true,
      look: async (picture) => (await ask({ look: picture })).look ?? { faces: 0, alike: 0, turn: 0 },
      close,
    }),
    (err: unknown) => {
      close();
      throw err;
    },
  );
}
