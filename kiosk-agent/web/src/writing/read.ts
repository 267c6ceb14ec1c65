import { Recogniser } from "./recognise";

/** ADDRESS is where the build puts the strokes of all characters. */
const ADDRESS = "/writing/strokes.bin";

let loaded: Promise<Recogniser> | undefined;

/** recogniser reads the strokes once, when somebody wants to write; it works on this machine alone. */
export function recogniser(): Promise<Recogniser> {
  loaded ??= load().catch((err: unknown) => {
    loaded = undefined; // the next who wants to write tries again
    throw err;
  });
  return loaded;
}

async function load(): Promise<Recogniser> {
  const answer = await fetch(ADDRESS);
  if (!answer.ok) throw new Error(`${ADDRESS}: ${answer.status}`);
  return new Recogniser(new Uint8Array(await answer.arrayBuffer()));
}
